"""Which ISO 14443A tags lie in a field, and what each has in memory; the chip does not matter."""

from collections.abc import Callable

from circulation.tags.image import TagImage
from station.errors import TagGoneError, TagRefusedError
from station.readers import iso14443a
from station.readers.exchange import Crypto1, Exchange
from station.readers.iso14443a import Selected
from station.readers.iso14443a_memory import (
    RANDOM_UID,
    TagMemory,
    Update,
    is_identity_only,
    is_random,
)
from station.readers.port import FoundTag
from station.readers.tag_keys import NO_KEYS, TagKeys

ROUNDS_MAX = 64
"""Wakings in one poll; a field of eight tags needs nine."""
CALLS_MAX = 3
"""Calls without an answer before nobody is there, where somebody was."""
FAILURES_MAX = 6
"""Failed selections in a row before the air is not clear: metal, or more tags than it carries."""
READ_TRIES = 4
WRITE_TRIES = 8


class _Lying:
    """One tag while it lies in the field."""

    def __init__(self, tag: Selected) -> None:
        self.tag = tag
        self.image: TagImage | None = None
        self.tries = 0

    def found(self, uid: str) -> FoundTag:
        return FoundTag(uid, self.image, identity_only=is_identity_only(self.tag))


class Iso14443aTags:
    """Tells the tags of one field apart, and reads each when it is new."""

    def __init__(
        self,
        air: Exchange,
        *,
        cycle_field: Callable[[], None],
        crypto: Crypto1 | None = None,
        keys: TagKeys = NO_KEYS,
    ) -> None:
        """Ask over *air*; *cycle_field* takes the power from the field and gives it back.

        What *crypto* can open is opened with *keys*.
        """
        self._air = air
        self._cycle_field = cycle_field
        self._memory = TagMemory(air, crypto, keys)
        self._answered = False
        self._lying: dict[str, _Lying] = {}
        self._missed: set[str] = set()

    def poll(self) -> list[FoundTag]:
        """Return the tags that lie there now, in the order of their UIDs."""
        before = self._lying
        self._lying = self._inventory(before, before.keys() | self._missed)
        self._missed = before.keys() - self._lying.keys()
        return [lying.found(uid) for uid, lying in sorted(self._lying.items())]

    def write(self, uid: str, offset: int, data: bytes) -> None:
        """Write *data* at *offset* of the tag *uid*'s memory and read it back, as `TagWriter`."""
        if uid == RANDOM_UID:
            raise TagRefusedError("a tag that hides its UID is never written")
        update = Update(offset, data)
        # Whatever comes of it, the next poll asks the tag itself.
        self._lying.pop(uid, None)
        reached = False
        for _ in range(WRITE_TRIES):
            tag = self._reach(bytes.fromhex(uid))
            reached = tag is not None
            if tag is not None and self._brought(tag, update):
                return
        if not reached:
            raise TagGoneError("the tag does not lie there any more")
        raise TagRefusedError("the tag lies there and does not take what is written; is it locked?")

    # --- finding -------------------------------------------------------------------------

    def _inventory(self, before: dict[str, _Lying], awaited: set[str]) -> dict[str, _Lying]:
        """Return each tag by UID: wake, select one, put it to sleep, and again.

        Known from *before* is what need not be read; those *awaited* are called for longest.
        """
        expected = self._answered
        if self._answered:
            # Sleeping tags wake only without the field: cheaper than waking all for each.
            self._cycle_field()
        self._answered = False
        found: dict[str, _Lying] = {}
        calls = failures = 0
        settled = True
        for _ in range(ROUNDS_MAX):
            if not iso14443a.wake(self._air):
                calls += 1
                # A tag that took a question for an error lets one call pass; so does a bad one.
                if not expected or calls == CALLS_MAX or (settled and found.keys() >= awaited):
                    break
                continue
            calls, self._answered, expected = 0, True, True
            tag = iso14443a.select(self._air)
            settled = tag is not None and self._visit(tag, found, before)
            failures = failures + 1 if tag is None else 0
            if failures == FAILURES_MAX:
                break
        return found

    def _visit(self, tag: Selected, found: dict[str, _Lying], before: dict[str, _Lying]) -> bool:
        """Read the active *tag* if it is new, and put it to sleep; return whether it sleeps."""
        uid = RANDOM_UID if is_random(tag) else tag.uid.hex()
        if uid not in found:
            found[uid] = _Lying(tag)
            found[uid].image = before[uid].image if uid in before else None
        if not self._read(found[uid]):
            # It lies in no known state, and comes again.
            self._memory.close()
            return False
        self._memory.release()
        return True

    def _read(self, lying: _Lying) -> bool:
        """Return whether there is nothing more to ask of the active tag in this poll."""
        if lying.image or lying.tries == READ_TRIES or not self._memory.readable(lying.tag):
            return True
        lying.image = self._memory.image(lying.tag, plainly=bool(lying.tries % 2))
        lying.tries += 1
        return lying.image is not None

    # --- writing -------------------------------------------------------------------------

    def _reach(self, uid: bytes) -> Selected | None:
        """Return the tag *uid*, active, in a field that has just begun."""
        self._cycle_field()
        self._answered = True
        if not iso14443a.wake(self._air):
            return None
        return iso14443a.call(self._air, uid)

    def _brought(self, tag: Selected, update: Update) -> bool:
        try:
            return self._memory.bring(tag, update)
        finally:
            self._memory.close()
