"""The PN5180: one pad for books with ISO 15693 tags and for loan cards of ISO 14443A."""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from station.errors import ReaderUnavailableError
from station.readers.iso14443a_tags import Iso14443aTags
from station.readers.iso15693 import UID_BYTES
from station.readers.iso15693_tags import Iso15693Tags
from station.readers.pn5180_link import Link
from station.readers.pn5180_opening import Wiring, open_host
from station.readers.pn5180_proximity import Pn5180Proximity
from station.readers.pn5180_vicinity import Pn5180Vicinity
from station.readers.port import FoundTag
from station.readers.tag_keys import NO_KEYS, TagKeys

CLOSE_SECONDS_MAX = 1.0

Told = TypeVar("Told")


class Pn5180Reader:
    """Asks both worlds in each poll, one after the other, and tells what it found in either.

    It is a `TagWriter`. Threads take turns; `close` ends what another has begun.
    """

    def __init__(
        self,
        *,
        bus: int,
        device: int,
        reset_pin: int | None,
        busy_pin: int | None = None,
        keys: TagKeys = NO_KEYS,
        pins: Any = None,
    ) -> None:
        """Wake the chip on SPI *bus* and *device*, or raise `ReaderUnavailableError`.

        *pins* is the gpiozero factory of BUSY and RESET, None the board's own.
        """
        wiring = Wiring(bus, device, busy_pin, reset_pin)
        self._name = wiring.name
        self._turn = threading.Lock()
        self._closed = False
        self._host, self.versions = open_host(wiring, pins)
        self._link = Link(self._host)
        self._near = Pn5180Proximity(self._link)
        self._far = Pn5180Vicinity(self._link)
        self._field_is_new = False
        self._cards = Iso14443aTags(
            self._near, cycle_field=self._begin_near, crypto=self._near, keys=keys
        )
        self._books = Iso15693Tags(self._far, cycle_field=self._far.enter, keys=keys)

    def poll(self) -> list[FoundTag]:
        """Return the tags that lie there now, in the order of their UIDs."""
        return self._ask(self._both_worlds)

    def write(self, uid: str, offset: int, data: bytes) -> None:
        """Write *data* at *offset* of the tag *uid*'s memory, and read it back, as `TagWriter`."""
        self._ask(lambda: self._write(uid, offset, data))

    def switch_gate(self, uid: str, *, afi: int, armed: bool) -> bool:
        """Set AFI, and EAS where the tag *uid* has it, as `TagWriter`; a card has neither."""
        return is_vicinity(uid) and self._ask(lambda: self._switch(uid, afi, armed))

    def is_armed(self, uid: str) -> bool:
        """Return whether EAS of the tag *uid* is set, as `TagWriter`; a card has none."""
        return is_vicinity(uid) and self._ask(lambda: self._is_armed(uid))

    def write_dsfid(self, uid: str, dsfid: int) -> bool:
        """Set the data format of the tag *uid*, read back, as `TagWriter`; a card has none."""
        if is_vicinity(uid):
            self._ask(lambda: self._write_dsfid(uid, dsfid))
        return is_vicinity(uid)

    def close(self) -> None:
        """End what another thread has begun; let go of the bus and of this reader's pins only."""
        self._closed = True
        self._link.cancel()
        # A thread that hangs in the bus itself must not keep the others' pins.
        waited = self._turn.acquire(timeout=CLOSE_SECONDS_MAX)
        self._host.close()
        if waited:
            self._turn.release()

    # --- one thread at a time ------------------------------------------------------------

    def _both_worlds(self) -> list[FoundTag]:
        self._near.enter()
        self._field_is_new = True
        cards = self._cards.poll()
        self._far.enter()
        return sorted([*cards, *self._books.poll()], key=lambda tag: tag.uid)

    def _write(self, uid: str, offset: int, data: bytes) -> None:
        if is_vicinity(uid):
            self._far.enter()
            self._books.write(uid, offset, data)
        else:
            self._near.enter()
            self._field_is_new = True
            self._cards.write(uid, offset, data)

    def _write_dsfid(self, uid: str, dsfid: int) -> None:
        self._far.enter()
        self._books.write_dsfid(uid, dsfid)

    def _switch(self, uid: str, afi: int, armed: bool) -> bool:
        self._far.enter()
        return self._books.switch_gate(uid, afi=afi, armed=armed)

    def _is_armed(self, uid: str) -> bool:
        self._far.enter()
        return self._books.is_armed(uid)

    def _begin_near(self) -> None:
        """Begin a field for cards; a poll's is new already, as it follows that for books."""
        if not self._field_is_new:
            self._near.enter()
        self._field_is_new = False

    def _ask(self, what: Callable[[], Told]) -> Told:
        try:
            with self._turn:
                return what()
        except OSError as error:
            if self._closed:
                raise ReaderUnavailableError(f"{self._name}: the reader was closed") from error
            raise ReaderUnavailableError(
                f"{self._name}: the reader has stopped ({error}); "
                "check its power and the ribbon to the board"
            ) from error


def is_vicinity(uid: str) -> bool:
    """Return whether *uid*, in hex, is that of an ISO 15693 tag; no card's has eight bytes."""
    return len(uid) == 2 * UID_BYTES
