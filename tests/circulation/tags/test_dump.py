"""Tags handed from one program to another."""

import pytest

from circulation.errors import MessageError
from circulation.tags import dump
from circulation.tags.dump import TagDump

CARD = TagDump(
    name="card-20000001", kind="card", uid="04a1b2c3d4e580", pages="18010132", pin="1234"
)
BOOK = TagDump(name="book-30000001", kind="book", uid="0411223344aa80", pages="", title="Älgen")


def test_tags_come_back_as_they_were_in_their_order():
    assert dump.decode(dump.encode([CARD, BOOK])) == [CARD, BOOK]


@pytest.mark.parametrize(
    ("chip", "uid", "pages"),
    [
        ("ntag216", "04a1b2c3d4e580", "00" * 888),
        ("classic1k", "deadbeef", "00" * 752),
        ("classic1k", "04a1b2c3d4e580", ""),
        ("iso14443-4", "04a1b2c3d4e5f6a7b8c9", ""),
        ("slix", "e004010011223344", "00" * 112),
        ("slix2", "e004010211223344", "00" * 316),
    ],
)
def test_every_kind_of_chip_comes_back_as_it_was(chip, uid, pages):
    tag = TagDump(name="a", kind="book", uid=uid, pages=pages, chip=chip)
    assert dump.decode(dump.encode([tag])) == [tag]


def test_a_book_that_a_gate_knows_comes_back_armed():
    book = TagDump(
        name="b",
        kind="book",
        uid="e004010011223344",
        pages="",
        chip="slix",
        afi=7,
        dsfid=6,
        eas=True,
    )
    assert dump.decode(dump.encode([book])) == [book]


def test_a_tag_from_before_there_were_kinds_is_the_smallest_sticker():
    (tag,) = dump.decode(b'[{"name":"a","kind":"book","uid":"0411223344aa80","pages":""}]')
    assert (tag.chip, tag.afi, tag.eas, tag.key) == ("ntag213", None, False, "")


def test_a_bench_may_be_empty():
    assert dump.decode(dump.encode([])) == []


def test_the_memory_of_a_tag_is_its_pages():
    assert CARD.memory == bytes([0x18, 1, 1, 0x32])


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"[", "not a list of tags"),
        (b'[{"name": "a"}]', "kind"),
        (dump.encode([CARD]).replace(b'"card"', b'"cart"'), "Invalid enum value 'cart'"),
        (dump.encode([CARD]).replace(b'"pin"', b'"pim"'), "pim"),
        (dump.encode([CARD]).replace(b"18010132", b"1801013"), "not hex"),
        (dump.encode([CARD]).replace(b"18010132", b"180101"), "blocks of 4"),
        (dump.encode([CARD]).replace(b"18010132", b"00" * 148), "144 in all"),
        (dump.encode([CARD]).replace(b"04a1b2c3d4e580", b"04a1b2c3"), "has 7 bytes, not 4"),
        (dump.encode([CARD]).replace(b"ntag213", b"ntag214"), "Invalid enum value 'ntag214'"),
        (dump.encode([CARD]).replace(b"ntag213", b"slix"), "a UID of slix has 8 bytes, not 7"),
        (dump.encode([CARD]).replace(b'"afi":null', b'"afi":256'), "<= 255"),
        (dump.encode([CARD]).replace(b'"afi":null', b'"afi":7'), "neither AFI"),
        (dump.encode([CARD]).replace(b'"key":""', b'"key":"ffffffffffff"'), "4 bytes, not 6"),
        (b" " * (dump.DUMPS_BYTES_MAX + 1), "at most"),
    ],
)
def test_what_is_no_list_of_tags_is_refused_with_the_reason(body, told):
    with pytest.raises(MessageError, match=told):
        dump.decode(body)
