"""The shelf on disk: what is on it is found, and damage is noticed at start."""

import sqlite3

import pytest

from circulation.identifiers import ItemId, TitleId
from circulation.messages import ShelfSign
from circulation.shelf_rows import Kind
from station.shelf import ShelfStore
from tests.station.shelves import BRANCH, cut, put_on, row, shelf, version_of


@pytest.fixture
def path(tmp_path):
    return tmp_path / "shelf.sqlite"


@pytest.fixture
def store(path):
    with_shelf = ShelfStore(path)
    yield with_shelf
    with_shelf.close()


def test_an_empty_shelf_knows_nothing_and_says_so(store):
    assert store.version() == ""
    assert store.branch() is None
    assert store.item(ItemId("30000001")) is None
    assert not store.knows_card("aa")
    assert store.catalogue_version() == 0


def test_what_was_put_on_it_is_found(store):
    put_on(store, shelf())

    item = store.item(ItemId("30000001"))
    assert item is not None
    title = store.title(item.title)
    assert title is not None
    assert title.title == "Ronja rövardotter"
    assert store.branch() == BRANCH
    assert store.sign("s1") == ShelfSign(id="s1", text="Talböcker")
    assert store.knows_card("aa")
    assert (store.version(), store.catalogue_version()) == (version_of(shelf()), 7)


def test_a_whole_shelf_leaves_nothing_of_the_old(store):
    put_on(store, shelf())
    version = put_on(store, [row(Kind.BRANCH, "VIN", BRANCH)])

    assert store.item(ItemId("30000001")) is None
    assert not store.knows_card("aa")
    assert store.version() == version == version_of([row(Kind.BRANCH, "VIN", BRANCH)])


def test_what_was_there_is_there_after_a_restart(path, store):
    version = put_on(store, shelf())
    again = ShelfStore(path)

    assert again.version() == version
    assert again.knows_card("aa")
    again.close()


def test_a_file_that_is_no_database_is_begun_anew(path):
    path.write_bytes(b"torn" * 5000)

    store = ShelfStore(path)

    assert store.version() == ""
    put_on(store, shelf())
    assert store.title(TitleId("ft1")) is not None
    store.close()


def test_a_shelf_of_an_older_program_is_begun_anew(path):
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE shelf (version TEXT, catalogue_version INTEGER, branch BLOB)")
        db.execute("INSERT INTO shelf VALUES ('v1', 1, x'')")
    db.close()

    store = ShelfStore(path)

    assert store.version() == ""
    assert put_on(store, shelf()) == version_of(shelf())
    store.close()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE title SET body = CAST(replace(body, 'Ronja', 'Rånja') AS BLOB)",
        "DELETE FROM card",
        "INSERT INTO card VALUES ('bb', x'7b7d')",
        "UPDATE item SET id = '30000002'",
        "UPDATE shelf SET version = 'other'",
    ],
)
def test_rows_that_are_not_the_version_beside_them_are_noticed_at_start(path, store, damage):
    put_on(store, shelf())
    with sqlite3.connect(path) as db:
        db.execute(damage)
    db.close()

    again = ShelfStore(path)

    assert again.version() == ""
    assert again.item(ItemId("30000001")) is None
    again.close()


def test_visitors_read_the_old_shelf_until_the_new_one_is_whole(store):
    put_on(store, shelf())
    *first, last = cut(shelf("Mio, min Mio"))
    for part in first:
        store.arrivals.take(part)
    title = store.title(TitleId("ft1"))
    assert title is not None
    assert title.title == "Ronja rövardotter"

    assert store.arrivals.take(last)

    title = store.title(TitleId("ft1"))
    assert title is not None
    assert title.title == "Mio, min Mio"
