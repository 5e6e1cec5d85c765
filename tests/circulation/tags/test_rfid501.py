"""3M's format, read and written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circulation.errors import MessageError
from circulation.tags.decoding import decode
from circulation.tags.image import Air, TagImage
from circulation.tags.rfid501 import BLANK, encode

OTHERS = bytes.fromhex("0411000032303039303130313031323300000000ffffffff7fffffff00000000")
NUMBERS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=16)


def read(memory: bytes):
    return decode(TagImage(uid="e004", air=Air.ISO15693, memory=memory))


def test_another_programs_tag():
    content = read(OTHERS)

    assert (content.format, content.number, content.crc_held) == ("rfid501", "200901010123", None)
    assert "no checksum" in content.doubts[0]


@given(
    NUMBERS,
    st.integers(1, 15).flatmap(lambda parts: st.tuples(st.just(parts), st.integers(1, parts))),
)
def test_what_is_written_is_read_back(number, of):
    content = read(encode(number, parts=of[0], part=of[1]))

    assert (content.format, content.number) == ("rfid501", number)
    assert (content.parts, content.part) == of


def test_a_tag_as_3m_delivered_it_is_blank():
    assert read(BLANK + bytes(4)).format == "blank"


@pytest.mark.parametrize("number", ["", "x" * 17, "å", "a\0b"])
def test_what_does_not_fit_is_refused(number):
    with pytest.raises(MessageError):
        encode(number)


def test_parts_that_are_none_are_a_doubt():
    odd = OTHERS[:1] + b"\x31" + OTHERS[2:]

    assert (read(odd).parts, read(odd).part) == (1, 1)
    assert "part 3 of 1" in read(odd).doubts[-1]
