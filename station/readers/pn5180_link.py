"""A PN5180's field: a standard, a frame sent, and what came back, always in bounded time."""

import threading
import time
from enum import Enum

from msgspec import Struct

from station.errors import ReaderUnavailableError
from station.readers.pn5180_host import ALL_IRQS, Action, Change, Pn5180Host, Register

IRQ_RX, IRQ_TX, IRQ_TIMER1, IRQ_GENERAL_ERROR = 1 << 0, 1 << 1, 1 << 12, 1 << 17
COMMAND_MASK, TRANSCEIVE = 0x07, 0x03
CLEAR = 0xFFFFFFFF
FIELD_STANDS = 1 << 17
"""RF_STATUS: the chip's own field is on."""
RX_COUNT, RX_LAST_BITS_AT, RX_COLLISION_AT = 0x1FF, 13, 19
RX_DAMAGED, RX_PROTOCOL_ERROR, RX_COLLISION = 1 << 16, 1 << 17, 1 << 18

TIMER1_AFTER_SENDING = 1 << 20 | 1 << 11 | 0x38 | 0x04 | 0x01
"""TIMER1_CONFIG: from the end of sending to the first bit received, at 53 kHz, once."""
TICKS_PER_MS = 53

WAITS_MS = (0.2, 0.4, 0.8, 1.6, *[4.0] * 40)
"""Sleeps between looks at the chip, longer in all than the longest answer at 26 kbit/s."""
FIELD_OFF_SECONDS = 0.006
"""Without power a tag forgets its state within 5 ms (ISO 14443-3, 5; ISO 15693-3, 9.2)."""
FIELD_ON_SECONDS = 0.006
"""A tag is ready 5 ms after the field has come (ISO 14443-3, 5); ISO 15693 asks for 1 ms."""


class Air(Enum):
    """What LOAD_RF_CONFIG is told: transmitter and receiver."""

    ISO14443A = (0x00, 0x80)
    """106 kbit/s."""
    ISO15693 = (0x0D, 0x8D)
    """26 kbit/s, 100 % modulated."""


class Reception(Struct, frozen=True):
    """One frame that came back, as RX_STATUS tells of it."""

    status: int
    data: bytes

    @property
    def last_bits(self) -> int:
        """Return how many bits of the last byte count, 0 meaning all."""
        return self.status >> RX_LAST_BITS_AT & 7

    @property
    def collision(self) -> int | None:
        """Return the first bit, counted from 1, where two tags differed."""
        if not self.status & RX_COLLISION:
            return None
        return (self.status >> RX_COLLISION_AT & 0x7F) + 1


class Link:
    """What both standards need of the chip."""

    def __init__(self, host: Pn5180Host) -> None:
        """Use the chip *host*, newly reset."""
        self.host = host
        self._closing = threading.Event()
        self._patience_ms = 0

    def cancel(self) -> None:
        """Let whoever waits for an answer end with `ReaderUnavailableError`."""
        self._closing.set()

    def enter(self, air: Air) -> None:
        """Let every tag forget its state, and power those of *air* with a new field."""
        self.host.rf_off()
        time.sleep(FIELD_OFF_SECONDS)
        self.host.load_rf_config(*air.value)
        self.host.rf_on()
        self._patience_ms = 0
        if not self._field_stands():
            raise ReaderUnavailableError(
                "the field does not come up; check the 5 V of the chip and its antenna"
            )
        time.sleep(FIELD_ON_SECONDS)

    def exchange(
        self,
        frame: bytes,
        *,
        patience_ms: int,
        last_bits: int = 0,
        changes: tuple[Change, ...] = (),
    ) -> Reception | None:
        """Return what came back on *frame*, None where nothing began within *patience_ms*.

        *changes* are made to registers first. A dead chip is a `ReaderUnavailableError`.
        """
        if patience_ms != self._patience_ms:
            self._patience_ms = patience_ms
            reload = Change(Register.TIMER1_RELOAD, Action.WRITE, patience_ms * TICKS_PER_MS)
            timer = Change(Register.TIMER1_CONFIG, Action.WRITE, TIMER1_AFTER_SENDING)
            changes = (*changes, reload, timer)
        self._send(frame, last_bits, changes)
        status = self._await(IRQ_RX, IRQ_TIMER1)
        if status is None:
            return None
        return Reception(status, self.host.read_data(status & RX_COUNT))

    def tell(self, frame: bytes, *, changes: tuple[Change, ...] = ()) -> None:
        """Send *frame*, which nobody answers."""
        self._send(frame, 0, changes)
        self._await(IRQ_TX, 0)

    def _send(self, frame: bytes, last_bits: int, changes: tuple[Change, ...]) -> None:
        if self._closing.is_set():
            raise ReaderUnavailableError("the reader was closed")
        self.host.write_registers(
            *changes,
            # Without this stop between two frames the chip listens, and will not send.
            Change(Register.SYSTEM_CONFIG, Action.AND, CLEAR & ~COMMAND_MASK),
            Change(Register.IRQ_CLEAR, Action.WRITE, ALL_IRQS),
            Change(Register.SYSTEM_CONFIG, Action.OR, TRANSCEIVE),
        )
        self.host.send_data(frame, last_bits)

    def _await(self, done: int, ended: int) -> int | None:
        """Return RX_STATUS once *done* came, None where *ended* did or nothing that ended."""
        for wait_ms in WAITS_MS:
            irq, status = self.host.read_registers(Register.IRQ_STATUS, Register.RX_STATUS)
            if irq & ~ALL_IRQS:
                break
            if irq & done:
                return status
            if irq & IRQ_GENERAL_ERROR:
                break
            if irq & ended:
                return None
            if self._closing.wait(wait_ms / 1000):
                raise ReaderUnavailableError("the reader was closed")
        # Noise that began and never ended is nothing; a chip without its field is not itself.
        if not self._field_stands():
            raise ReaderUnavailableError("the chip has stopped answering")
        return None

    def _field_stands(self) -> bool:
        status = self.host.read_register(Register.RF_STATUS)
        return status != CLEAR and bool(status & FIELD_STANDS)
