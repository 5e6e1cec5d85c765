"""The shelf: replaced whole or not at all, and always rebuildable."""

from datetime import date

import pytest

from circulation.identifiers import ItemId, TitleId
from circulation.messages import (
    Shelf,
    ShelfBranch,
    ShelfCard,
    ShelfItem,
    ShelfSign,
    ShelfTitle,
)
from station.shelf import ShelfStore

BRANCH = ShelfBranch(
    code="VIN",
    name="Vindelns bibliotek",
    municipality="Vindeln",
    telephone="0980-319201",
    drop="i luckan vid dörren",
    hours=[],
    closed_days=[date(2026, 12, 24)],
    loan_days=28,
)


def shelf(title: str = "Ronja rövardotter") -> Shelf:
    return Shelf(
        catalogue_version=7,
        branch=BRANCH,
        titles=[ShelfTitle(id=TitleId("ft1"), title=title)],
        items=[ShelfItem(id=ItemId("30000001"), title=TitleId("ft1"), branch="VIN")],
        cards=[ShelfCard(token="aa")],
        signs=[ShelfSign(id="s1", text="Talböcker")],
    )


@pytest.fixture
def store(tmp_path):
    with_shelf = ShelfStore(tmp_path / "shelf.sqlite")
    yield with_shelf
    with_shelf.close()


def test_an_empty_shelf_knows_nothing_and_says_so(store):
    assert store.version() == ""
    assert store.branch() is None
    assert store.item(ItemId("30000001")) is None
    assert not store.knows_card("aa")
    assert store.catalogue_version() == 0


def test_what_was_put_on_it_is_found(store):
    store.replace("v1", shelf())

    item = store.item(ItemId("30000001"))
    assert item is not None
    title = store.title(item.title)
    assert title is not None
    assert title.title == "Ronja rövardotter"
    assert store.branch() == BRANCH
    assert store.sign("s1") == ShelfSign(id="s1", text="Talböcker")
    assert store.knows_card("aa")
    assert (store.version(), store.catalogue_version()) == ("v1", 7)


def test_a_new_snapshot_leaves_nothing_of_the_old(store):
    store.replace("v1", shelf())
    empty = Shelf(catalogue_version=8, branch=BRANCH, titles=[], items=[], cards=[], signs=[])
    store.replace("v2", empty)

    assert store.item(ItemId("30000001")) is None
    assert not store.knows_card("aa")
    assert store.version() == "v2"


def test_a_snapshot_that_breaks_half_way_changes_nothing(store):
    store.replace("v1", shelf())
    twice = shelf("Mio, min Mio")
    twice.cards.append(ShelfCard(token="aa"))

    with pytest.raises(Exception, match="UNIQUE"):
        store.replace("v2", twice)

    title = store.title(TitleId("ft1"))
    assert store.version() == "v1"
    assert title is not None
    assert title.title == "Ronja rövardotter"


def test_a_damaged_shelf_is_begun_anew(tmp_path):
    path = tmp_path / "shelf.sqlite"
    path.write_bytes(b"torn" * 5000)

    store = ShelfStore(path)

    assert store.version() == ""
    store.close()
