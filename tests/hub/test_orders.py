"""An order is said to the station it is for until it is answered, and kept with who gave it."""

import pytest

from circulation import messages, signing, topics
from circulation.errors import ConfigError
from circulation.messages import Order, OrderDone, State
from hub import orders, reissue
from hub.errors import HubError
from hub.orders import AGAIN_MS
from tests.hub.rig import HUB_KEY, NOW_MS, TalkingHub


@pytest.fixture
def hub(tmp_path):
    talking = TalkingHub(tmp_path)
    yield talking
    talking.engine.dispose()


@pytest.fixture
def station(hub):
    station = hub.enrol("vindeln-1", "VIN", 1)
    alive(hub, station)
    return station


def alive(hub, station, *, alive=True):
    state = State(alive=alive, connection=1, epoch=1)
    hub.inbox.take(station.topic(topics.STATE), station.framed(topics.STATE, state), NOW_MS)


def give(hub, kind="identify", *, to="vindeln-1", text="", until_ms=NOW_MS + 3_600_000):
    with hub.engine.begin() as db:
        return orders.give(db, to, kind, text=text, by="teknik", now_ms=NOW_MS, until_ms=until_ms)


def said(hub, at_ms=NOW_MS):
    """Return what is said at a time, as (topic, order)."""
    return [
        (
            each.topic,
            messages.decode(
                signing.verify(each.topic, signing.unwrap(each.payload), HUB_KEY.public_key()),
                Order,
            ),
        )
        for each in hub.inbox.orders(at_ms)
    ]


def answers(hub, station, id_, outcome="done", told=""):
    done = OrderDone(id=id_, outcome=outcome, told=told)
    hub.inbox.take(
        station.topic(topics.ORDERS_DONE), station.framed(topics.ORDERS_DONE, done), NOW_MS + 5
    )


def latest(hub):
    with hub.engine.connect() as db:
        return orders.latest(db)


def test_it_is_said_on_the_stations_own_lane_until_it_is_answered(hub, station):
    id_ = give(hub)

    ((topic, order),) = said(hub)
    assert topic == "fingertopp/1/vindeln/vindeln-1/orders"
    assert (order.id, order.kind) == (id_, "identify")
    assert said(hub, NOW_MS + AGAIN_MS - 1) == []
    assert len(said(hub, NOW_MS + AGAIN_MS)) == 1
    answers(hub, station, id_, told="here")
    assert said(hub, NOW_MS + 3 * AGAIN_MS) == []
    (given,) = latest(hub)
    assert (given.outcome, given.told, given.by, given.done_ms) == (
        "done",
        "here",
        "teknik",
        NOW_MS + 5,
    )


def test_a_station_that_is_away_hears_of_it_when_it_is_back(hub, station):
    alive(hub, station, alive=False)
    give(hub)
    assert said(hub) == []

    alive(hub, station)

    assert len(said(hub)) == 1


def test_what_is_over_is_said_no_more(hub, station):
    give(hub, until_ms=NOW_MS + 5)

    assert said(hub, NOW_MS + 6) == []
    assert latest(hub)[0].outcome == ""


def test_the_first_answer_stands_and_nobody_answers_for_another(hub, station):
    id_, other = give(hub), hub.enrol("umea-1", "UME", 2)
    answers(hub, other, id_, "refused")
    assert latest(hub)[0].outcome == ""

    answers(hub, station, id_)
    answers(hub, station, id_, "failed")

    assert latest(hub)[0].outcome == "done"


@pytest.mark.parametrize(
    ("wrong", "error", "told"),
    [
        ({"to": "vindln-1"}, ConfigError, "no station 'vindln-1'"),
        ({"kind": "dance"}, ConfigError, "there is no order 'dance'"),
        ({"kind": "say"}, ConfigError, "has a text"),
        ({"kind": "say", "text": "x" * 301}, ConfigError, "1-300 letters"),
        ({"kind": "identify", "text": "x"}, ConfigError, "nothing else has"),
    ],
)
def test_what_cannot_be_asked_is_answered(hub, station, wrong, error, told):
    with pytest.raises(error, match=told):
        give(hub, **wrong)

    assert latest(hub) == []


def test_a_station_that_is_revoked_is_told_nothing(hub, station):
    give(hub)
    with hub.engine.begin() as db:
        reissue.revoke(db, "vindeln-1", NOW_MS)

    assert said(hub) == []
    with pytest.raises(HubError, match="revoked"):
        give(hub)
