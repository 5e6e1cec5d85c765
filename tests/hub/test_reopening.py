"""What could not be opened folds as if it had just come, once its key is here again."""

import pytest
from sqlalchemy import select

from circulation import sealing
from circulation.facts import Outcome
from hub import exceptions, reopening
from hub.tables import fact
from tests.hub.rig import DUE, NOW_MS, RING, TalkingHub


@pytest.fixture
def hub(tmp_path):
    hub = TalkingHub(tmp_path)
    hub.ring = sealing.KeyRing({"another": sealing.new_private_key()})
    hub.put_together()
    yield hub
    hub.engine.dispose()


@pytest.fixture
def station(hub):
    return hub.enrol("vindeln-1", "VIN", 1)


def reopened(hub, ring=RING) -> int:
    with hub.engine.begin() as db:
        return reopening.reopen(db, ring, NOW_MS)


def open_kinds(hub) -> list[str]:
    with hub.engine.connect() as db:
        return [each.kind for each in exceptions.open_exceptions(db)]


def test_a_loan_that_could_not_be_opened_reaches_the_catalogue(hub, station):
    station.lends("B-1", "K-ANNA")
    hub.takes_facts(station)
    assert open_kinds(hub) == ["unreadable"]

    assert reopened(hub) == 1
    hub.touched.update(["B-1"])
    hub.post()

    assert hub.own.item("B-1").loan.due == DUE
    assert open_kinds(hub) == []
    assert reopened(hub) == 0


def test_a_question_and_its_end_find_each_other_again(hub, station):
    station.settles(station.asks("B-1", "K-ANNA"), Outcome.OFFLINE, DUE)
    hub.takes_facts(station)

    assert reopened(hub) == 2
    hub.touched.update(["B-1"])
    hub.post()

    assert hub.own.item("B-1").loan.due == DUE


def test_an_end_that_was_opened_before_its_question_learns_what_it_was_about(hub, station):
    asked = station.asks("B-1", "K-ANNA")
    hub.takes_facts(station)
    hub.ring = RING
    hub.put_together()
    station.settles(asked, Outcome.OFFLINE, DUE)
    hub.takes_facts(station, first=2)

    assert reopened(hub) == 1
    hub.touched.update(["B-1"])
    hub.post()

    assert hub.own.item("B-1").loan.due == DUE


def test_what_still_has_no_key_stays_as_it_is(hub, station):
    station.lends("B-1", "K-ANNA")
    hub.takes_facts(station)

    assert reopened(hub, sealing.KeyRing({})) == 0

    assert open_kinds(hub) == ["unreadable"]
    with hub.engine.connect() as db:
        assert db.scalars(select(fact.c.kind)).all() == ["unreadable"]
