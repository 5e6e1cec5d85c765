"""A virtual MFRC522: the registers of the real chip, with a field of virtual tags above it."""

from station.readers.chips.field import Field, mix
from station.readers.chips.frames import Bits, crc_a, crc_holds, with_crc
from station.readers.chips.noise import Noise
from station.readers.chips.virtual_cards import Classic

# Registers with a behaviour of their own; the others only keep what is written.
COMMAND, COM_IRQ, DIV_IRQ, ERROR, STATUS2 = 0x01, 0x04, 0x05, 0x06, 0x08
FIFO, FIFO_LEVEL, CONTROL, BIT_FRAMING, COLL = 0x09, 0x0A, 0x0C, 0x0D, 0x0E
MODE, TX_MODE, RX_MODE, TX_CONTROL = 0x11, 0x12, 0x13, 0x14
CRC_HIGH, CRC_LOW, TIMER_MODE, VERSION = 0x21, 0x22, 0x2A, 0x37
AUTO_TEST = 0x36

IDLE, MEM, CALC_CRC, NO_CHANGE, TRANSCEIVE, MF_AUTHENT, SOFT_RESET = 0, 1, 3, 7, 0xC, 0xE, 0xF

IRQ_TIMER, IRQ_ERROR, IRQ_IDLE, IRQ_RECEIVED, IRQ_SENT = 0x01, 0x02, 0x10, 0x20, 0x40
ERROR_PROTOCOL, ERROR_CRC, ERROR_COLLISION, ERROR_OVERFLOW = 0x01, 0x04, 0x08, 0x10
CRYPTO1_ON = 0x08
AUTO_TEST_ON = 0x09
FIFO_BYTES = 64
ANTENNA_ON = 0x03
CRC_ON = 0x80

_READ_ONLY = frozenset({ERROR, 0x07, CRC_HIGH, CRC_LOW, VERSION})
_CRC_STARTS = (0x0000, 0x6363, 0xA671, 0xFFFF)
_AFTER_RESET = {
    COMMAND: 0x20, 0x02: 0x80, COM_IRQ: 0x14, 0x0B: 0x08, CONTROL: 0x10, COLL: 0xA0,
    MODE: 0x3F, TX_CONTROL: 0x80, 0x16: 0x10, 0x17: 0x84, 0x18: 0x84, 0x19: 0x4D,
    0x1C: 0x62, 0x1F: 0xEB, CRC_HIGH: 0xFF, CRC_LOW: 0xFF, 0x24: 0x26, 0x26: 0x48,
    0x27: 0x88, 0x28: 0x20, 0x29: 0x20, AUTO_TEST: 0x40,
}  # fmt: skip
VERSION_2 = 0x92
_SELF_TEST = bytes.fromhex(
    "00eb66ba57bf2395d0e30d3d27895cde9d3ba700215b8982513aeb020ca50049"
    "7c844db3ccd21b815d4876d5716121a986968338cf9d5b6ddc15ba3e7d953b2f"
)
"""What version 2 answers to the digital self-test (MFRC522 rev 3.9, 16.1.1)."""


