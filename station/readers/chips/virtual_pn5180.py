"""A virtual PN5180: host commands, registers and both lines of the real chip, under a field."""

from collections.abc import Callable
from typing import Any

from station.readers.chips.field import Field, mix
from station.readers.chips.frames import Bits, crc_a, crc_v
from station.readers.chips.noise import Noise
from station.readers.chips.virtual_cards import Classic
from station.readers.chips.virtual_lines import busy_line, reset_line

SYSTEM_CONFIG, IRQ_STATUS, IRQ_CLEAR = 0x00, 0x02, 0x03
TIMER1_RELOAD, TIMER1_CONFIG, CRC_RX, RX_STATUS = 0x0C, 0x0F, 0x12, 0x13
TX_CONFIG, CRC_TX, RF_STATUS = 0x18, 0x19, 0x1D
READ_ONLY = frozenset({IRQ_STATUS, RX_STATUS, RF_STATUS})

IRQ_RX, IRQ_TX, IRQ_IDLE = 1 << 0, 1 << 1, 1 << 2
IRQ_RF_OFF, IRQ_RF_ON, IRQ_TIMER1, IRQ_ERROR = 1 << 8, 1 << 9, 1 << 12, 1 << 17
TRANSCEIVE, COMMAND_MASK, CRYPTO1_ON = 3, 7, 0x40
TX_DATA, TX_START = 0x400, 0xC0
TIMER_AFTER_SENDING = 1 << 11 | 1
FIELD_STANDS = 1 << 17
CRC_ON, KEEP_AFTER_COLLISION = 1, 0x200
DAMAGED, COLLISION = 1 << 16, 1 << 18
WRITE, OR, AND = 1, 2, 3
WORD = 0xFFFFFFFF
RX_BYTES = 508

ISO14443A, ISO15693 = 0x00, 0x0D
AFTER_LOADING = {
    ISO14443A: {CRC_RX: 0xC08, CRC_TX: 0x08, TX_CONFIG: 0xC40},
    ISO15693: {CRC_RX: 0x1B, CRC_TX: 0x1B, TX_CONFIG: 0x580},
}
"""Checksum, parity and frame symbols of each standard."""
VERSIONS = bytes.fromhex("050305030900")
"""Product 3.5, firmware 3.5, EEPROM 0.9, each with its minor number first."""
VERSIONS_AT = 0x10
BUSY_LOOKS = 2
"""So many looks at BUSY find the chip still working."""


