"""What an old memory card still holds is named until it is read."""

import pytest
from sqlalchemy import event

from circulation import envelopes, topics
from circulation.messages import State
from hub import epochs, exceptions, listing
from hub.ledger import Problem
from tests.hub.rig import TalkingHub


@pytest.fixture
def hub(tmp_path):
    talking = TalkingHub(tmp_path)
    yield talking
    talking.engine.dispose()


@pytest.fixture
def station(hub):
    return hub.enrol("vindeln-1", "VIN", 1)


def says(hub, station, *, owed, epoch=None):
    state = State(alive=True, connection=1, epoch=epoch or station.epoch, owed=owed)
    hub.takes(station.topic(topics.STATE), station.framed(topics.STATE, state))


def new_card(station):
    """Return the raws of the old card, once the station has a new one."""
    old, station.raws = station.raws, []
    station.epoch, station.head = station.epoch + 1, envelopes.GENESIS
    return old


def gaps(hub):
    with hub.engine.connect() as db:
        return [each.key for each in exceptions.open_exceptions(db) if each.kind == "epoch_gap"]


def waits(hub, minutes: int):
    exceptions.look_for_gaps(hub.engine, hub.now_ms + minutes * 60_000)
    with hub.engine.connect() as db:
        return [each.key for each in exceptions.open_exceptions(db) if each.kind == "gap"]


def test_facts_that_wait_an_hour_for_others_before_them_are_named_until_these_come(hub, station):
    for _ in range(4):
        station.takes_back("B-1")
    hub.takes_facts(station, 1, 1)
    hub.takes_facts(station, 4, 4)
    assert waits(hub, 59) == []
    assert waits(hub, 61) == ["gap::vindeln-1:1:2"]

    hub.takes_facts(station, 2, 2)
    assert waits(hub, 62) == ["gap::vindeln-1:1:3"]

    hub.takes_facts(station, 3, 3)
    assert waits(hub, 63) == []


def test_a_chain_that_does_not_go_on_from_what_is_here_is_named_too(hub, station):
    station.takes_back("B-1")
    hub.takes_facts(station)
    station.head = "f" * 64
    station.takes_back("B-1")
    hub.takes_facts(station, 2, 2)

    assert waits(hub, 61) == ["gap::vindeln-1:1:2"]


def test_whoever_has_brought_nothing_or_all_is_not_named(hub, station):
    other = hub.enrol("vindeln-2", "VIN", 2)
    other.takes_back("B-1")
    hub.takes_facts(other)

    assert waits(hub, 61) == []


GAP = "epoch_gap::vindeln-1:1:0"


def test_a_hole_in_an_old_chain_is_named_when_a_new_one_begins_and_closes_when_it_is_filled(
    hub, station
):
    for _ in range(3):
        station.takes_back("B-1")
    hub.takes_facts(station, 3)
    assert gaps(hub) == []

    old = new_card(station)
    station.takes_back("B-2")
    hub.takes_facts(station)
    assert gaps(hub) == [GAP]
    assert listing.stations(hub.engine)[0]["missing"] == {1: 2}

    station.epoch, station.raws = 1, old
    hub.takes_facts(station)
    assert gaps(hub) == []


def test_what_a_station_said_it_owed_is_missed_when_its_card_is_another(hub, station):
    for _ in range(3):
        station.takes_back("B-1")
    hub.takes_facts(station, 1, 1)
    says(hub, station, owed=2)
    assert gaps(hub) == []

    old = new_card(station)
    says(hub, station, owed=0)
    assert gaps(hub) == [GAP]

    station.epoch, station.raws = 1, old
    hub.takes_facts(station)
    assert gaps(hub) == []


def test_a_station_that_owed_nothing_is_missed_nothing(hub, station):
    station.takes_back("B-1")
    hub.takes_facts(station)
    says(hub, station, owed=0)
    new_card(station)
    says(hub, station, owed=0)

    assert gaps(hub) == []


def test_a_gap_that_opens_again_is_open_again(hub, station):
    station.takes_back("B-1")
    new_card(station)
    says(hub, station, owed=1, epoch=1)
    says(hub, station, owed=0)
    assert gaps(hub) == [GAP]
    says(hub, station, owed=0, epoch=1)
    says(hub, station, owed=0)
    assert gaps(hub) == []
    says(hub, station, owed=4, epoch=1)
    says(hub, station, owed=0)

    assert gaps(hub) == [GAP]
    with hub.engine.connect() as db:
        assert epochs.missing(db, "vindeln-1") == [epochs.Missing(1, 4)]


def test_what_else_is_on_the_desk_makes_no_fact_dearer(hub, station):
    steps = []

    def counted(driver, *_):
        driver.set_progress_handler(lambda: steps.append(1), 1)

    def taken(number: int) -> int:
        station.takes_back("B-1")
        steps.clear()
        hub.takes_facts(station, number, number)
        return len(steps)

    event.listen(hub.engine, "checkout", counted)
    taken(1)
    before = taken(2)
    with hub.engine.begin() as db:
        for seq in range(500):
            problem = Problem("unreadable", "bjurholm-1", 1, seq)
            exceptions.open_problem(db, problem, hub.now_ms)

    assert taken(3) < before + 100
