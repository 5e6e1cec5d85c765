"""One frame out and one answer in through an MFRC522's registers, always in bounded time.

Sections are those of NXP's data sheet MFRC522 rev 3.9.
"""

import threading
from typing import Protocol

from station.errors import ReaderUnavailableError
from station.readers.exchange import COLLISION_SOMEWHERE, Answer

IRQ_TIMER, IRQ_IDLE, IRQ_ANSWER, IRQ_NEVER = 0x01, 0x10, 0x20, 0x80
ERROR_CRC, ERROR_COLLISION, ERROR_GARBLED = 0x04, 0x08, 0x17
CRYPTO1_ON = 0x08
POSITION_NOT_VALID = 0x20
CRC_ON = 0x80
IDLE, TRANSCEIVE, MF_AUTHENT = 0x00, 0x0C, 0x0E
AUTHENTICATE_A, AUTHENTICATE_B = 0x60, 0x61
START_SEND, FLUSH, ALL_IRQS = 0x80, 0x80, 0x7F

ANSWER_HALF_MS = 12
"""The chip's own timer (8.5): a tag that has not begun to answer by then does not.

An NTAG writes in 5 ms (NTAG21x rev 3.2, 10.4).
"""
CLASSIC_HALF_MS = 22
"""A MIFARE Classic takes 10 ms to write (MF1S50yyX/V1 rev 3.2, 12.3)."""
ACK_BITS = 4
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
    Status2Reg: int
    BitFramingReg: int
    CollReg: int
    TxModeReg: int
    RxModeReg: int
    TxControlReg: int
    TReloadRegL: int
    AutoTestReg: int
    VersionReg: int

    def Read_MFRC522(self, addr: int) -> int:  # noqa: N802 -- the package's own name
        """Return the register."""
        ...

    def Write_MFRC522(self, addr: int, val: int) -> None:  # noqa: N802 -- the package's own name
        """Set the register."""
        ...


class Transceiver:
    """Sends frames; the chip makes and checks the checksums, and speaks MIFARE Classic's cipher."""

    def __init__(self, chip: Registers) -> None:
        """Use *chip*, which is awake."""
        self._chip = chip
        self._crc: bool | None = None
        self._ciphered = False
        self._closing = threading.Event()
        chip.Write_MFRC522(chip.TReloadRegL, ANSWER_HALF_MS)

    def cancel(self) -> None:
        """Let whoever sends, or waits for an answer, end with `ReaderUnavailableError`."""
        self._closing.set()

    def send(
        self, frame: bytes, *, last_bits: int = 0, align: int = 0, crc: bool = True
    ) -> Answer | None:
        """Return the answer to *frame*; None where there is none or it came garbled.

        Transceive (10.3.1.8), its framing by BitFramingReg (9.3.1.14).
        """
        self._sum_by_chip(crc)
        self._start(TRANSCEIVE, frame, align << 4 | last_bits)
        if not self._wait(IRQ_ANSWER):
            return None
        return self._answer()

    def open_sector(self, block: int, key: bytes, uid: bytes, *, key_b: bool = False) -> bool:
        """Return whether the active tag let its sector of *block* be opened, as `Crypto1`.

        MFAuthent (10.3.1.9): the command, the block, six bytes of key and four of the UID; of a
        longer UID the last four count (NXP's AN10927, 3.2.5).
        """
        chip = self._chip
        self._ciphered = True
        chip.Write_MFRC522(chip.TReloadRegL, CLASSIC_HALF_MS)
        command = AUTHENTICATE_B if key_b else AUTHENTICATE_A
        self._start(MF_AUTHENT, bytes([command, block]) + key + uid[-4:], 0)
        done = self._wait(IRQ_IDLE)
        # Only the chip knows whether the cipher is on (Status2Reg, 9.3.1.9).
        return done and bool(chip.Read_MFRC522(chip.Status2Reg) & CRYPTO1_ON)

    def close_sector(self) -> None:
        """Speak in clear again; software alone can switch the cipher off (9.3.1.9)."""
        if self._ciphered:
            self._ciphered = False
            self._chip.Write_MFRC522(self._chip.CommandReg, IDLE)
            self._chip.Write_MFRC522(self._chip.Status2Reg, 0)
            self._chip.Write_MFRC522(self._chip.TReloadRegL, ANSWER_HALF_MS)

    def _sum_by_chip(self, crc: bool) -> None:
        if crc != self._crc:
            self._crc = crc
            self._chip.Write_MFRC522(self._chip.TxModeReg, CRC_ON * crc)
            self._chip.Write_MFRC522(self._chip.RxModeReg, CRC_ON * crc)

    def _start(self, command: int, frame: bytes, framing: int) -> None:
        if self._closing.is_set():
            raise ReaderUnavailableError("the reader was closed")
        chip = self._chip
        chip.Write_MFRC522(chip.CommandReg, IDLE)
        chip.Write_MFRC522(chip.CommIrqReg, ALL_IRQS)
        chip.Write_MFRC522(chip.FIFOLevelReg, FLUSH)
        chip.spi.xfer2([chip.FIFODataReg << 1, *frame])
        chip.Write_MFRC522(chip.BitFramingReg, framing)
        chip.Write_MFRC522(chip.CommandReg, command)
        if command == TRANSCEIVE:
            chip.Write_MFRC522(chip.BitFramingReg, START_SEND | framing)

    def _wait(self, done: int) -> bool:
        """Return whether *done* came; a chip that says nothing at all is unavailable."""
        for wait_ms in (*WAITS_MS, 0):
            irq = self._chip.Read_MFRC522(self._chip.CommIrqReg)
            if irq & IRQ_NEVER:
                break
            if irq & done:
                return True
            if irq & IRQ_TIMER:
                return False
            if self._closing.wait(wait_ms / 1000):
                raise ReaderUnavailableError("the reader was closed")
        raise ReaderUnavailableError("the chip has stopped answering")

    def _answer(self) -> Answer | None:
        chip = self._chip
        error = chip.Read_MFRC522(chip.ErrorReg)
        if error & ERROR_GARBLED & ~ERROR_CRC:
            return None
        length = chip.Read_MFRC522(chip.FIFOLevelReg)
        last_bits = chip.Read_MFRC522(chip.ControlReg) & 0x07
        # Four bits of yes or no carry no checksum, and a chip that looks for one misses it.
        if error & ERROR_CRC and (length, last_bits) != (1, ACK_BITS):
            return None
        data = chip.spi.xfer2([chip.FIFODataReg << 1 | 0x80] * length + [0])[1:]
        collision = self._collision() if error & ERROR_COLLISION else None
        return Answer(bytes(data), last_bits, collision)

    def _collision(self) -> int:
        coll = self._chip.Read_MFRC522(self._chip.CollReg)
        return COLLISION_SOMEWHERE if coll & POSITION_NOT_VALID else coll & 0x1F or 32
