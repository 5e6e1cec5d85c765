"""One frame out and one answer in through an MFRC522's registers, always in bounded time."""

import time
from typing import Protocol

from station.errors import ReaderUnavailableError
from station.readers.exchange import COLLISION_SOMEWHERE, Answer

IRQ_TIMER, IRQ_ANSWER, IRQ_NEVER = 0x01, 0x20, 0x80
ERROR_COLLISION, ERROR_GARBLED = 0x08, 0x17
POSITION_NOT_VALID = 0x20
CRC_ON = 0x80
IDLE, TRANSCEIVE = 0x00, 0x0C
START_SEND, FLUSH, ALL_IRQS = 0x80, 0x80, 0x7F

ANSWER_HALF_MS = 12
"""The chip's own timer: a tag that has not begun to answer by then does not."""
WAITS_MS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Sleeps between looks at the chip, longer in all than its timer."""


class Spi(Protocol):
    """What is used of spidev."""

    def xfer2(self, sent: list[int]) -> list[int]:
        """Shift *sent* out and return what came in."""
        ...

    def close(self) -> None:
        """Close the device."""
        ...


class Registers(Protocol):
    """What is used of the mfrc522 package's class: its registers' names and access to them."""

    spi: Spi
    CommandReg: int
    CommIrqReg: int
    ErrorReg: int
    FIFODataReg: int
    FIFOLevelReg: int
    ControlReg: int
    BitFramingReg: int
    CollReg: int
    TxModeReg: int
    RxModeReg: int
    TxControlReg: int
    TReloadRegL: int
    VersionReg: int

    def Read_MFRC522(self, addr: int) -> int:  # noqa: N802 -- the package's own name
        """Return the register."""
        ...

    def Write_MFRC522(self, addr: int, val: int) -> None:  # noqa: N802 -- the package's own name
        """Set the register."""
        ...


class Transceiver:
    """Sends frames; the chip makes and checks the checksums."""

    def __init__(self, chip: Registers) -> None:
        """Use *chip*, which is awake."""
        self._chip = chip
        self._crc: bool | None = None
        chip.Write_MFRC522(chip.TReloadRegL, ANSWER_HALF_MS)

    def send(
        self, frame: bytes, *, last_bits: int = 0, align: int = 0, crc: bool = True
    ) -> Answer | None:
        """Return the answer to *frame*; None where there is none or it came garbled."""
        self._sum_by_chip(crc)
        self._start(frame, align << 4 | last_bits)
        if not self._wait():
            return None
        return self._answer()

    def _sum_by_chip(self, crc: bool) -> None:
        if crc != self._crc:
            self._crc = crc
            self._chip.Write_MFRC522(self._chip.TxModeReg, CRC_ON * crc)
            self._chip.Write_MFRC522(self._chip.RxModeReg, CRC_ON * crc)

    def _start(self, frame: bytes, framing: int) -> None:
        chip = self._chip
        chip.Write_MFRC522(chip.CommandReg, IDLE)
        chip.Write_MFRC522(chip.CommIrqReg, ALL_IRQS)
        chip.Write_MFRC522(chip.FIFOLevelReg, FLUSH)
        chip.spi.xfer2([chip.FIFODataReg << 1, *frame])
        chip.Write_MFRC522(chip.BitFramingReg, framing)
        chip.Write_MFRC522(chip.CommandReg, TRANSCEIVE)
        chip.Write_MFRC522(chip.BitFramingReg, START_SEND | framing)

    def _wait(self) -> bool:
        """Return whether an answer came; a chip that says nothing at all is unavailable."""
        for wait_ms in (*WAITS_MS, 0):
            irq = self._chip.Read_MFRC522(self._chip.CommIrqReg)
            if irq & IRQ_NEVER:
                break
            if irq & IRQ_ANSWER:
                return True
            if irq & IRQ_TIMER:
                return False
            time.sleep(wait_ms / 1000)
        raise ReaderUnavailableError("the chip has stopped answering")

    def _answer(self) -> Answer | None:
        chip = self._chip
        error = chip.Read_MFRC522(chip.ErrorReg)
        if error & ERROR_GARBLED:
            return None
        length = chip.Read_MFRC522(chip.FIFOLevelReg)
        last_bits = chip.Read_MFRC522(chip.ControlReg) & 0x07
        data = chip.spi.xfer2([chip.FIFODataReg << 1 | 0x80] * length + [0])[1:]
        collision = self._collision() if error & ERROR_COLLISION else None
        return Answer(bytes(data), last_bits, collision)

    def _collision(self) -> int:
        coll = self._chip.Read_MFRC522(self._chip.CollReg)
        return COLLISION_SOMEWHERE if coll & POSITION_NOT_VALID else coll & 0x1F or 32
