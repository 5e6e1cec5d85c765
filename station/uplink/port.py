"""What the uplink tells, and what it needs of the station around it."""

from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Struct

from circulation.identifiers import StationId
from circulation.messages import Order, Settings, ShelfPart, State
from circulation.signing import Signer


class LineIs(Struct, frozen=True):
    """Whether the hub itself has been heard on this connection and still answers."""

    up: bool


class Answered(Struct, frozen=True):
    """The hub's sealed answer to question *id*."""

    id: str
    sealed: bytes


class SettingsCame(Struct, frozen=True):
    """What the hub asks this station to go by."""

    settings: Settings
    frame: bytes
    """The same as the hub signed it."""


class ShelfCame(Struct, frozen=True):
    """A new shelf is in force."""

    version: str


class OrderCame(Struct, frozen=True):
    """What a technician asks of this station, by the hub's hand."""

    order: Order


News = LineIs | Answered | SettingsCame | ShelfCame | OrderCame


class Identity(Struct, frozen=True):
    """Who speaks, where, and whom it believes."""

    station: StationId
    partition: str
    signer: Signer
    hub_name: str
    hub_key: ec.EllipticCurvePublicKey


class Debts(Protocol):
    """What the uplink needs of the journal."""

    @property
    def epoch(self) -> int:
        """The journal file's epoch."""
        ...

    @property
    def newest_seq(self) -> int:
        """The newest fact's sequence number."""
        ...

    @property
    def acked_seq(self) -> int:
        """The newest sequence number the hub has committed."""
        ...

    def owed_after(self, seq: int, limit: int) -> list[tuple[int, bytes]]:
        """Return at most *limit* kept facts after *seq*, as (seq, envelope), in order."""
        ...

    def acknowledged(self, *, hub: str, up_to_seq: int, head: str, safe_to_seq: int) -> bool:
        """Believe the hub's acknowledgement where it is of this chain; return whether.

        A `JournalError` where that cannot be noted.
        """
        ...

    def next_connection(self) -> int:
        """Return a number higher than at any connection before."""
        ...


class OnItsWay(Protocol):
    """A shelf's pack that is half here."""

    @property
    def version(self) -> str:
        """Which shelf it leads to."""
        ...

    @property
    def pack(self) -> str:
        """What it is called."""
        ...

    @property
    def parts(self) -> int:
        """How many parts it has."""
        ...

    @property
    def here(self) -> int:
        """How many of them are here."""
        ...


class ShelfArrivals(Protocol):
    """Where a shelf's parts are put as they come."""

    @property
    def arriving(self) -> OnItsWay | None:
        """What is on its way, None where nothing is."""
        ...

    def missing(self, most: int) -> list[int]:
        """Return the first parts that are not here, at most *most*."""
        ...

    def take(self, part: ShelfPart) -> bool:
        """Keep *part*; return True when a new shelf is in force, or raise `MessageError`."""
        ...

    def forget(self) -> None:
        """Throw away what is here of a shelf on its way."""
        ...


class ShelfInbox(Protocol):
    """What the uplink needs of the shelf."""

    @property
    def arrivals(self) -> ShelfArrivals:
        """Where parts are put."""
        ...

    def version(self) -> str:
        """Return the version of the shelf in use."""
        ...


class Reporter(Protocol):
    """Where the uplink asks how the station is."""

    def state(self, connection: int) -> State:
        """Return the station's birth as it is now."""
        ...

    @property
    def settings_version(self) -> int:
        """The version of the settings in force, -1 where there are none."""
        ...

    @property
    def shelf(self) -> ShelfInbox:
        """The shelf, which the uplink renews."""
        ...


class NothingOwed:
    """The debts of a station whose journal is set aside: it can still say how it is."""

    epoch = 0
    newest_seq = 0
    acked_seq = 0

    def __init__(self, wall_seconds: int) -> None:
        """Count connections from *wall_seconds* on, above any that a journal has counted."""
        self._connections = wall_seconds

    def owed_after(self, seq: int, limit: int) -> list[tuple[int, bytes]]:  # noqa: ARG002
        """Return nothing: there is nothing to send."""
        return []

    def acknowledged(self, *, hub: str, up_to_seq: int, head: str, safe_to_seq: int) -> bool:  # noqa: ARG002
        """Believe nothing: there is no chain to compare with."""
        return False

    def next_connection(self) -> int:
        """Return a number higher than at any connection before."""
        self._connections += 1
        return self._connections
