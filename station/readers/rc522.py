"""The MFRC522: which tags lie on the antenna, told apart by their whole UID."""

import logging
import time
from typing import cast

from station.errors import ReaderUnavailableError
from station.readers import iso14443a
from station.readers.port import FoundTag
from station.readers.transceiver import Registers, Transceiver

SPI_HZ = 1_000_000
BCM_NUMBERING = 11
ROUNDS_MAX = 32
FIELD_SETTLE_SECONDS = 0.006
"""A tag forgets its state without power, and is awake again, within 5 ms."""
ANTENNA_OFF, ANTENNA_ON = 0x80, 0x83
NO_CHIP = (0x00, 0xFF)

READ, FAST_READ = 0x30, 0x3A
FIRST_PAGE, LAST_PAGE = 4, 12
PAGE_BYTES, READ_PAGES = 4, 4
MEMORY_BYTES = (LAST_PAGE - FIRST_PAGE + 1) * PAGE_BYTES


class Rc522Reader:
    """Reads ISO 14443A tags through the registers of the mfrc522 package, and nothing else of it.

    The package's own reading merges UIDs of seven bytes, trusts flipped bits and never ends.
    """

    def __init__(self, *, bus: int, device: int, reset_pin: int | None) -> None:
        """Wake the chip on SPI *bus* and *device*, or raise `ReaderUnavailableError`."""
        self._name = f"SPI bus {bus}, device {device}"
        self._reset_pin = reset_pin
        self._chip = self._open(bus, device)
        self._air = Transceiver(self._chip)
        self._answered = False
        self._memories: dict[str, bytes | None] = {}
        self._plain: set[str] = set()
        time.sleep(FIELD_SETTLE_SECONDS)

    def poll(self) -> list[FoundTag]:
        """Return the tags that lie there now, in the order of their UIDs."""
        try:
            found = self._inventory()
        except OSError as error:
            raise ReaderUnavailableError(
                f"{self._name}: the reader has stopped answering; "
                "check its power and the ribbon to the board"
            ) from error
        self._memories = found
        self._plain &= found.keys()
        return [FoundTag(uid, memory) for uid, memory in sorted(found.items())]

    def close(self) -> None:
        """Let go of the bus and of this reader's pin only."""
        from RPi import GPIO  # noqa: PLC0415 -- there is none before a reader is chosen

        self._chip.spi.close()
        GPIO.cleanup(self._reset_pin)

    # --- the chip ------------------------------------------------------------------------

    def _open(self, bus: int, device: int) -> Registers:
        if self._reset_pin is None:
            raise ReaderUnavailableError(
                f"{self._name}: the kit names no reset_pin; say which GPIO the chip's RST is on"
            )
        try:
            chip = _registers(bus, device, self._reset_pin)
        except (ImportError, OSError, RuntimeError) as error:
            raise ReaderUnavailableError(
                f"{self._name}: cannot be opened ({error}); "
                "check that config.txt turns SPI on and that this user is in groups spi and gpio"
            ) from error
        version = chip.Read_MFRC522(chip.VersionReg)
        if version in NO_CHIP:
            chip.spi.close()
            raise ReaderUnavailableError(
                f"{self._name}: no MFRC522 answers (version register {version:#04x}); "
                "check 3.3 V, ground, MISO and the chip select"
            )
        return chip

    # --- the tags ------------------------------------------------------------------------

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

    def _cycle_field(self) -> None:
        for antenna in (ANTENNA_OFF, ANTENNA_ON):
            self._chip.Write_MFRC522(self._chip.TxControlReg, antenna)
            time.sleep(FIELD_SETTLE_SECONDS)

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


def _registers(bus: int, device: int, reset_pin: int) -> Registers:
    """Return the package's class for the chip, without the log handler it adds each time."""
    from mfrc522 import MFRC522  # noqa: PLC0415 -- importing it takes hold of the GPIO

    log = logging.getLogger("mfrc522Logger")
    handlers = list(log.handlers)
    chip = MFRC522(bus=bus, device=device, spd=SPI_HZ, pin_mode=BCM_NUMBERING, pin_rst=reset_pin)
    log.handlers[:] = handlers
    return cast("Registers", chip)
