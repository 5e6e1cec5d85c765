"""What a visitor hears of a book whose alarm has not been switched."""

import pytest

from circulation.facts import Outcome
from circulation.verdicts import Accepted, Reason, Refused
from station.effects import (
    Gate,
    RecordCheckin,
    RecordCheckout,
    Settle,
)
from station.events import (
    Alarm,
    GateOutcome,
    GateSwitched,
    Recorded,
)
from station.visit import State
from tests.station.rehearsal import CARD, DUE, PROOF, Rehearsal, book

GATED = book(8, alarms=(Alarm(uid="04000000000008"),))


@pytest.fixture
def station():
    return Rehearsal()


def switched(outcome: GateOutcome) -> GateSwitched:
    return GateSwitched(uid=GATED.uid, armed=False, outcome=outcome)


def test_a_return_arms_the_books_alarm(station):
    station.place(GATED)

    assert station.last(RecordCheckin).gates == (Gate(uid=GATED.uid, item=GATED.item, armed=True),)


def test_a_loan_releases_it_once_it_is_granted_and_not_before(station):
    station.card_accepted()
    station.place(GATED)
    station.answered(Accepted(DUE))

    assert station.last(Settle).gates == (Gate(uid=GATED.uid, item=GATED.item, armed=False),)


def test_a_refusal_leaves_it_as_it_is(station):
    station.card_accepted()
    station.place(GATED)
    station.answered(Refused(Reason.RESERVED))

    assert station.last(Settle).outcome is Outcome.REFUSED
    assert station.last(Settle).gates == ()


def test_a_loan_while_the_line_is_down_releases_it():
    station = Rehearsal(line_up=False)
    station.happens(CARD)
    station.place(GATED)

    assert station.last(RecordCheckout).gates[0].armed is False


def test_a_sticker_without_an_alarm_owes_nothing(station):
    station.place(book(9))

    assert station.last(RecordCheckin).gates == ()


def test_a_book_lifted_too_soon_is_asked_back_until_it_is_there(station):
    station.returned(GATED)

    station.happens(switched(GateOutcome.GONE))
    assert "Lägg tillbaka boken" in " ".join(station.shown.lines)
    assert "Lägg tillbaka boken" in station.said_loud

    station.happens(switched(GateOutcome.DONE))
    assert "Lägg tillbaka boken" not in " ".join(station.shown.lines)


def test_two_books_lifted_too_soon_are_asked_back_until_both_are_there(station):
    other = "04000000000009"
    station.returned(GATED)
    for uid in (GATED.uid, other):
        station.happens(GateSwitched(uid=uid, armed=True, outcome=GateOutcome.GONE))

    station.happens(GateSwitched(uid=GATED.uid, armed=True, outcome=GateOutcome.DONE))
    assert "Lägg tillbaka boken" in " ".join(station.shown.lines)

    station.happens(GateSwitched(uid=other, armed=True, outcome=GateOutcome.DONE))
    assert "Lägg tillbaka boken" not in " ".join(station.shown.lines)


def test_a_tag_that_refuses_is_told_of_kindly(station):
    station.returned(GATED)

    station.happens(switched(GateOutcome.REFUSED))

    assert "Det kan låta när du går ut" in station.said_loud


def test_nothing_is_said_where_all_is_well(station):
    station.returned(GATED)
    before = station.shown

    station.happens(switched(GateOutcome.DONE))

    assert station.shown == before


def test_an_empty_room_is_not_asked_for_a_book():
    station = Rehearsal()

    station.happens(switched(GateOutcome.GONE))

    assert station.state == State.IDLE
    assert "Lägg tillbaka" not in " ".join(station.shown.lines)


def test_the_next_visitor_is_not_asked_for_the_last_ones_book(station):
    station.place(GATED)
    station.happens(Recorded(ref=station.last(RecordCheckin).ref, proof=PROOF))
    station.happens(switched(GateOutcome.GONE))
    station.press("done")
    station.press("done")

    assert "Lägg tillbaka" not in " ".join(station.shown.lines)
