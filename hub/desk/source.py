"""What the desk must be told by the rest of the hub."""

from typing import Protocol

from msgspec import Struct

from circulation.identifiers import CardNumber, ItemId, StationId


class DeskStation(Struct, frozen=True, kw_only=True):
    """One station as the hub last heard of it."""

    id: StationId
    municipality: str
    branch: str
    kind: str
    alive: bool
    owed: int
    """Facts that it has not yet had acknowledged, by its own count."""
    up_to_seq: int
    version: str
    clock_trusted: bool
    faults: list[str]
    seen_ms: int | None
    """When its state last came; None where it never has."""
    revoked: bool = False
    shelf_parts_here: int = 0
    shelf_parts: int = 0
    """How many parts the shelf that is on its way has; 0 where none is."""
    phrases: int = 0
    """How many stored phrases it has, of how many bytes, and how many of its list it has not."""
    phrases_bytes: int = 0
    phrases_missing: int = 0


class DeskException(Struct, frozen=True, kw_only=True):
    """Something that happened against a rule, for a librarian to judge."""

    key: str
    kind: str
    severity: str
    """`notice` or `act`."""
    station: StationId
    item: ItemId | None
    card: CardNumber | None
    at_ms: int | None
    told: str
    """What the visitor was told: a name that the texts have as `told_NAME`, or a sentence."""
    suggestion: str
    """What to do: a name that the texts have as `suggest_NAME`, or a sentence."""


class DeskSource(Protocol):
    """Where stations and exceptions come from."""

    def stations(self) -> list[DeskStation]:
        """Return every station of the region."""
        ...

    def open_exceptions(self) -> list[DeskException]:
        """Return what no librarian has closed yet, the latest first."""
        ...
