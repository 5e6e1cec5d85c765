"""Texts and links on stickers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circulation.errors import MessageError
from circulation.tags.decoding import decode
from circulation.tags.image import Air, TagImage
from circulation.tags.ndef import encode

LINK = bytes.fromhex("0310d1010c55046578616d706c652e6f7267fe00")


def read(memory: bytes):
    return decode(TagImage(uid="04", air=Air.ISO14443A, memory=memory))


@given(st.from_regex(r"[A-Za-z][-0-9A-Za-z._]{0,14}[0-9]", fullmatch=True))
def test_a_number_is_read_as_it_was_written(number):
    content = read(encode(number) + bytes(20))

    assert (content.format, content.number, content.crc_held) == ("ndef", number, None)


def test_a_message_that_ends_before_it_says_is_no_number():
    whole = encode("B1")
    cut = whole[:1] + bytes([whole[1] + 20]) + whole[2:]

    assert read(whole).number == "B1"
    assert read(cut).number == ""


def test_a_link_is_no_number():
    content = read(LINK)

    assert (content.format, content.number) == ("ndef", "")
    assert "a link" in content.doubts[0]


def test_a_text_of_another_kind_is_no_number():
    text = b"\x03\x0f\xd1\x01\x0bT\x02svresekort\xfe"

    assert (read(text).format, read(text).number) == ("ndef", "")


def test_what_stands_before_the_message_is_passed_over():
    assert read(b"\x01\x03\xa0\x0c\x34" + encode("B-1001")).number == "B-1001"


def test_letters_and_digits_alone_are_a_number_in_doubt():
    content = read(b"B-1001" + bytes(30))

    assert (content.format, content.number) == ("text", "B-1001")
    assert content.doubts


@given(st.binary(max_size=30), st.integers(0, 60))
def test_a_torn_message_is_never_an_error(noise, cut):
    read((encode("B-1001") + noise)[:cut])
    read(b"\x03" + noise)


@pytest.mark.parametrize("number", ["", "å1", "a b1", "resekort"])
def test_what_is_no_number_is_not_written(number):
    with pytest.raises(MessageError):
        encode(number)
