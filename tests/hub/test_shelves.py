"""A station is sent a new shelf when something on it has changed, and only then."""

import pytest
from sqlalchemy import insert, update

from circulation.identifiers import BranchCode, ItemId, StationId
from hub.catalogue import tables
from hub.fleet import Enrolled
from hub.shelves import Shelves
from tests.hub.catalogue.cast import NOW_MS
from tests.hub.rig import TalkingHub

STATION = Enrolled(
    id=StationId("vindeln-1"),
    number=1,
    municipality="Vindeln",
    branch=BranchCode("VIN"),
    kind="loan",
    partition="vindeln",
    card_key=b"k" * 32,
)


@pytest.fixture
def hub(tmp_path):
    talking = TalkingHub(tmp_path)
    yield talking
    talking.engine.dispose()


def test_a_loan_is_no_reason_for_a_new_shelf(hub):
    shelves = Shelves(hub.engine, lambda: NOW_MS)
    before = shelves.settings(STATION).shelf_version
    station = hub.enrol("vindeln-1", "VIN", 1)
    station.lends("B-1", "K-ANNA")
    hub.takes_facts(station)

    assert hub.own.item(ItemId("B-1")).loan
    assert not shelves.refresh()
    assert shelves.settings(STATION).shelf_version == before


def test_a_blocked_card_is_gone_from_the_next_shelf(hub):
    shelves = Shelves(hub.engine, lambda: NOW_MS)
    before = shelves.settings(STATION).shelf_version
    with hub.engine.begin() as db:
        db.execute(update(tables.patron).where(tables.patron.c.id == "bo").values(state="blocked"))

    assert shelves.refresh()
    assert shelves.settings(STATION).shelf_version != before


def test_a_new_book_is_on_the_next_shelf(hub):
    shelves = Shelves(hub.engine, lambda: NOW_MS)
    shelves.settings(STATION)
    with hub.engine.begin() as db:
        row = {"id": "B-NEW", "title": "t-map", "branch": "VIN", "usage": "circulating"}
        db.execute(insert(tables.item).values(row | {"shelf": "Hc"}))

    assert shelves.refresh()


def test_two_stations_shelves_name_one_card_by_different_tokens(hub):
    shelves = Shelves(hub.engine, lambda: NOW_MS)
    other = Enrolled(
        **{f: getattr(STATION, f) for f in STATION.__struct_fields__}
        | {"id": StationId("vindeln-2"), "card_key": b"l" * 32}
    )

    assert shelves.settings(STATION).shelf_version != shelves.settings(other).shelf_version


def test_leave_to_lend_offline_expires(hub):
    settings = Shelves(hub.engine, lambda: NOW_MS).settings(STATION)

    assert NOW_MS < settings.offline.until_ms < NOW_MS + 4 * 24 * 3_600_000
