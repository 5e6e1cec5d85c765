"""The MFRC522: which tags lie on the antenna, told apart by their whole UID, and what they hold."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from station.errors import ReaderUnavailableError
from station.readers.iso14443a_tags import Iso14443aTags
from station.readers.mfrc522_registers import let_go, open_registers
from station.readers.port import FoundTag
from station.readers.tag_keys import NO_KEYS, TagKeys
from station.readers.transceiver import Transceiver

FIELD_SETTLE_SECONDS = 0.006
"""A tag forgets its state without power, and is awake again, within 5 ms (ISO 14443-3, 5)."""
ANTENNA_OFF, ANTENNA_ON = 0x80, 0x83
CLOSE_SECONDS_MAX = 1.0

Told = TypeVar("Told")


class Rc522Reader:
    """Reads ISO 14443A tags through the registers of the mfrc522 package, and nothing else of it.

    The package's own reading merges UIDs of seven bytes, trusts flipped bits and never ends.
    It is a `TagWriter`. Threads take turns; `close` ends what another has begun.
    """

    def __init__(
        self, *, bus: int, device: int, reset_pin: int | None, keys: TagKeys = NO_KEYS
    ) -> None:
        """Wake the chip on SPI *bus* and *device*, or raise `ReaderUnavailableError`."""
        self._name = f"SPI bus {bus}, device {device}"
        self._reset_pin = reset_pin
        self._turn = threading.Lock()
        self._closed = False
        self._chip = open_registers(bus, device, reset_pin)
        self._air = Transceiver(self._chip)
        self._tags = Iso14443aTags(
            self._air, cycle_field=self._cycle_field, crypto=self._air, keys=keys
        )
        time.sleep(FIELD_SETTLE_SECONDS)

    def poll(self) -> list[FoundTag]:
        """Return the tags that lie there now, in the order of their UIDs."""
        return self._ask(self._tags.poll)

    def write(self, uid: str, offset: int, data: bytes) -> None:
        """Write *data* at *offset* of the tag *uid*'s memory, and read it back, as `TagWriter`."""
        self._ask(lambda: self._tags.write(uid, offset, data))

    def switch_gate(self, uid: str, *, afi: int, armed: bool) -> bool:  # noqa: ARG002 -- TagWriter's
        """Return False: what an MFRC522 can speak to has neither AFI nor EAS."""
        return False

    def is_armed(self, uid: str) -> bool:  # noqa: ARG002 -- TagWriter's
        """Return False: what an MFRC522 can speak to has no EAS."""
        return False

    def write_dsfid(self, uid: str, dsfid: int) -> bool:  # noqa: ARG002 -- TagWriter's
        """Return False: what an MFRC522 can speak to has no data format identifier."""
        return False

    def close(self) -> None:
        """End what another thread has begun; let go of the bus and of this reader's pin only."""
        self._closed = True
        self._air.cancel()
        # A thread that hangs in the bus itself must not keep the others' pins.
        waited = self._turn.acquire(timeout=CLOSE_SECONDS_MAX)
        let_go(self._chip, self._reset_pin)
        if waited:
            self._turn.release()

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

    def _cycle_field(self) -> None:
        for antenna in (ANTENNA_OFF, ANTENNA_ON):
            self._chip.Write_MFRC522(self._chip.TxControlReg, antenna)
            time.sleep(FIELD_SETTLE_SECONDS)
