"""What a tag says, whatever format it said it in."""

from enum import IntEnum

from msgspec import Struct

from circulation.tags.counter import TagCounter

IDENTITY_ONLY = "identity-only"
"""The format of a bank card, a travel card, a telephone: nothing but its UID is ever read."""


class Usage(IntEnum):
    """ISO 28560 type of usage, the low nibble of the basic block's first byte."""

    ACQUISITION = 0
    CIRCULATING = 1
    NOT_FOR_CIRCULATION = 2
    LOCAL_3 = 3
    LOCAL_4 = 4
    FUTURE = 5
    NO_INFORMATION = 6
    DISCARDED = 7
    PATRON_CARD = 8
    EQUIPMENT = 9


class TagContent(Struct, frozen=True, kw_only=True):
    """One tag, decoded; *doubts* says what is uncertain, in words for a technician."""

    uid: str
    """Hex, lower case, in the order the standard prints it."""
    format: str
    """`28560-3`, `28560-2`, `rfid501`, `ndef`, `text`, `blank`, `unknown` or `identity-only`."""
    number: str = ""
    """Primary item identifier: an item's number, or a card's where *usage* is PATRON_CARD."""
    usage: Usage | None = None
    not_offline: frozenset[str] = frozenset()
    """What the tag forbids while nobody can be asked: `loan`, `return` (usage 1/3, 1/4, 1/5)."""
    parts: int = 1
    part: int = 1
    owner: str = ""
    """ISIL of the owner institution, with its hyphen."""
    crc_held: bool | None = None
    """None where the format has no checksum."""
    afi: int | None = None
    """What a gate listens for; None where the tag has none (ISO 15693 only)."""
    counter: TagCounter | None = None
    """How often it has been lent and returned; None where the tag has no room for that."""
    extensions: tuple[tuple[int, bytes], ...] = ()
    """ISO 28560-3 extension blocks that are whole: (block id, payload)."""
    doubts: tuple[str, ...] = ()
