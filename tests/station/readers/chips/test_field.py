import pytest

from station.readers.chips.field import Field, mix
from station.readers.chips.frames import Bits
from station.readers.chips.virtual_tags import VirtualTag

REQA = Bits(0x26, 7)


def test_a_tag_answers_only_while_it_lies_there():
    field = Field()
    field.put(VirtualTag(b"\x01\x02\x03\x04"))
    assert len(field.answers(REQA)) == 1

    taken = field.take(b"\x01\x02\x03\x04")

    assert taken is not None
    assert field.answers(REQA) == []
    assert field.take(b"\x01\x02\x03\x04") is None


def test_one_tag_cannot_lie_there_twice():
    field = Field()
    field.put(VirtualTag(b"\x01\x02\x03\x04"))
    with pytest.raises(AssertionError):
        field.put(VirtualTag(b"\x01\x02\x03\x04"))


def test_two_answers_differ_at_their_first_unlike_bit():
    heard, differ = mix([Bits.of(b"\x0f"), Bits.of(b"\x07")])

    assert (heard.value, differ) == (0x0F, 3)


def test_answers_that_are_the_same_sound_as_one():
    heard, differ = mix([Bits.of(b"\x44\x00"), Bits.of(b"\x44\x00")])

    assert (heard.value, heard.length, differ) == (0x0044, 16, None)
