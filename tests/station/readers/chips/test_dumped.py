import pytest

from circulation.tags import dump
from circulation.tags.dump import TagDump
from station.readers.chips.dumped import dump_of, tag_of
from station.readers.chips.frames import Bits
from station.readers.chips.virtual_cards import Classic, Phone, SmartCard
from station.readers.chips.virtual_ntag import NTAG216, Ntag

BOOK = TagDump(name="b", kind="book", uid="04a1b2112233aa", pages="11010131", key="0a0b0c0d")
CARD = TagDump(name="c", kind="card", uid="deadbeef", pages="ab" * 64, chip="classic1k")
DUMPS = [
    BOOK,
    CARD,
    TagDump(name="big", kind="book", uid="04a1b2112233ab", pages="cd" * 888, chip="ntag216"),
    TagDump(name="bus", kind="other", uid="04a1b2112233ac", pages="", chip="iso14443-4"),
    TagDump(name="slix", kind="book", uid="e004010011223344", pages="01020304", chip="slix", afi=7),
]


@pytest.mark.parametrize("tag", DUMPS, ids=lambda tag: tag.name)
def test_a_tag_comes_back_from_a_file_as_it_was(tmp_path, tag):
    path = tmp_path / "tags.json"
    path.write_bytes(dump.encode([dump_of(tag_of(tag), tag)]))

    assert dump.decode(path.read_bytes()) == [tag]


def test_what_was_written_since_is_in_the_dump():
    tag = tag_of(BOOK)
    tag.protect(b"\x01\x02\x03\x04")
    tag._put(12, b"more")
    card = tag_of(CARD)
    card.put(10, b"sixteen bytes ok")

    assert dump_of(tag, BOOK).pages == "11010131" + "00" * 28 + b"more".hex()
    assert dump_of(tag, BOOK).key == "01020304"
    assert dump_of(card, CARD).memory[-16:] == b"sixteen bytes ok"


def test_each_kind_of_chip_is_the_tag_it_says():
    book, card, big, bus, _ = map(tag_of, DUMPS)
    assert isinstance(book, Ntag)
    assert book.password == b"\x0a\x0b\x0c\x0d"
    assert isinstance(card, Classic)
    assert card.block(1) == card.block(5) == b"\xab" * 16
    assert big.kind is NTAG216
    assert type(bus) is SmartCard


def test_a_card_with_a_random_uid_is_a_telephone():
    phone = TagDump(name="p", kind="other", uid="08112233", pages="", chip="iso14443-4")
    assert isinstance(tag_of(phone), Phone)


def test_a_books_tag_of_another_standard_is_not_heard():
    slix = tag_of(DUMPS[-1])
    assert slix.uid.hex() == DUMPS[-1].uid
    assert slix.answer(Bits(0x26, 7)) is None
