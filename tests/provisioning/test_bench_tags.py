"""The bench's tags, made from the region's own files."""

from itertools import takewhile

import pytest

from circulation.tags import dump
from circulation.tags.content import Usage
from circulation.tags.decoding import decode
from circulation.tags.image import Air, TagImage
from provisioning.bench_tags import bench_tags
from provisioning.title_facts import REGION


@pytest.fixture(scope="module")
def tags():
    return bench_tags(REGION)


def read(tag):
    return decode(TagImage(uid=tag.uid, air=Air.ISO14443A, memory=tag.memory))


def named(tags, name):
    return next(tag for tag in tags if tag.name == name)


def test_every_card_book_and_sign_of_the_region_lies_on_the_bench(tags):
    files = {"card": "cards.csv", "book": "items.csv", "sign": "signs.csv"}
    for kind, file in files.items():
        lines = (REGION / file).read_text().splitlines()
        assert sum(tag.kind == kind for tag in tags) == len(lines) - 1


def test_names_and_stickers_are_unique(tags):
    assert len({tag.name for tag in tags}) == len(tags)
    assert len({tag.uid for tag in tags}) == len(tags)


def test_the_first_cards_are_good_ones_of_vindeln(tags):
    good = list(takewhile(lambda tag: tag.kind == "card" and tag.name.count("-") == 1, tags))

    assert [tag.name for tag in good[:4]] == [f"card-2000000{n}" for n in range(1, 5)]
    assert len(good) >= 10
    assert all(len(tag.pin) == 4 and tag.patron for tag in good)


@pytest.mark.parametrize(
    "trait", ["blocked", "lost", "expired", "child", "fees", "loan-limit", "hold-ready"]
)
def test_a_card_that_is_refused_or_remarkable_tells_so_by_its_name(tags, trait):
    assert any(tag.name.endswith(f"-{trait}") for tag in tags if tag.kind == "card")


def test_the_first_books_are_free_ones_of_vindeln(tags):
    books = [tag for tag in tags if tag.kind == "book"]

    assert [tag.title for tag in books[:3]] == [
        "Pippi Långstrump",
        "Bröderna Lejonhjärta",
        "Ronja rövardotter",
    ]
    assert {tag.branch for tag in books[:6]} == {"VIN"}


def test_a_reserved_book_comes_after_every_free_one(tags):
    books = [tag for tag in tags if tag.kind == "book"]
    free = books.index(named(tags, "book-30000010"))
    waited_for = [n for n, tag in enumerate(books) if tag.title == "En man som heter Ove"]
    on_hold_shelf = books.index(named(tags, "book-30000014"))
    reference = books.index(named(tags, "book-30000015"))

    assert free == 9
    assert min(*waited_for, on_hold_shelf, reference) > 250


@pytest.mark.parametrize(
    ("name", "number", "usage", "owner"),
    [
        ("card-20000001", "20000001", Usage.PATRON_CARD, "SE-Vi"),
        ("card-20000008", "20000008", Usage.PATRON_CARD, "SE-Um"),
        ("book-30000001", "30000001", Usage.CIRCULATING, "SE-Vi"),
        ("book-30000015", "30000015", Usage.NOT_FOR_CIRCULATION, "SE-Vi"),
        ("sign-UMS-1", "UMS-1", Usage.LOCAL_3, "SE-Um"),
        ("other-foreign", "11223344", Usage.CIRCULATING, "DE-705"),
    ],
)
def test_a_tag_carries_its_number_and_whose_it_is(tags, name, number, usage, owner):
    content = read(named(tags, name))

    assert (content.number, content.usage, content.owner) == (number, usage, owner)
    assert content.crc_held


def test_strange_tags_are_strange_each_in_its_way(tags):
    assert read(named(tags, "other-unknown")).format == "blank"
    assert read(named(tags, "other-transit")).number == ""
    assert b"svResekort" in named(tags, "other-transit").memory
    assert read(named(tags, "other-half-read")).number
    assert not read(named(tags, "other-half-read")).crc_held


def test_the_list_can_be_handed_to_a_station(tags):
    assert dump.decode(dump.encode(tags)) == tags


def test_the_books_of_vannas_have_the_tags_of_books(tags):
    books = [tag for tag in tags if tag.kind == "book" and tag.branch == "VAN"]
    others = [tag for tag in tags if tag not in books]

    assert len(books) > 5
    assert {(tag.chip, tag.uid[:6], tag.dsfid) for tag in books} == {("slix", "e00401", 0x3E)}
    assert {tag.afi for tag in books if tag.eas} == {0x07}
    assert "slix" not in {tag.chip for tag in others}
    assert all(read(tag).crc_held for tag in books)
