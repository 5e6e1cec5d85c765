"""What staff have to fetch, send and keep."""

from datetime import date

import pytest

from hub.catalogue import shelving, tables
from hub.catalogue.own import OwnCatalogue
from hub.catalogue.shelving import Kept, ToFetch, UnderWay
from hub.catalogue.staff import StaffDesk
from tests.hub.catalogue.cast import NOW_MS, wait_for

NOVEL = "Vägen genom myren"


@pytest.fixture
def told(engine):
    def lists():
        with engine.connect() as db:
            return shelving.to_fetch(db), shelving.under_way(db), shelving.kept(db)

    return lists


def test_nothing_is_to_be_done_where_nobody_waits(told):
    assert told() == ([], [], [])


def test_a_copy_is_fetched_sent_and_kept_and_is_on_one_list_at_a_time(engine, told):
    wait_for(engine, "t-novel", "bo", "GRA")
    staff = StaffDesk(engine)

    assert told() == (
        [ToFetch(item="B-1", title=NOVEL, shelf="Hc", at="VIN", to="GRA")],
        [],
        [],
    )
    staff.trap("B-1", "VIN", at_ms=NOW_MS)
    assert told() == ([], [UnderWay(item="B-1", title=NOVEL, at="VIN", to="GRA")], [])
    staff.take_back("B-1", "GRA", at_ms=NOW_MS)
    assert told() == ([], [], [Kept(item="B-1", title=NOVEL, at="GRA", until=date(2026, 12, 2))])


def test_one_copy_is_fetched_for_each_and_no_more_than_there_are(engine, told):
    for patron in ("anna", "bo", "child"):
        wait_for(engine, "t-novel", patron)

    assert [each.item for each in told()[0]] == ["B-1", "B-2"]


def test_what_is_out_or_read_here_only_is_not_fetched(engine, told):
    wait_for(engine, "t-map", "bo")
    catalogue = OwnCatalogue(engine)
    lend = {"posting": "p", "at_ms": NOW_MS, "due": None, "no_block": True}
    catalogue.checkout("B-MAP", "K-ANNA", **lend)

    assert told()[0] == []


def test_a_copy_that_need_not_be_sent_is_fetched_first(engine, told):
    with engine.begin() as db:
        db.execute(tables.item.update().where(tables.item.c.id == "B-2").values(branch="GRA"))
    wait_for(engine, "t-novel", "bo", "GRA")

    assert [(each.item, each.at, each.to) for each in told()[0]] == [("B-2", "GRA", "GRA")]
