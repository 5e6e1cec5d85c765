"""What takes time is done one after another on a thread of its own, and its end is told."""

import queue

import pytest

from circulation.errors import ConfigError
from circulation.messages import Order
from station.chores import WAITING_MAX, Chores


def order(kind, id_="a"):
    return Order(id=id_, kind=kind, until_ms=1)


def fail():
    raise ConfigError("`[hub] site` is not set")


@pytest.fixture
def told():
    return queue.Queue()


@pytest.fixture
def chores(told):
    ways = {"self_test": lambda: "Nothing is wrong.", "renew": fail, "restart": lambda: 1 // 0}
    chores = Chores(ways, told.put)
    chores.start()
    yield chores
    chores.stop()


@pytest.mark.parametrize(
    ("kind", "outcome", "words"),
    [
        ("self_test", "done", "Nothing is wrong."),
        ("renew", "failed", "`[hub] site` is not set"),
        ("restart", "failed", "ZeroDivisionError"),
    ],
)
def test_how_each_ended_is_told_and_the_next_is_done(chores, told, kind, outcome, words):
    chores.begin(order(kind))
    chores.begin(order("self_test", "b"))

    ends = [told.get(timeout=10) for _ in range(2)]

    assert [(each.id, each.outcome, each.told) for each in ends] == [
        ("a", outcome, words),
        ("b", "done", "Nothing is wrong."),
    ]


def test_too_much_at_once_has_failed(told):
    chores = Chores({}, told.put)
    for number in range(WAITING_MAX + 1):
        chores.begin(order("self_test", f"o{number}"))

    assert told.get_nowait().outcome == "failed"
