"""What is over is closed: nobody is in it, not even as a token, and nothing late is lost."""

import pytest
from sqlalchemy import select

from circulation import topics
from circulation.identifiers import BranchCode, ItemId, PatronId
from circulation.messages import State
from hub import exceptions
from hub.checkpoints import OPEN_MS_MAX
from hub.forgetting import YOUNG_MS, Forgetting
from hub.tables import checkpoint, fact, item_key
from tests.hub.rig import NOW_MS, TalkingHub

HOUR_MS = 3_600_000
LATER = NOW_MS + 10 * HOUR_MS
B_1 = ItemId("B-1")


@pytest.fixture
def hub(tmp_path):
    talking = TalkingHub(tmp_path)
    yield talking
    talking.engine.dispose()


@pytest.fixture
def station(hub):
    return hub.enrol("vindeln-1", "VIN", 1)


def says_all_is_here(hub, station, at_ms):
    hub.now_ms, before = at_ms, hub.now_ms
    state = State(alive=True, connection=1, epoch=station.epoch, owed=0)
    hub.takes(station.topic(topics.STATE), station.framed(topics.STATE, state))
    hub.now_ms = before


def tidy(hub, now_ms=LATER):
    Forgetting(hub.engine, hub.own, zone="Europe/Stockholm").run(now_ms)


def closed(hub):
    with hub.engine.connect() as db:
        return list(db.scalars(select(checkpoint.c.item)))


def kinds(hub):
    with hub.engine.connect() as db:
        return sorted(each.kind for each in exceptions.open_exceptions(db))


def lent_and_back(hub, station, item="B-1"):
    station.lends(item, "K-ANNA")
    hub.takes_facts(station)
    station.takes_back(item)
    hub.takes_facts(station)


def test_a_lane_is_closed_when_every_station_has_said_all(hub, station):
    other = hub.enrol("vindeln-2", "VIN", 2)
    lent_and_back(hub, station)
    says_all_is_here(hub, station, NOW_MS + 2 * HOUR_MS)
    tidy(hub)
    assert closed(hub) == []

    says_all_is_here(hub, other, NOW_MS + 2 * HOUR_MS)
    tidy(hub)

    assert closed(hub) == ["B-1"]
    with hub.engine.connect() as db:
        assert list(db.scalars(select(item_key.c.item))) == []
        assert set(db.scalars(select(fact.c.card))) == {None}
        assert {body["card"] for body in db.scalars(select(fact.c.body)) if "card" in body} == {"~"}
    assert {event.patron for event in hub.own.log(B_1)} == {None}
    hub.poster.post(B_1)
    assert hub.own.item(B_1).loan is None
    assert kinds(hub) == []


def test_a_later_fact_of_each_station_says_as_much(hub, station):
    lent_and_back(hub, station)
    station.clock_ms += HOUR_MS
    station.takes_back("B-MAP")
    hub.takes_facts(station)

    tidy(hub)

    assert closed(hub) == ["B-1"]


def test_a_station_that_is_not_heard_of_keeps_a_lane_open_for_thirty_days(hub, station):
    hub.enrol("vindeln-2", "VIN", 2)
    lent_and_back(hub, station)

    tidy(hub, NOW_MS + 30 * 24 * HOUR_MS - HOUR_MS)
    assert closed(hub) == []

    tidy(hub, NOW_MS + 30 * 24 * HOUR_MS + HOUR_MS)
    assert closed(hub) == ["B-1"]


def test_an_older_fact_afterwards_is_too_late_and_kept(hub, station):
    silent = hub.enrol("vindeln-2", "VIN", 2)
    lent_and_back(hub, station)
    tidy(hub, NOW_MS + OPEN_MS_MAX + HOUR_MS)

    silent.lends("B-1", "K-BO")
    hub.takes_facts(silent)

    assert hub.own.item(B_1).loan is None
    assert kinds(hub) == ["too_late"]
    assert hub.poster.owed() == []
    tidy(hub, NOW_MS + OPEN_MS_MAX + 3 * HOUR_MS)
    hub.poster.post(B_1)
    assert kinds(hub) == ["too_late"]
    with hub.engine.connect() as db:
        assert db.scalar(select(fact.c.kind).where(fact.c.station == "vindeln-2")) == "checkout"


