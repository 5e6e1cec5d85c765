"""What a tag reader is to the rest of a station, and what it has to tell."""

from typing import Protocol

from msgspec import Struct

from circulation.tags.content import TagContent


class FoundTag(Struct, frozen=True):
    """A tag that lies there now; *memory* is None where its pages could not be read this time."""

    uid: str
    """Hex, lower case, as the standard prints it."""
    memory: bytes | None
    """The user's pages, from page 4 on."""


class Reader(Protocol):
    """One antenna."""

    def poll(self) -> list[FoundTag]:
        """Return the tags that lie there now; a dead reader is a `ReaderUnavailableError`."""
        ...

    def close(self) -> None:
        """Let go of the bus and pins."""
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
