"""Parts of a shelf are kept as they come, and laid on in one moment or not at all."""

import random
import sqlite3

import msgspec
import pytest

from circulation.errors import MessageError
from circulation.identifiers import TitleId
from circulation.shelf_rows import GONE, Kind, Row
from station.shelf import ShelfStore
from tests.station.shelves import card_row, cut, item_row, put_on, shelf, title_row, version_of


@pytest.fixture
def path(tmp_path):
    return tmp_path / "shelf.sqlite"


@pytest.fixture
def store(path):
    with_shelf = ShelfStore(path)
    yield with_shelf
    with_shelf.close()


CHANGES = [title_row("ft1", "Mio, min Mio"), item_row("30000002"), Row(Kind.CARD, "aa", GONE)]
CHANGED = [*shelf("Mio, min Mio")[:3], item_row("30000002"), shelf()[4]]


@pytest.mark.parametrize("seed", range(5))
def test_in_any_order_and_doubled_the_shelf_comes_whole_once(store, seed):
    parts = cut(shelf())
    shuffled = parts * 2
    random.Random(seed).shuffle(shuffled)
    while len({part.part for part in shuffled[:-1]}) == len(parts):
        shuffled.pop()

    assert [store.arrivals.take(part) for part in shuffled].count(True) == 1
    assert store.version() == version_of(shelf())


def test_changes_are_laid_upon_their_base(store):
    base = put_on(store, shelf())

    version = put_on(store, CHANGES, whole=CHANGED, base=base)

    assert version == version_of(CHANGED)
    assert not store.knows_card("aa")
    assert store.sign("s1") is not None
    title = store.title(TitleId("ft1"))
    assert title is not None
    assert title.title == "Mio, min Mio"


def test_a_version_does_not_depend_on_how_it_came(tmp_path, store):
    put_on(store, CHANGES, whole=CHANGED, base=put_on(store, shelf()))
    other = ShelfStore(tmp_path / "other.sqlite")
    put_on(other, random.Random(3).sample(CHANGED, len(CHANGED)))

    assert other.version() == store.version() != ""
    other.close()


def test_changes_that_lead_elsewhere_than_promised_are_not_laid_on(store):
    base = put_on(store, shelf())

    with pytest.raises(MessageError, match="promised"):
        put_on(store, CHANGES, whole=[*CHANGED, card_row("bb")], base=base)

    assert store.version() == base
    assert store.knows_card("aa")
    assert store.arrivals.arriving is None


def test_a_torn_part_leaves_the_old_shelf(store):
    base = put_on(store, shelf())
    parts = cut(shelf("Mio, min Mio"))
    torn = msgspec.structs.replace(parts[1], data=parts[1].data[:-1])

    *before, last = (parts[0], torn, *parts[2:])
    for part in before:
        store.arrivals.take(part)
    with pytest.raises(MessageError):
        store.arrivals.take(last)

    assert store.version() == base
    assert store.arrivals.missing(8) == []


def test_a_row_of_an_unknown_form_leaves_the_old_shelf(store):
    base = put_on(store, shelf())

    with pytest.raises(MessageError):
        put_on(store, [*shelf(), Row(Kind.ITEM, "30000009", msgspec.Raw(b'{"id":7}'))])

    assert store.version() == base


def test_parts_survive_a_restart_and_only_the_missing_are_asked_for(path, store):
    parts = cut(shelf())
    for part in parts[1:]:
        store.arrivals.take(part)
    store.close()

    again = ShelfStore(path)

    assert again.arrivals.arriving is not None
    assert again.arrivals.arriving.here == len(parts) - 1
    assert again.arrivals.missing(8) == [0]
    assert again.arrivals.take(parts[0])
    assert again.version() == version_of(shelf())
    again.close()


def test_a_plug_pulled_when_all_had_come_costs_one_part(path, store):
    parts = cut(shelf())
    for part in parts[:-1]:
        store.arrivals.take(part)
    last = parts[-1]
    with sqlite3.connect(path) as db:
        db.execute("INSERT INTO arrived VALUES (?, ?)", (last.part, last.data))
    db.close()

    again = ShelfStore(path)

    assert again.arrivals.missing(8) == [last.part]
    assert again.arrivals.take(last)
    again.close()


def test_another_pack_takes_the_place_of_the_one_before(store):
    for part in cut(shelf())[:-1]:
        store.arrivals.take(part)
    newer = cut(shelf("Mio, min Mio"))
    store.arrivals.take(newer[0])

    assert store.arrivals.missing(100) == list(range(1, len(newer)))


@pytest.mark.parametrize(("first", "then"), [(12, 9), (9, 12)])
def test_of_two_words_on_what_had_been_seen_the_lesser_is_believed(store, first, then):
    parts = cut(shelf(), catalogue_version=first)
    for part in parts[:-1]:
        store.arrivals.take(part)
    store.arrivals.take(msgspec.structs.replace(parts[-1], catalogue_version=then))

    assert store.catalogue_version() == 9


def test_a_disk_that_does_not_take_a_part_costs_only_that_part(path, store):
    first, *rest = cut(shelf())
    store.arrivals.take(first)
    blocker = sqlite3.connect(path)
    blocker.execute("PRAGMA busy_timeout = 0")
    store._renewing.execute("PRAGMA busy_timeout = 0")
    blocker.execute("BEGIN IMMEDIATE")

    with pytest.raises(MessageError, match="disk"):
        store.arrivals.take(rest[0])

    blocker.rollback()
    blocker.close()
    assert [store.arrivals.take(part) for part in rest][-1]


def test_hub_and_station_agree_on_the_order_of_any_letters(store):
    rows = [title_row(key) for key in ("å", "z", "\uffff", "𐐷", "Ä", "a")]

    assert put_on(store, rows) == version_of(rows)
