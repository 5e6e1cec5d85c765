"""One event in, the next session out: a whole visit, and events that mean nothing."""

import pytest

from circulation.verdicts import Accepted
from station.effects import AskCard, RecordCheckin, VisitEnded
from station.events import (
    FaultChanged,
    LineChanged,
    Pointed,
)
from station.visit import Did, State
from tests.station.rehearsal import (
    CARD,
    DUE,
    EMMA,
    LEJONHJARTA,
    NATTER,
    PROOF,
    RONJA,
    Rehearsal,
)


@pytest.fixture
def station():
    return Rehearsal()


def test_a_card_and_two_books_become_two_loans_and_a_receipt(station):
    station.card_accepted()
    station.place(LEJONHJARTA, RONJA)
    assert station.state == State.READING
    station.answered(Accepted(DUE), Accepted(DUE))

    assert station.state == State.LOANS
    assert [row.did for row in station.session.rows] == [Did.LENT, Did.LENT]
    station.press("done")
    assert station.shown.proof == PROOF
    assert station.shown.qr == f"https://bibliotek.example/proof/{PROOF}"
    station.press("done")
    assert station.state == State.BYE
    assert station.last(VisitEnded) == VisitEnded(lent=2, returned=0, refused=0)


def test_a_button_of_a_screen_that_is_gone_does_nothing(station):
    assert station.press("renew_all") == ()
    assert station.state == State.IDLE


def test_a_broken_pad_stops_lending_but_not_listening(station):
    station.happens(FaultChanged(codes=("R2",)))
    assert station.state == State.FAULT
    station.place(RONJA)
    assert station.all(RecordCheckin) == []
    station.happens(Pointed(book=EMMA))
    assert station.state == State.LISTENING
    station.press("finish")
    assert station.state == State.FAULT
    station.happens(FaultChanged(codes=()))
    assert station.state == State.IDLE


def test_a_line_that_comes_back_checks_the_card_it_could_not_check():
    station = Rehearsal(line_up=False)
    station.happens(CARD)
    station.set(line_up=True)
    station.happens(LineChanged(up=True))
    assert station.state == State.CHECKING
    assert station.last(AskCard).card == CARD.card


def test_a_fault_in_the_middle_of_a_visit_forgets_the_card_and_keeps_what_was_done(station):
    station.card_accepted()
    station.place(RONJA)
    station.answered(Accepted(DUE))
    station.place(NATTER)
    station.happens(FaultChanged(codes=("J1",)))
    assert station.state == State.FAULT
    assert station.outcomes() == ["accepted", "dropped"]
    assert station.session.card is None
    assert [row.text for row in station.shown.rows] == ["Ronja rövardotter"]


def test_a_listening_station_without_its_reader_says_so():
    station = Rehearsal(kind="listening")
    station.happens(FaultChanged(codes=("R2",)))
    assert station.state == State.LISTENING
    station.happens(FaultChanged(codes=("R3",)))
    assert station.state == State.FAULT
