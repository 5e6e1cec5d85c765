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
        (dump.encode([CARD]).replace(b"18010132", b"180101"), "a page 4"),
        (dump.encode([CARD]).replace(b"04a1b2c3d4e580", b"04a1b2c3"), "7 bytes"),
        (b" " * (dump.DUMPS_BYTES_MAX + 1), "at most"),
    ],
)
def test_what_is_no_list_of_tags_is_refused_with_the_reason(body, told):
    with pytest.raises(MessageError, match=told):
        dump.decode(body)
