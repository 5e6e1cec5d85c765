"""What is asked from afar is done once, answered each time, and never in a visitor's way."""

import pytest

from circulation.messages import ORDER_KINDS, Order, OrderDone
from station.clock import Clock
from station.notebook import Notebook
from station.orders import KEPT_MAX, Hands, Orders
from tests.station.test_clock import Hands as ClockHands

NOW_MS = 1_800_000_000_000


class Doing:
    """Keeps what is done and what is answered."""

    def __init__(self):
        self.did, self.answered, self.chores = [], [], []

    def hands(self):
        return Hands(
            identify=lambda: self.did.append("identify"),
            say=lambda text: self.did.append(f"say {text}"),
            coming=lambda: self.did.append("coming"),
            resend=lambda: self.did.append("resend"),
            restart=lambda: self.did.append("restart"),
            chore=self.chores.append,
            answer=self.answered.append,
        )


@pytest.fixture
def doing():
    return Doing()


@pytest.fixture
def start(tmp_path, doing):
    """Return how a station is started; each time with what the notebook knows."""
    books = []

    def started():
        hands = ClockHands()
        hands.wall = NOW_MS
        books.append(Notebook(tmp_path / "notebook.json"))
        return Orders(books[-1], Clock("Europe/Stockholm", hands=hands), doing.hands())

    yield started
    for book in books:
        book.close()


def order(kind, id_="a1", *, until_ms=NOW_MS + 60_000, text=""):
    return Order(id=id_, kind=kind, until_ms=until_ms, text=text)


def outcomes(doing):
    return [each.outcome for each in doing.answered]


@pytest.mark.parametrize("kind", ["identify", "say", "coming", "resend", "restart"])
def test_an_order_that_comes_again_is_answered_and_not_done_again(start, doing, kind):
    orders = start()
    for _ in range(2):
        orders.came(order(kind))
        orders.look(at_rest=True)
    again = start()
    again.came(order(kind))
    again.look(at_rest=True)

    assert [each.split()[0] for each in doing.did] == [kind]
    assert outcomes(doing) == ["done"] * 3


def test_a_sentence_is_said_as_it_was_written(start, doing):
    orders = start()
    orders.came(order("say", text="Vi stänger om tio minuter."))
    orders.look(at_rest=True)

    assert doing.did == ["say Vi stänger om tio minuter."]


@pytest.mark.parametrize("kind", ["say", "self_test", "update", "restart"])
def test_what_would_disturb_waits_until_nobody_is_there(start, doing, kind):
    orders = start()
    orders.came(order(kind))
    orders.look(at_rest=False)
    assert not doing.did + doing.chores + doing.answered

    orders.look(at_rest=True)

    assert len(doing.did + doing.chores) == 1


@pytest.mark.parametrize("kind", ["identify", "coming", "resend", "renew"])
def test_the_rest_does_not_wait(start, doing, kind):
    orders = start()
    orders.came(order(kind))
    orders.look(at_rest=False)

    assert len(doing.did + doing.chores) == 1


def test_what_takes_time_is_answered_when_it_has_ended(start, doing):
    orders = start()
    orders.came(order("self_test"))
    orders.look(at_rest=True)
    orders.came(order("self_test"))
    orders.look(at_rest=True)
    assert (len(doing.chores), doing.answered) == (1, [])

    orders.ended(OrderDone(id="a1", outcome="done", told="Nothing is wrong."))

    orders.came(order("self_test"))
    assert [each.told for each in doing.answered] == ["Nothing is wrong."] * 2


def test_what_a_power_cut_interrupted_has_failed_and_is_not_done_again(start, doing):
    orders = start()
    orders.came(order("renew"))
    orders.look(at_rest=True)

    after = start()
    after.came(order("renew"))
    after.look(at_rest=True)

    assert len(doing.chores) == 1
    assert outcomes(doing) == ["failed"]


def test_an_order_whose_time_is_over_is_not_done(start, doing):
    orders = start()
    orders.came(order("identify", until_ms=NOW_MS - 1))
    orders.look(at_rest=True)

    assert (doing.did, outcomes(doing)) == ([], ["expired"])


def test_an_order_that_this_program_does_not_know_is_refused(start, doing):
    orders = start()
    orders.came(order("dance"))
    orders.look(at_rest=True)

    assert (doing.did, outcomes(doing)) == ([], ["refused"])


def test_the_notebook_does_not_grow(start, doing, tmp_path):
    orders = start()
    for number in range(KEPT_MAX + 20):
        orders.came(order("resend", f"o{number}"))
        orders.look(at_rest=True)

    assert (tmp_path / "notebook.json").read_text().count('"outcome"') == KEPT_MAX
    assert set(ORDER_KINDS) >= {"resend"}