class VirtualMfrc522:
    """One chip on an SPI bus; *transfers* counts what it was asked."""

    def __init__(self, field: Field | None = None) -> None:
        """Be a chip that has just got power."""
        self.field = field or Field()
        self.transfers = 0
        self.silent = False
        """The chip has lost its power or a wire: the bus reads zeros."""
        self.version = VERSION_2
        self.broken = False
        """The digital part is damaged: the self-test ends otherwise than it should."""
        self.frames = 0
        """What went through the air: questions, and answers."""
        self.noise: Noise | None = None
        """What happens to frames on their way."""
        self.flip_bits = 0
        """Flip one bit in each of the next so many answers that carry a checksum."""
        self._registers = bytearray(64)
        self._fifo = bytearray()
        self._writers = {
            COMMAND: self._write_command,
            FIFO: self._write_fifo,
            FIFO_LEVEL: self._write_fifo_level,
            BIT_FRAMING: self._write_bit_framing,
            TX_CONTROL: self._write_antenna,
            STATUS2: self._write_status2,
        }
        self._buffer = b""
        self._reset()

    # --- the bus -------------------------------------------------------------------------

    def transfer(self, sent: list[int]) -> list[int]:
        """Return what the chip shifts out while *sent* is shifted in."""
        self.transfers += 1
        if self.silent:
            return [0] * len(sent)
        if sent[0] & 0x80:
            # Each byte names the next register; its content comes one byte later.
            return [0] + [self._read((byte >> 1) & 0x3F) for byte in sent[:-1]]
        register = (sent[0] >> 1) & 0x3F
        for byte in sent[1:]:
            self._write(register, byte)
        return [0] * len(sent)

    def lose_power(self) -> None:
        """Forget every register, as a dip in the supply makes the chip do."""
        self._reset()

    # --- registers -----------------------------------------------------------------------

    def _reset(self) -> None:
        self._registers[:] = bytes(64)
        for register, value in _AFTER_RESET.items():
            self._registers[register] = value
        self._registers[VERSION] = self.version
        self._fifo.clear()
        self.field.lose_power()

    def _read(self, register: int) -> int:
        if register == FIFO:
            return self._fifo.pop(0) if self._fifo else 0
        if register == FIFO_LEVEL:
            return len(self._fifo)
        return self._registers[register]

    def _write(self, register: int, value: int) -> None:
        if register in {COM_IRQ, DIV_IRQ}:
            self._mark(register, value)
        elif writer := self._writers.get(register):
            writer(value)
        elif register not in _READ_ONLY:
            self._registers[register] = value

    def _mark(self, register: int, value: int) -> None:
        """Set the bits of *value* where its highest says so, else clear them."""
        marked = value & 0x7F
        if value & 0x80:
            self._registers[register] |= marked
        else:
            self._registers[register] &= ~marked & 0x7F

    def _write_fifo(self, value: int) -> None:
        if len(self._fifo) >= FIFO_BYTES:
            self._registers[ERROR] |= ERROR_OVERFLOW
        else:
            self._fifo.append(value)

    def _write_fifo_level(self, value: int) -> None:
        if value & 0x80:
            self._fifo.clear()
            self._registers[ERROR] &= ~ERROR_OVERFLOW & 0xFF

    def _write_bit_framing(self, value: int) -> None:
        self._registers[BIT_FRAMING] = value & 0x7F
        if value & 0x80 and self._registers[COMMAND] & 0x0F == TRANSCEIVE:
            self._transceive()

    def _write_antenna(self, value: int) -> None:
        self._registers[TX_CONTROL] = value
        if not value & ANTENNA_ON:
            self.field.lose_power()

    def _write_status2(self, value: int) -> None:
        # The cipher is switched on by the chip alone, and off by whoever writes a zero (9.3.1.9).
        cipher = self._registers[STATUS2] & value & CRYPTO1_ON
        self._registers[STATUS2] = value & ~CRYPTO1_ON & 0xFF | cipher

    def _write_command(self, value: int) -> None:
        command = value & 0x0F
        if command == NO_CHANGE:
            return
        self._registers[COMMAND] = value & 0x3F
        if command == SOFT_RESET:
            self._reset()
        elif command == MEM:
            self._buffer = bytes(self._fifo[:25])
            self._fifo.clear()
        elif command == CALC_CRC:
            self._sum()
        elif command == TRANSCEIVE:
            self._registers[ERROR] &= 0x40
        elif command == MF_AUTHENT:
            self._registers[ERROR] &= 0x40
            self._authenticate()

    def _sum(self) -> None:
        """Calculate a checksum, or where AutoTestReg says so, test the chip (16.1.1)."""
        if self._registers[AUTO_TEST] & 0x0F == AUTO_TEST_ON:
            fit = self._buffer == bytes(25) and bytes(self._fifo) == b"\0" and not self.broken
            self._fifo[:] = _SELF_TEST if fit else bytes(FIFO_BYTES)
            return
        start = _CRC_STARTS[self._registers[MODE] & 3]
        low, high = crc_a(bytes(self._fifo), start)
        self._registers[CRC_LOW], self._registers[CRC_HIGH] = low, high
        self._fifo.clear()
        self._registers[DIV_IRQ] |= 0x04

    def _authenticate(self) -> None:
        """Speak the cipher with the active Classic, if there is one and the key is its own."""
        asked = bytes(self._fifo)
        self._fifo.clear()
        self._registers[COMMAND] &= 0x30
        heard = len(asked) == 12 and self._antenna_is_on() and self._arrives()
        opened = heard and any(
            tag.open_sector(asked[0], asked[1], asked[2:8], asked[8:12])
            for tag in self.field.tags
            if isinstance(tag, Classic)
        )
        if opened:
            self._registers[STATUS2] |= CRYPTO1_ON
            self._registers[COM_IRQ] |= IRQ_IDLE
        else:
            self._registers[STATUS2] &= ~CRYPTO1_ON & 0xFF
            self._registers[ERROR] |= ERROR_PROTOCOL
            self._registers[COM_IRQ] |= IRQ_ERROR | IRQ_TIMER

    def _arrives(self) -> bool:
        """Return whether a whole conversation in cipher gets through undamaged."""
        return self.noise is None or not self.noise.strikes()

    # --- the air -------------------------------------------------------------------------

    def _transceive(self) -> None:
        data = bytes(self._fifo)
        self._fifo.clear()
        self._registers[COM_IRQ] |= IRQ_SENT
        answers = self._asked(self._frame(data)) if self._antenna_is_on() else []
        self.frames += 1 + bool(answers)
        if answers:
            self._receive(answers)
        elif self._registers[TIMER_MODE] & 0x80:
            # The timer starts by itself after sending only where the driver asked for it.
            self._registers[COM_IRQ] |= IRQ_TIMER

    def _asked(self, frame: Bits) -> list[Bits]:
        if self.noise:
            frame = self.noise.spoil(frame)
        return self.field.answers(frame, ciphered=bool(self._registers[STATUS2] & CRYPTO1_ON))

    def _antenna_is_on(self) -> bool:
        return self._registers[TX_CONTROL] & ANTENNA_ON == ANTENNA_ON

    def _frame(self, data: bytes) -> Bits:
        if self._registers[TX_MODE] & CRC_ON:
            data = with_crc(data)
        last_bits = self._registers[BIT_FRAMING] & 7
        length = len(data) * 8 - (8 - last_bits if last_bits else 0)
        return Bits(int.from_bytes(data, "little"), length)

    def _receive(self, answers: list[Bits]) -> None:
        heard, differ = mix(answers)
        if self.noise:
            heard = self.noise.spoil(heard)
        align = (self._registers[BIT_FRAMING] >> 4) & 7
        if differ is not None:
            heard = self._collide(heard, differ, align)
        else:
            self._registers[COLL] |= 0x20
        aligned = Bits(heard.value << align, heard.length + align)
        received = self._checked(aligned)
        if len(received) > FIFO_BYTES:
            self._registers[ERROR] |= ERROR_OVERFLOW
        self._fifo[:] = received[:FIFO_BYTES]
        last_bits = aligned.length % 8
        self._registers[CONTROL] = self._registers[CONTROL] & 0xF8 | last_bits
        self._registers[COM_IRQ] |= IRQ_RECEIVED

    def _collide(self, heard: Bits, differ: int, align: int) -> Bits:
        """Note where the collision was, and what the chip still keeps of *heard*."""
        keeps_after = self._registers[COLL] & 0x80
        position = differ + align + 1
        shown = position & 0x1F if position <= 32 else 0x20
        self._registers[COLL] = keeps_after | shown
        self._registers[ERROR] |= ERROR_COLLISION
        self._registers[COM_IRQ] |= IRQ_ERROR
        if keeps_after:
            return heard
        return Bits(heard.value & ((1 << differ) - 1), heard.length)

    def _checked(self, heard: Bits) -> bytes:
        """Return what goes into the FIFO: the checksum is taken off, and said where wrong."""
        data = heard.to_bytes()
        if not self._registers[RX_MODE] & CRC_ON or heard.length % 8:
            return data
        if self.flip_bits:
            self.flip_bits -= 1
            data = bytes([data[0] ^ 0x10]) + data[1:]
        if not crc_holds(data):
            self._registers[ERROR] |= ERROR_CRC
            self._registers[COM_IRQ] |= IRQ_ERROR
        return data[:-2]