def test_life_goes_on_after_it(hub, station):
    lent_and_back(hub, station)
    says_all_is_here(hub, station, NOW_MS + 2 * HOUR_MS)
    tidy(hub)

    station.clock_ms = NOW_MS + 3 * HOUR_MS
    station.lends("B-1", "K-BO")
    hub.takes_facts(station)
    assert hub.own.item(B_1).loan.patron == "bo"
    station.takes_back("B-1")
    station.takes_back("B-1")
    hub.takes_facts(station)

    assert hub.own.item(B_1).loan is None
    assert kinds(hub) == ["return_not_on_loan"]


def test_a_station_without_a_clock_is_believed_that_it_is_after(hub, station):
    station.trusted = False
    lent_and_back(hub, station)
    says_all_is_here(hub, station, NOW_MS + 2 * HOUR_MS)
    tidy(hub)
    assert closed(hub) == ["B-1"]

    station.lends("B-1", "K-BO")
    hub.takes_facts(station)

    assert hub.own.item(B_1).loan.patron == "bo"
    assert kinds(hub) == []


def test_another_station_that_takes_it_back_once_more_is_still_a_double_return(hub, station):
    other = hub.enrol("vindeln-2", "VIN", 2)
    lent_and_back(hub, station)
    for each in (station, other):
        says_all_is_here(hub, each, NOW_MS + 2 * HOUR_MS)
    tidy(hub)

    other.clock_ms = NOW_MS + 3 * HOUR_MS
    other.takes_back("B-1")
    hub.takes_facts(other)

    assert kinds(hub) == ["double_return"]


def test_what_was_found_stays_until_staff_settle_it(hub, station):
    hub.staff.block(PatronId("anna"), at_ms=NOW_MS)
    lent_and_back(hub, station)
    station.takes_back("B-1")
    hub.takes_facts(station)
    found = kinds(hub)
    says_all_is_here(hub, station, NOW_MS + 2 * HOUR_MS)

    tidy(hub)
    hub.poster.post(B_1)

    assert closed(hub) == ["B-1"]
    assert found == kinds(hub) == ["patron_blocked", "return_not_on_loan"]


def test_who_was_served_by_a_closed_loan_waits_no_more(hub, station):
    hub.staff.reserve("t-novel", PatronId("anna"), BranchCode("VIN"), at_ms=NOW_MS)
    lent_and_back(hub, station)
    says_all_is_here(hub, station, NOW_MS + 2 * HOUR_MS)
    tidy(hub)
    assert closed(hub) == ["B-1"]

    station.clock_ms = NOW_MS + 3 * HOUR_MS
    station.lends("B-2", "K-BO")
    hub.takes_facts(station)

    assert kinds(hub) == []


def test_a_book_that_is_out_or_waited_for_stays_open(hub, station):
    station.lends("B-1", "K-ANNA")
    hub.takes_facts(station)
    lent_and_back(hub, station, "B-MAP")
    hub.staff.reserve("t-map", PatronId("bo"), BranchCode("VIN"), at_ms=NOW_MS + HOUR_MS)
    says_all_is_here(hub, station, NOW_MS + 2 * HOUR_MS)

    tidy(hub, NOW_MS + OPEN_MS_MAX + YOUNG_MS)

    assert closed(hub) == []


def test_what_a_power_cut_left_half_closed_is_finished(hub, station):
    lent_and_back(hub, station)
    says_all_is_here(hub, station, NOW_MS + 2 * HOUR_MS)
    strip, hub.own.strip = hub.own.strip, None
    with pytest.raises(TypeError):
        tidy(hub)
    hub.own.strip = strip
    hub.poster.post(B_1)
    assert hub.own.item(B_1).loan is None

    tidy(hub)

    assert {event.patron for event in hub.own.log(B_1)} == {None}
    with hub.engine.connect() as db:
        assert list(db.scalars(select(item_key.c.item))) == []


def test_a_copy_that_is_kept_for_somebody_stays_open(hub, station):
    hub.staff.reserve("t-novel", PatronId("bo"), BranchCode("VIN"), at_ms=NOW_MS - HOUR_MS)
    station.lends("B-1", "K-ANNA")
    station.takes_back("B-1")
    hub.takes_facts(station)
    before = kinds(hub)
    assert "trap_for_hold" in before

    says_all_is_here(hub, station, NOW_MS + 2 * HOUR_MS)
    tidy(hub)
    hub.poster.queue_up([B_1, ItemId("B-2")])
    hub.poster.post_waiting()

    assert closed(hub) == []
    assert kinds(hub) == before