class VirtualPn5180:
    """One chip on an SPI bus; *transfers* counts what it was asked."""

    def __init__(self, field: Field | None = None) -> None:
        """Be a chip that has just got power."""
        self.field = field or Field()
        self.transfers = self.frames = 0
        self.silent = False
        """The chip has lost its power or a wire: the bus reads zeros, and BUSY is low."""
        self.stuck = False
        """BUSY stays high: the wire is loose, or the chip hangs."""
        self.antenna_broken = False
        self.versions = VERSIONS
        self.noise: Noise | None = None
        """What happens to frames on their way."""
        self._held = False
        self._looks = 0
        self._irq = 0
        self._answer: bytes | None = None
        self._received = b""
        self._commands: dict[int, Callable[[bytes], bytes | None]] = {
            0x00: lambda body: self._change(body[0], WRITE, body[1:5]),
            0x01: lambda body: self._change(body[0], OR, body[1:5]),
            0x02: lambda body: self._change(body[0], AND, body[1:5]),
            0x03: self._write_several,
            0x04: self._read_several,
            0x05: self._read_several,
            0x07: self._read_eeprom,
            0x09: self._send,
            0x0A: lambda _: bytes(self._received),
            0x0C: self._authenticate,
            0x11: self._load,
            0x16: self._rf_on,
            0x17: self._rf_off,
        }
        self._boot()

    def solder(self, pins: Any, *, busy_pin: int, reset_pin: int) -> None:
        """Join both lines to *pins*, the mock factory of a board."""
        busy_line(pins, busy_pin, self.is_busy)
        reset_line(pins, reset_pin, self.held_in_reset)

    # --- the lines -----------------------------------------------------------------------

    def is_busy(self) -> bool:
        """Return whether BUSY is high, being looked at once more."""
        if self.stuck:
            return True
        self._looks = max(0, self._looks - 1)
        return bool(self._looks) and not self.silent

    def held_in_reset(self, held: bool) -> None:
        """Be held by a low RST, or let go."""
        self._held = held
        self._boot(held=held)

    def lose_power(self) -> None:
        """Forget every register, as a dip in the supply makes the chip do."""
        self._boot()

    def transfer(self, sent: list[int]) -> list[int]:
        """Return what the chip shifts out while *sent* is shifted in."""
        self.transfers += 1
        if self.silent or self._held:
            return [0] * len(sent)
        self._looks = BUSY_LOOKS + 1
        if self._answer is not None:
            answer, self._answer = self._answer, None
            return list(answer[: len(sent)].ljust(len(sent), b"\xff"))
        command = self._commands.get(sent[0])
        if command is None:
            self._irq |= IRQ_ERROR
        else:
            self._answer = command(bytes(sent[1:]))
        return [0xFF] * len(sent)

    # --- registers -----------------------------------------------------------------------

    def _boot(self, *, held: bool = False) -> None:
        self._held = held
        self._looks = BUSY_LOOKS + 1
        self._registers = dict.fromkeys(range(0x40), 0)
        self._irq = IRQ_IDLE
        self._answer = None
        self._received = b""
        self._air: int | None = None
        self._field_on = False
        self.field.lose_power()

    def _change(self, register: int, action: int, value: bytes) -> None:
        number = int.from_bytes(value, "little")
        if register == IRQ_CLEAR:
            self._irq &= ~number
        elif register not in READ_ONLY:
            held = self._registers[register]
            changed = {WRITE: number, OR: held | number, AND: held & number}[action]
            self._registers[register] = changed & WORD

    def _write_several(self, body: bytes) -> None:
        for at in range(0, len(body), 6):
            self._change(body[at], body[at + 1], body[at + 2 : at + 6])

    def _read_several(self, body: bytes) -> bytes:
        return b"".join(self._read(register).to_bytes(4, "little") for register in body)

    def _read(self, register: int) -> int:
        if register == IRQ_STATUS:
            return self._irq
        if register == RF_STATUS:
            sending = self._registers[SYSTEM_CONFIG] & COMMAND_MASK == TRANSCEIVE
            return FIELD_STANDS * self._field_on | sending << 24
        return self._registers.get(register, 0)

    def _read_eeprom(self, body: bytes) -> bytes:
        memory = bytes(VERSIONS_AT) + self.versions + bytes(0xE0)
        return memory[body[0] : body[0] + body[1]]

    # --- the field -----------------------------------------------------------------------

    def _load(self, body: bytes) -> None:
        self._air = body[0]
        if self._air not in AFTER_LOADING or body[1] != body[0] | 0x80:
            self._irq |= IRQ_ERROR
            return
        self._registers.update(AFTER_LOADING[self._air])

    def _rf_on(self, _: bytes) -> None:
        self._field_on = not self.antenna_broken
        self._irq |= IRQ_RF_ON if self._field_on else IRQ_ERROR

    def _rf_off(self, _: bytes) -> None:
        self._field_on = False
        self._irq |= IRQ_RF_OFF
        self.field.lose_power()

    # --- the air -------------------------------------------------------------------------

    def _send(self, body: bytes) -> None:
        last_bits, data = body[0], body[1:]
        if self._registers[SYSTEM_CONFIG] & COMMAND_MASK != TRANSCEIVE or not self._field_on:
            self._irq |= IRQ_ERROR
            return
        bare_end = not self._registers[TX_CONFIG] & TX_DATA
        if bare_end == bool(data) or bool(self._registers[TX_CONFIG] & TX_START) is bare_end:
            self._irq |= IRQ_ERROR
            return
        self._irq |= IRQ_TX
        answers = self._asked(self._framed(data, last_bits))
        self.frames += 1 + bool(answers)
        if answers:
            self._receive(answers)
        elif self._registers[TIMER1_CONFIG] & TIMER_AFTER_SENDING == TIMER_AFTER_SENDING:
            # The timer starts by itself after sending only where the driver asked for it.
            self._irq |= IRQ_TIMER1 if self._registers[TIMER1_RELOAD] else 0

    def _sum(self, data: bytes) -> bytes:
        return crc_v(data) if self._air == ISO15693 else crc_a(data)

    def _framed(self, data: bytes, last_bits: int) -> Bits:
        if data and self._registers[CRC_TX] & CRC_ON:
            data += self._sum(data)
        length = len(data) * 8 - (8 - last_bits if last_bits else 0)
        return Bits(int.from_bytes(data, "little"), length)

    def _asked(self, frame: Bits) -> list[Bits]:
        if self.noise:
            if not frame.length and self.noise.strikes():
                # Of an end of frame there are no bits to flip: it is not heard at all.
                return []
            frame = self.noise.spoil(frame) if frame.length else frame
        if self._air == ISO15693:
            return self.field.echoes(frame)
        ciphered = bool(self._registers[SYSTEM_CONFIG] & CRYPTO1_ON)
        return self.field.answers(frame, ciphered=ciphered)

    def _receive(self, answers: list[Bits]) -> None:
        heard, differ = mix(answers)
        if self.noise:
            heard = self.noise.spoil(heard)
        align = self._registers[CRC_RX] >> 6 & 7 if self._air == ISO14443A else 0
        status = 0
        if differ is not None:
            status = COLLISION | (differ + align & 0x7F) << 19
            if not self._registers[CRC_RX] & KEEP_AFTER_COLLISION:
                heard = Bits(heard.value & ((1 << differ) - 1), heard.length)
        aligned = Bits(heard.value << align, heard.length + align)
        data = aligned.to_bytes()
        if self._registers[CRC_RX] & CRC_ON:
            whole = not aligned.length % 8 and len(data) > 2
            status |= 0 if whole and self._sum(data[:-2]) == data[-2:] else DAMAGED
            data = data[:-2] if whole else data
        self._received = data[:RX_BYTES]
        self._registers[RX_STATUS] = status | aligned.length % 8 << 13 | len(self._received)
        self._irq |= IRQ_RX

    def _authenticate(self, body: bytes) -> bytes:
        """Speak the cipher with the active Classic, if there is one and the key is its own."""
        key, kind, block, uid = body[:6], body[6], body[7], body[8:12]
        heard = self._field_on and not (self.noise and self.noise.strikes())
        opened = heard and any(
            tag.open_sector(kind, block, key, uid)
            for tag in self.field.tags
            if isinstance(tag, Classic)
        )
        self._registers[SYSTEM_CONFIG] &= ~CRYPTO1_ON
        self._registers[SYSTEM_CONFIG] |= CRYPTO1_ON * opened
        return bytes([0 if opened else 1])
