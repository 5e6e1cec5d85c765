"""From what each poll finds to what a person did: tags put down, and taken away."""

from circulation.tags.content import IDENTITY_ONLY, TagContent
from circulation.tags.decoding import decode
from station.readers.port import FoundTag, TagEvent, TagGone, TagSeen, TagUnreadable

POLLS_MISSING_MAX = 2
"""A tag missing in so many polls has left; one missed is a finger that trembled."""
POLLS_UNREADABLE_MAX = 5


class _Lying:
    """One tag while it is in the field."""

    def __init__(self, since_ms: int) -> None:
        self.since_ms = since_ms
        self.missing = 0
        self.unreadable = 0
        self.told: type[TagSeen | TagUnreadable] | None = None


class Presence:
    """Remembers what lies on one antenna; tells of each tag once, however long it lies."""

    def __init__(self, stable_ms: int = 0) -> None:
        """Tell of a tag when it has been found in every poll for *stable_ms*."""
        self._stable_ms = stable_ms
        self._lying: dict[str, _Lying] = {}

    def polled(self, found: list[FoundTag], now_ms: int) -> list[TagEvent]:
        """Return what has changed now that a poll has found *found*."""
        events: list[TagEvent] = []
        for tag in found:
            lying = self._lying.setdefault(tag.uid, _Lying(now_ms))
            lying.missing = 0
            events += self._come(tag, lying, now_ms)
        here = {tag.uid for tag in found}
        return [*self._missed(here), *events]

    def lost(self) -> list[TagEvent]:
        """Return that all has gone: the reader no longer says what lies there."""
        told = [TagGone(uid) for uid, lying in self._lying.items() if lying.told]
        self._lying.clear()
        return [*told]

    def _come(self, tag: FoundTag, lying: _Lying, now_ms: int) -> list[TagEvent]:
        if lying.told is TagSeen:
            return []
        if tag.image is None and not tag.identity_only:
            return self._unreadable(tag.uid, lying)
        if now_ms - lying.since_ms < self._stable_ms:
            return []
        lying.told = TagSeen
        return [TagSeen(tag.uid, _content(tag))]

    def _unreadable(self, uid: str, lying: _Lying) -> list[TagEvent]:
        lying.unreadable += 1
        if lying.unreadable < POLLS_UNREADABLE_MAX or lying.told:
            return []
        lying.told = TagUnreadable
        return [TagUnreadable(uid)]

    def _missed(self, here: set[str]) -> list[TagEvent]:
        gone: list[TagEvent] = []
        for uid in [uid for uid in self._lying if uid not in here]:
            lying = self._lying[uid]
            lying.missing += 1
            if not lying.told or lying.missing >= POLLS_MISSING_MAX:
                # One that came and went before it was told of begins anew.
                del self._lying[uid]
                gone += [TagGone(uid)] if lying.told else []
        return gone


def _content(tag: FoundTag) -> TagContent:
    """Return what *tag* says; one that is an identity only says nothing, and is no book."""
    return decode(tag.image) if tag.image else TagContent(uid=tag.uid, format=IDENTITY_ONLY)
