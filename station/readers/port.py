"""What a tag reader is to the rest of a station, and what it has to tell."""

from typing import Protocol

from msgspec import Struct

from circulation.tags.content import TagContent
from circulation.tags.image import TagImage


class FoundTag(Struct, frozen=True):
    """A tag that lies there now; *image* is None where its memory could not be read this time."""

    uid: str
    """Hex, lower case, as the standard prints it; `08000000` for all that hide theirs."""
    image: TagImage | None
    identity_only: bool = False
    """A bank card, a travel card, a telephone: nothing but its UID is ever read."""


class Reader(Protocol):
    """One antenna."""

    def poll(self) -> list[FoundTag]:
        """Return the tags that lie there now; a dead reader is a `ReaderUnavailableError`."""
        ...

    def close(self) -> None:
        """Let go of the bus and pins."""
        ...


class TagWriter(Reader, Protocol):
    """An antenna that can also change what lies on it; each change is read back."""

    def write(self, uid: str, offset: int, data: bytes) -> None:
        """Write *data* at *offset* of the user's memory of the tag *uid*, both in whole blocks.

        `TagGoneError` where it does not lie there any more, `TagRefusedError` where it lies there
        and does not take it: locked, protected, or other than written when read back.
        """
        ...

    def switch_gate(self, uid: str, *, afi: int, armed: bool) -> bool:
        """Set *afi*, and EAS to *armed*, where the tag *uid* has them; return whether it has.

        Raises as `write` does.
        """
        ...

    def is_armed(self, uid: str) -> bool:
        """Return whether EAS of the tag *uid* is set; False where it has none.

        `TagGoneError` where it does not lie there any more.
        """
        ...

    def write_dsfid(self, uid: str, dsfid: int) -> bool:
        """Set the data format of the tag *uid*, where it has one; return whether it has.

        Raises as `write` does.
        """
        ...


class TagSeen(Struct, frozen=True):
    """A tag has come and lies still."""

    uid: str
    content: TagContent


class TagUnreadable(Struct, frozen=True):
    """A tag lies there, and cannot be read however often one tries."""

    uid: str


class TagGone(Struct, frozen=True):
    """A tag that was told of has left."""

    uid: str


TagEvent = TagSeen | TagUnreadable | TagGone
