"""A call for help stands until somebody comes, or nobody can be waiting any more."""

import pytest

from hub import calls
from tests.hub.catalogue.cast import NOW_MS


@pytest.fixture
def db(rig):
    with rig.engine.begin() as db:
        yield db


def test_who_has_waited_longest_is_first_and_calls_once(db):
    calls.make(db, "vindeln-2", NOW_MS - 2000)
    calls.make(db, "vindeln-1", NOW_MS - 1000)
    calls.make(db, "vindeln-1", NOW_MS - 500)

    assert [(one.station, one.at_ms) for one in calls.waiting(db, NOW_MS)] == [
        ("vindeln-2", NOW_MS - 2000),
        ("vindeln-1", NOW_MS - 500),
    ]


def test_a_call_ends_when_somebody_comes_or_after_half_an_hour(db):
    calls.make(db, "vindeln-1", NOW_MS)
    calls.make(db, "vindeln-2", NOW_MS)

    calls.end(db, "vindeln-1")

    assert [one.station for one in calls.waiting(db, NOW_MS)] == ["vindeln-2"]
    assert calls.waiting(db, NOW_MS + calls.CALL_MS_MAX) == []
