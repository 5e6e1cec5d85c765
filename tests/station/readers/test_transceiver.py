import pytest

from station.errors import ReaderUnavailableError
from station.readers.chips.virtual_tags import VirtualTag
from station.readers.transceiver import Transceiver

REQA = b"\x26"


class SlowChip:
    """A chip as the package shows it, whose interrupts come only after some looks."""

    def __init__(self, chip, looks: int) -> None:
        from mfrc522 import MFRC522

        self.spi = self
        self.looks_left = looks
        self._chip = chip
        self._names = MFRC522

    def __getattr__(self, register):
        return getattr(self._names, register)

    def xfer2(self, sent):
        return self._chip.transfer(sent)

    def Write_MFRC522(self, register, value):
        self.xfer2([register << 1, value])

    def Read_MFRC522(self, register):
        if register == self.CommIrqReg and self.looks_left:
            self.looks_left -= 1
            return 0x14
        return self.xfer2([register << 1 | 0x80, 0])[1]


def awake(slow: SlowChip) -> Transceiver:
    slow.Write_MFRC522(slow.TModeReg, 0x8D)
    slow.Write_MFRC522(slow.TxControlReg, 0x83)
    return Transceiver(slow)


def test_an_answer_that_takes_its_time_is_waited_for(chip):
    chip.field.put(VirtualTag(b"\xde\xad\xbe\xef"))

    answer = awake(SlowChip(chip, looks=5)).send(REQA, last_bits=7, crc=False)

    assert answer.data == b"\x44\x00"
    assert answer.collision is None


def test_even_a_slow_chip_is_asked_at_most_fifteen_times_about_an_empty_field(chip):
    slow = SlowChip(chip, looks=0)
    air = awake(slow)
    air.send(REQA, last_bits=7, crc=False)
    slow.looks_left = 5
    before = chip.transfers

    assert air.send(REQA, last_bits=7, crc=False) is None

    assert chip.transfers - before + 5 <= 15


def test_a_chip_that_never_says_anything_is_not_waited_for_long(chip):
    with pytest.raises(ReaderUnavailableError, match="stopped answering"):
        awake(SlowChip(chip, looks=6)).send(REQA, last_bits=7, crc=False)


def test_where_two_tags_differ_is_told(chip):
    chip.field.put(VirtualTag(b"\x01\x02\x03\x04"))
    chip.field.put(VirtualTag(b"\x01\x02\x13\x04"))
    air = awake(SlowChip(chip, looks=0))
    air.send(REQA, last_bits=7, crc=False)

    answer = air.send(b"\x93\x20", crc=False)

    assert answer.collision == 16 + 5


def test_part_of_a_byte_comes_in_its_own_place(chip):
    chip.field.put(VirtualTag(b"\xde\xad\xbe\xef"))
    air = awake(SlowChip(chip, looks=0))
    air.send(REQA, last_bits=7, crc=False)

    answer = air.send(b"\x93\x24\x0e", last_bits=4, align=4, crc=False)

    assert answer.data == b"\xd0\xad\xbe\xef\x22"
