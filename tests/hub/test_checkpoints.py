"""What is over is closed: nobody is in it, not even as a token, and nothing late is lost."""

import pytest
from sqlalchemy import select

from circulation import messages, signing, topics
from circulation.identifiers import BranchCode, CardNumber, ItemId, PatronId
from circulation.messages import Settings, SettingsInForce, State
from hub import exceptions
from hub.catalogue.tables import standing_event
from hub.checkpoints import OPEN_MS_MAX
from hub.forgetting import YOUNG_MS, Forgetting
from hub.keeping import Message
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


def birth(station):
    """Return the frame of a word that *station* owes nothing."""
    state = State(alive=True, connection=1, epoch=station.epoch, owed=0)
    return Message(station.topic(topics.STATE), station.framed(topics.STATE, state))


def hears(hub, at_ms, message):
    """Return what the hub says to *message*, which comes at *at_ms*."""
    hub.now_ms, before = at_ms, hub.now_ms
    said = list(hub.inbox.take_all([message], at_ms))
    hub.now_ms = before
    return said


def goes_by_what_it_is_told(hub, station, at_ms):
    """Have *station* come, hear the hub, and answer."""
    (told,) = [
        messages.decode(bytes(signing.unwrap(out.payload).body), Settings)
        for out in hears(hub, at_ms, birth(station))
        if out.topic.endswith(topics.SETTINGS)
    ]
    answer = station.framed(topics.SETTINGS_IN_FORCE, SettingsInForce(settings=told))
    hears(hub, at_ms, Message(station.topic(topics.SETTINGS_IN_FORCE), answer))


def says_all_is_here(hub, station, at_ms):
    goes_by_what_it_is_told(hub, station, at_ms)
    hears(hub, at_ms, birth(station))


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


def test_what_staff_did_since_keeps_a_lane_open_too(hub, station):
    lent_and_back(hub, station)
    says_all_is_here(hub, station, NOW_MS + 2 * HOUR_MS)
    hub.staff.lend(B_1, CardNumber("K-BO"), at_ms=NOW_MS + 3 * HOUR_MS)
    hub.staff.take_back(B_1, BranchCode("VIN"), at_ms=NOW_MS + 4 * HOUR_MS)
    hub.poster.look()

    tidy(hub)
    assert closed(hub) == [], "the station may have lent it meanwhile"

    says_all_is_here(hub, station, NOW_MS + 5 * HOUR_MS)
    tidy(hub)
    assert closed(hub) == ["B-1"]


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


def its_will(station):
    """Return what the broker says for *station* when its line is gone."""
    will = State(alive=False, connection=1)
    return Message(station.topic(topics.STATE), station.framed(topics.STATE, will))


@pytest.mark.parametrize(
    "from_the_broker",
    [
        its_will,
        lambda away: birth(away)._replace(retained=True),
        lambda away: its_will(away)._replace(retained=True),
        birth,
    ],
    ids=["will", "kept birth", "kept will", "birth on a line that is not heard"],
)
@pytest.mark.parametrize("was_heard", [True, False])
def test_what_a_broker_says_for_a_station_that_is_away_closes_nothing(
    hub, station, from_the_broker, was_heard
):
    away = hub.enrol("vindeln-2", "VIN", 2)
    if was_heard:
        says_all_is_here(hub, away, NOW_MS)
    away.clock_ms = NOW_MS + 10 * 60_000
    away.lends("B-1", "K-BO")
    station.clock_ms = NOW_MS + HOUR_MS
    station.takes_back("B-1")
    hub.takes_facts(station)
    says_all_is_here(hub, station, NOW_MS + 2 * HOUR_MS)

    hears(hub, NOW_MS + 3 * HOUR_MS, from_the_broker(away))
    tidy(hub)
    hub.takes_facts(away)

    # It was lent there an hour before it was taken back here.
    assert hub.own.item(B_1).loan is None
    assert kinds(hub) == []


def test_nor_does_a_birth_that_it_kept_while_the_settings_are_still_the_same(hub, station):
    minute = 60_000
    hour_begins = NOW_MS - NOW_MS % HOUR_MS
    away = hub.enrol("vindeln-2", "VIN", 2)
    says_all_is_here(hub, away, hour_begins)
    away.clock_ms = hour_begins + minute
    away.lends("B-1", "K-BO")
    station.clock_ms = hour_begins + 2 * minute
    station.takes_back("B-1")
    hub.takes_facts(station)

    hears(hub, hour_begins + 50 * minute, birth(away)._replace(retained=True))
    says_all_is_here(hub, station, NOW_MS + 2 * HOUR_MS)
    tidy(hub)

    assert closed(hub) == []


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


def waited(hub):
    """Return who stands in the catalogue's log of queues."""
    event = standing_event.c
    with hub.engine.connect() as db:
        return set(db.scalars(select(event.patron).where(event.title.is_not(None))))


def test_who_waited_and_was_served_is_forgotten_when_the_lane_is_closed(hub, station):
    hub.staff.reserve("t-novel", PatronId("anna"), BranchCode("VIN"), at_ms=NOW_MS)
    lent_and_back(hub, station)
    assert waited(hub) == {"anna"}

    tidy(hub)
    assert waited(hub) == {"anna"}, "a station may have older facts"

    says_all_is_here(hub, station, NOW_MS + 2 * HOUR_MS)
    tidy(hub)
    assert closed(hub) == ["B-1"]
    assert waited(hub) == set()


def test_who_waited_and_was_judged_by_is_kept_for_as_long_as_that_is_open(hub, station):
    anna = CardNumber("K-ANNA")
    hub.staff.reserve("t-novel", PatronId("anna"), BranchCode("VIN"), at_ms=NOW_MS - HOUR_MS)
    station.lends("B-1", "K-BO")
    hub.takes_facts(station)
    hub.own.cancel_hold("t-novel", anna, at_ms=NOW_MS + HOUR_MS)
    says_all_is_here(hub, station, NOW_MS + 2 * HOUR_MS)
    before = kinds(hub)
    assert "lent_over_hold" in before

    tidy(hub)
    hub.poster.post(B_1)
    assert (waited(hub), kinds(hub)) == ({"anna"}, before)

    station.clock_ms = NOW_MS + 3 * HOUR_MS
    station.takes_back("B-1")
    hub.takes_facts(station)
    says_all_is_here(hub, station, NOW_MS + 5 * HOUR_MS)
    tidy(hub)
    assert (closed(hub), waited(hub)) == (["B-1"], set())


def test_who_waits_yet_stays_in_the_queue_beside_who_left_it(hub, station):
    hub.staff.reserve("t-novel", PatronId("bo"), BranchCode("VIN"), at_ms=NOW_MS)
    hub.staff.reserve("t-novel", PatronId("anna"), BranchCode("VIN"), at_ms=NOW_MS + 1)
    hub.own.cancel_hold("t-novel", CardNumber("K-BO"), at_ms=NOW_MS + 2)
    says_all_is_here(hub, station, NOW_MS + 2 * HOUR_MS)

    tidy(hub)

    assert waited(hub) == {"anna"}
    assert [each.patron for each in hub.own.holds_past(B_1).log] == ["anna"]
