"""What an NXP PN5180 is told over SPI: its host commands, each awaited in bounded time.

The commands are those of the data sheet's host interface (11.4.3.3), the registers those of its
register map; what of them was only read in other people's drivers is said in
docs/explanation/pn5180.md.
"""

import time
from enum import IntEnum
from typing import NamedTuple, Protocol

from station.errors import ReaderUnavailableError
from station.readers.transceiver import Spi


class Command(IntEnum):
    """The first byte of a frame to the chip."""

    WRITE_REGISTERS = 0x03
    READ_REGISTER = 0x04
    READ_REGISTERS = 0x05
    READ_EEPROM = 0x07
    SEND_DATA = 0x09
    READ_DATA = 0x0A
    MIFARE_AUTHENTICATE = 0x0C
    LOAD_RF_CONFIG = 0x11
    RF_ON = 0x16
    RF_OFF = 0x17


class Register(IntEnum):
    """Registers of 32 bits."""

    SYSTEM_CONFIG = 0x00
    IRQ_STATUS = 0x02
    IRQ_CLEAR = 0x03
    TIMER1_RELOAD = 0x0C
    TIMER1_CONFIG = 0x0F
    CRC_RX_CONFIG = 0x12
    RX_STATUS = 0x13
    TX_CONFIG = 0x18
    CRC_TX_CONFIG = 0x19
    RF_STATUS = 0x1D


class Action(IntEnum):
    """What WRITE_REGISTERS does with a value."""

    WRITE = 1
    OR = 2
    AND = 3


class Change(NamedTuple):
    """One register's part in WRITE_REGISTERS."""

    register: Register
    action: Action
    value: int


class Line(Protocol):
    """What is used of a gpiozero device: one pin."""

    @property
    def value(self) -> int:
        """Return whether the pin is active."""
        ...

    def close(self) -> None:
        """Give the pin back."""
        ...


class OutputLine(Line, Protocol):
    """A pin that is driven."""

    def on(self) -> None:
        """Make it active."""
        ...

    def off(self) -> None:
        """Make it inactive."""
        ...


ALL_IRQS = 0x000FFFFF
VERSIONS_AT, VERSIONS_BYTES = 0x10, 6
FRAME_BYTES_MAX = 260
READ_BYTES_MAX = 508
IDLE_BYTE = 0xFF
"""What is shifted in while an answer is shifted out."""

LOOKS_AT_ONCE = 8
WAITS_MS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Sleeps between looks at BUSY; in all more than the slowest command takes."""
RESET_SECONDS, BOOT_SECONDS = 0.001, 0.003


class Pn5180Host:
    """One chip; each method returns when the chip is ready for the next command."""

    def __init__(self, spi: Spi, not_busy: Line, reset: OutputLine) -> None:
        """Use *spi*; *not_busy* is active while BUSY is low, *reset* while RST is low."""
        self._spi = spi
        self._not_busy = not_busy
        self._reset = reset

    def reset(self) -> None:
        """Begin anew, with every register as after power-up."""
        self._reset.on()
        time.sleep(RESET_SECONDS)
        self._reset.off()
        time.sleep(BOOT_SECONDS)
        self._await_ready()

    def close(self) -> None:
        """Let go of the bus and of both pins."""
        self._spi.close()
        self._not_busy.close()
        self._reset.close()

    # --- registers and memory ------------------------------------------------------------

    def write_registers(self, *changes: Change) -> None:
        """Make *changes*, one after another, in one command."""
        body = b"".join(
            bytes([register, action]) + value.to_bytes(4, "little")
            for register, action, value in changes
        )
        self._command(Command.WRITE_REGISTERS, body)

    def write_register(self, register: Register, value: int) -> None:
        """Set *register*."""
        self.write_registers(Change(register, Action.WRITE, value))

    def or_register(self, register: Register, mask: int) -> None:
        """Set the bits of *mask*."""
        self.write_registers(Change(register, Action.OR, mask))

    def and_register(self, register: Register, mask: int) -> None:
        """Clear the bits that are not in *mask*."""
        self.write_registers(Change(register, Action.AND, mask))

    def read_register(self, register: Register) -> int:
        """Return *register*."""
        return int.from_bytes(self._asked(Command.READ_REGISTER, bytes([register]), 4), "little")

    def read_registers(self, *registers: Register) -> list[int]:
        """Return each of *registers*, read in their order."""
        body = self._asked(Command.READ_REGISTERS, bytes(registers), 4 * len(registers))
        return [int.from_bytes(body[at : at + 4], "little") for at in range(0, len(body), 4)]

    def read_eeprom(self, address: int, count: int) -> bytes:
        """Return *count* bytes of the chip's own memory."""
        return self._asked(Command.READ_EEPROM, bytes([address, count]), count)

    def irq_status(self) -> int:
        """Return what has happened since IRQ_CLEAR was last written."""
        return self.read_register(Register.IRQ_STATUS)

    # --- the air -------------------------------------------------------------------------

    def load_rf_config(self, transmitter: int, receiver: int) -> None:
        """Make the chip speak a standard at a speed."""
        self._command(Command.LOAD_RF_CONFIG, bytes([transmitter, receiver]))

    def rf_on(self) -> None:
        """Switch the field on, even where another one is about, as a telephone's."""
        self._command(Command.RF_ON, b"\x01")

    def rf_off(self) -> None:
        """Switch the field off."""
        self._command(Command.RF_OFF, b"\x00")

    def send_data(self, frame: bytes, last_bits: int = 0) -> None:
        """Send *frame*, of its last byte only *last_bits*, 0 meaning all."""
        assert len(frame) <= FRAME_BYTES_MAX, "a frame longer than the chip can send"
        self._command(Command.SEND_DATA, bytes([last_bits]) + frame)

    def read_data(self, count: int) -> bytes:
        """Return *count* bytes of what was received."""
        return self._asked(Command.READ_DATA, b"\x00", count) if count else b""

    def mifare_authenticate(self, key: bytes, kind: int, block: int, uid: bytes) -> int:
        """Return 0 where a MIFARE Classic took *key*, 1 where it did not, 2 where it was silent."""
        return self._asked(Command.MIFARE_AUTHENTICATE, key + bytes([kind, block]) + uid, 1)[0]

    # --- the bus -------------------------------------------------------------------------

    def _command(self, command: Command, body: bytes) -> None:
        self._spi.xfer2([command, *body])
        self._await_ready()

    def _asked(self, command: Command, body: bytes, count: int) -> bytes:
        """Return the answer, which the chip shifts out in a frame of its own."""
        self._command(command, body)
        answer = self._spi.xfer2([IDLE_BYTE] * count)
        self._await_ready()
        return bytes(answer)

    def _await_ready(self) -> None:
        """Return when BUSY is low; one that stays high is a `ReaderUnavailableError`."""
        for _ in range(LOOKS_AT_ONCE):
            if self._not_busy.value:
                return
        for wait_ms in WAITS_MS:
            time.sleep(wait_ms / 1000)
            if self._not_busy.value:
                return
        raise ReaderUnavailableError(
            "BUSY stays high; check the wire from BUSY to the kit's busy_pin, RST and 3.3 V"
        )
