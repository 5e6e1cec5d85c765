"""Whom the hub believes, and what it knows of each station."""

import pytest

from circulation.errors import ForgedError
from circulation.identifiers import StationId
from circulation.messages import OfflineRules, Settings, State
from hub import fleet
from hub.errors import RevokedError
from hub.reissue import revoke
from tests.hub.catalogue.cast import NOW_MS
from tests.hub.rig import TalkingHub

VINDELN = StationId("vindeln-1")


@pytest.fixture
def hub(tmp_path):
    hub = TalkingHub(tmp_path)
    hub.speaks = hub.enrol(VINDELN, "VIN", 1)
    yield hub
    hub.engine.dispose()


@pytest.fixture
def db(hub):
    with hub.engine.begin() as db:
        yield db


def state(**changes):
    return State(**{"alive": True, "connection": 5, "epoch": 1, "owed": 3} | changes)


def known(db):
    (station,) = fleet.stations(db)
    return station


def test_a_station_is_believed_by_the_key_it_was_enrolled_with(hub, db):
    enrolled, key = fleet.speaker(db, VINDELN, "vindeln")

    assert enrolled.branch == "VIN"
    assert key.public_numbers() == hub.speaks.key.public_key().public_numbers()


@pytest.mark.parametrize(
    ("name", "partition", "why"),
    [("vindeln-9", "vindeln", "no station"), (VINDELN, "umea", "not its own")],
)
def test_nobody_speaks_for_a_station_or_a_partition_that_is_not_theirs(db, name, partition, why):
    with pytest.raises(ForgedError, match=why):
        fleet.key_of(db, name, partition)


def test_a_revoked_station_is_believed_no_more(db):
    revoke(db, VINDELN, NOW_MS)

    with pytest.raises(RevokedError, match="revoked"):
        fleet.key_of(db, VINDELN, "vindeln")
    assert known(db).revoked


def test_a_revoked_station_is_not_alive_though_its_last_word_never_came(db):
    fleet.enter_state(db, VINDELN, state(), NOW_MS)
    assert known(db).alive

    revoke(db, VINDELN, NOW_MS)

    assert not known(db).alive


def test_a_station_that_was_never_heard_is_listed_all_the_same(db):
    assert (known(db).state, known(db).seen_ms, known(db).up_to_seq) == (None, None, 0)


def test_a_last_word_ends_a_life_and_leaves_the_rest_as_it_was(db):
    fleet.enter_state(db, VINDELN, state(faults=["R2"]), NOW_MS)

    assert fleet.enter_state(db, VINDELN, state(alive=False, owed=0), NOW_MS + 1)

    told = known(db).state
    assert (told.alive, told.owed, told.faults) == (False, 3, ["R2"])
    assert known(db).seen_ms == NOW_MS + 1


def test_a_word_that_a_broker_has_kept_tells_how_a_station_was_and_not_that_it_is_there(db):
    fleet.enter_state(db, VINDELN, state(), NOW_MS)

    assert fleet.enter_state(db, VINDELN, state(faults=["R2"]), NOW_MS + 5, retained=True)

    assert (known(db).state.faults, known(db).seen_ms) == (["R2"], NOW_MS)


def test_the_last_word_of_an_older_connection_kills_nobody(db):
    fleet.enter_state(db, VINDELN, state(connection=6), NOW_MS)

    assert not fleet.enter_state(db, VINDELN, state(alive=False, connection=5), NOW_MS + 1)

    assert known(db).state.alive
    assert known(db).seen_ms == NOW_MS


def asked(**changes):
    offline = OfflineRules(until_ms=NOW_MS, loans_per_card_day_max=5, pin="waive")
    told = {"shelf_version": "s1", "pin_to_borrow": False, "offline": offline}
    return Settings(**told | changes)


def version(db, settings, now_ms=NOW_MS):
    return fleet.in_order(db, VINDELN, settings, now_ms).version


def test_settings_that_are_new_have_a_higher_version_whatever_the_clock_says(db):
    first = version(db, asked())

    assert version(db, asked(), NOW_MS + 5) == first, "the same is no news"
    assert version(db, asked(pin_to_borrow=True), NOW_MS - 999_999) == first + 1
    assert version(db, asked(), NOW_MS + 5) == NOW_MS + 5


def test_a_station_that_goes_by_newer_settings_than_a_restored_hub_knows_is_overtaken(db):
    version(db, asked())
    newer = asked(pin_to_borrow=True, version=NOW_MS + 7_000)

    assert fleet.overtaken(db, VINDELN, newer)
    assert version(db, asked(), NOW_MS) == NOW_MS + 7_001
    assert not fleet.overtaken(db, VINDELN, newer)


def test_the_desk_sees_how_far_each_station_has_come(hub):
    hub.speaks.takes_back("B-1")
    hub.speaks.takes_back("B-FILM")
    hub.takes_facts(hub.speaks)

    with hub.engine.connect() as db:
        assert known(db).up_to_seq == 2
