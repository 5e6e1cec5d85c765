import threading

import pytest

from station.errors import ReaderUnavailableError
from station.readers.chips.virtual_ntag import Ntag
from station.readers.chips.virtual_tags import VirtualTag
from station.readers.iso14443a import call, wake
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


class Strict(SlowChip):
    """A chip that looks for a checksum even in four bits of yes or no, and misses it."""

    def Read_MFRC522(self, register):
        said = super().Read_MFRC522(register)
        return said | 0x04 if register == self.ErrorReg else said


def test_four_bits_of_yes_or_no_are_heard_on_every_make_of_chip(chip):
    tag = Ntag(bytes.fromhex("04a1b2112233aa"))
    chip.field.put(tag)
    air = awake(SlowChip(chip, looks=0))
    assert wake(air)
    assert call(air, tag.uid)

    strict = awake(Strict(chip, looks=0))

    assert strict.send(b"\xa2\x04book").data == b"\x0a"
    assert strict.send(b"\x30\x04") is None


def test_whoever_waits_is_told_that_the_reader_was_closed(chip):
    air = awake(SlowChip(chip, looks=5))
    threading.Timer(0.001, air.cancel).start()

    with pytest.raises(ReaderUnavailableError, match="was closed"):
        air.send(REQA, last_bits=7, crc=False)


def test_the_cipher_is_switched_off_even_where_it_never_came_on(chip):
    air = awake(SlowChip(chip, looks=0))
    assert not air.open_sector(4, b"\xff" * 6, b"\xde\xad\xbe\xef")
    assert chip.transfer([0x2D << 1 | 0x80, 0])[1] == 22

    air.close_sector()

    assert chip.transfer([0x2D << 1 | 0x80, 0])[1] == 12
    before = chip.transfers
    air.close_sector()
    assert chip.transfers == before
