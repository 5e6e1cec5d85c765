"""A tag's memory as a reader brought it, before anybody asks what it says."""

from enum import StrEnum

from msgspec import Struct


class Air(StrEnum):
    """By which standard a tag is spoken to."""

    ISO14443A = "iso14443a"
    ISO15693 = "iso15693"


class TagImage(Struct, frozen=True, kw_only=True):
    """What one tag holds, as far as it was read."""

    uid: str
    """Hex, lower case, in the order the standard prints it (ISO 15693: from E0 on)."""
    air: Air
    memory: bytes
    """The user's memory from its first byte on (an NTAG's page 4, an ISO 15693 tag's block 0)."""
    whole: bool = False
    """Whether *memory* is known to be all that the tag has."""
    block_bytes: int = 4
    """How many bytes are read and written at once."""
    afi: int | None = None
    """Application family identifier; ISO 15693 only."""
    dsfid: int | None = None
    """Data storage format identifier; ISO 15693 only."""
