"""The MFRC522: which tags lie on the antenna, told apart by their whole UID."""

import logging
import time
from typing import cast

from station.errors import ReaderUnavailableError
from station.readers.iso14443a_tags import Iso14443aTags
from station.readers.port import FoundTag
from station.readers.transceiver import Registers, Transceiver

SPI_HZ = 1_000_000
BCM_NUMBERING = 11
FIELD_SETTLE_SECONDS = 0.006
"""A tag forgets its state without power, and is awake again, within 5 ms."""
ANTENNA_OFF, ANTENNA_ON = 0x80, 0x83
NO_CHIP = (0x00, 0xFF)


class Rc522Reader:
    """Reads ISO 14443A tags through the registers of the mfrc522 package, and nothing else of it.

    The package's own reading merges UIDs of seven bytes, trusts flipped bits and never ends.
    """

    def __init__(self, *, bus: int, device: int, reset_pin: int | None) -> None:
        """Wake the chip on SPI *bus* and *device*, or raise `ReaderUnavailableError`."""
        self._name = f"SPI bus {bus}, device {device}"
        self._reset_pin = reset_pin
        self._chip = self._open(bus, device)
        self._tags = Iso14443aTags(Transceiver(self._chip), cycle_field=self._cycle_field)
        time.sleep(FIELD_SETTLE_SECONDS)

    def poll(self) -> list[FoundTag]:
        """Return the tags that lie there now, in the order of their UIDs."""
        try:
            return self._tags.poll()
        except OSError as error:
            raise ReaderUnavailableError(
                f"{self._name}: the reader has stopped answering; "
                "check its power and the ribbon to the board"
            ) from error

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

    def _cycle_field(self) -> None:
        for antenna in (ANTENNA_OFF, ANTENNA_ON):
            self._chip.Write_MFRC522(self._chip.TxControlReg, antenna)
            time.sleep(FIELD_SETTLE_SECONDS)


def _registers(bus: int, device: int, reset_pin: int) -> Registers:
    """Return the package's class for the chip, without the log handler it adds each time."""
    from mfrc522 import MFRC522  # noqa: PLC0415 -- importing it takes hold of the GPIO

    log = logging.getLogger("mfrc522Logger")
    handlers = list(log.handlers)
    chip = MFRC522(bus=bus, device=device, spd=SPI_HZ, pin_mode=BCM_NUMBERING, pin_rst=reset_pin)
    log.handlers[:] = handlers
    return cast("Registers", chip)
