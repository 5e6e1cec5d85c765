"""Which ISO 14443A tags lie in a field, and what each has in memory; the chip does not matter."""

from collections.abc import Callable

from circulation.tags.image import Air, TagImage
from station.readers import iso14443a
from station.readers.exchange import Exchange
from station.readers.port import FoundTag

ROUNDS_MAX = 32

READ, FAST_READ = 0x30, 0x3A
FIRST_PAGE, LAST_PAGE = 4, 12
PAGE_BYTES, READ_PAGES = 4, 4
MEMORY_BYTES = (LAST_PAGE - FIRST_PAGE + 1) * PAGE_BYTES


class Iso14443aTags:
    """Tells the tags of one field apart, and reads each when it is new."""

    def __init__(self, air: Exchange, *, cycle_field: Callable[[], None]) -> None:
        """Ask over *air*; *cycle_field* takes the power from the field and gives it back."""
        self._air = air
        self._cycle_field = cycle_field
        self._answered = False
        self._memories: dict[str, bytes | None] = {}
        self._plain: set[str] = set()

    def poll(self) -> list[FoundTag]:
        """Return the tags that lie there now, in the order of their UIDs."""
        found = self._memories = self._inventory()
        self._plain &= found.keys()
        return [FoundTag(uid, _image(uid, memory)) for uid, memory in sorted(found.items())]

    def _inventory(self) -> dict[str, bytes | None]:
        """Return each tag's memory by UID: wake, select one, put it to sleep, and again."""
        if self._answered:
            # Sleeping tags wake only without the field: cheaper than waking all for each.
            self._cycle_field()
        self._answered = False
        found: dict[str, bytes | None] = {}
        for _ in range(ROUNDS_MAX):
            if not iso14443a.wake(self._air):
                break
            self._answered = True
            uid = iso14443a.select(self._air)
            if uid is None:
                break
            # One whose reading failed has not slept, and comes again only to be put to sleep.
            if uid.hex() not in found:
                found[uid.hex()] = self._memory(uid.hex())
            iso14443a.halt(self._air)
        return found

    def _memory(self, uid: str) -> bytes | None:
        """Return the active tag's user pages; read only when the tag is new."""
        known = self._memories.get(uid)
        if known is not None:
            return known
        if uid in self._plain:
            return self._read()
        memory = self._fast_read()
        if memory is None:
            self._plain.add(uid)
        return memory

    def _fast_read(self) -> bytes | None:
        answer = self._air.send(bytes([FAST_READ, FIRST_PAGE, LAST_PAGE]))
        return answer.data if answer and len(answer.data) == MEMORY_BYTES else None

    def _read(self) -> bytes | None:
        """Return the pages four at a time, for tags that know no faster way."""
        memory = b""
        for page in range(FIRST_PAGE, LAST_PAGE + 1, READ_PAGES):
            answer = self._air.send(bytes([READ, page]))
            if answer is None or len(answer.data) != READ_PAGES * PAGE_BYTES:
                return None
            memory += answer.data
        return memory[:MEMORY_BYTES]


def _image(uid: str, memory: bytes | None) -> TagImage | None:
    return None if memory is None else TagImage(uid=uid, air=Air.ISO14443A, memory=memory)
