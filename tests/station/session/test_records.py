"""On disk before out loud."""

import pytest

from circulation.facts import Outcome
from circulation.verdicts import Accepted, Reason, Refused
from station.effects import AskWrite, Settle
from station.events import (
    NotRecorded,
    Recorded,
    WriteAnswered,
)
from station.visit import State
from tests.station.rehearsal import (
    DUE,
    NATTER,
    PROOF,
    RONJA,
    Rehearsal,
)


@pytest.fixture
def station():
    return Rehearsal()


def test_a_loan_is_neither_shown_nor_said_before_it_is_on_disk(station):
    station.card_accepted()
    station.place(RONJA)
    made = station.happens(WriteAnswered(ask=station.last(AskWrite).ask, verdict=Accepted(DUE)))

    assert made == (Settle(ask=station.last(AskWrite).ask, outcome=Outcome.ACCEPTED, due=DUE),)
    assert station.shown.rows == ()
    station.happens(Recorded(ref=station.last(AskWrite).ask, proof=PROOF))
    assert station.shown.rows[0].text == "Ronja rövardotter"
    assert "Ronja rövardotter" in station.said


def test_a_return_that_could_not_be_written_is_not_thanked_for(station):
    station.place(RONJA)
    station.not_recorded()
    assert station.state == State.FAULT
    assert station.shown.rows[0].status == "stop"
    assert "Tack" not in station.said


def test_a_question_that_could_not_be_written_leaves_nothing_to_settle(station):
    station.card_accepted()
    station.place(RONJA)
    station.happens(NotRecorded(ref=station.last(AskWrite).ask))
    assert station.all(Settle) == []
    assert station.session.card is None


def test_a_receipts_code_is_that_of_something_done(station):
    station.card_accepted()
    station.place(RONJA)
    station.answered(Accepted(DUE))
    station.place(NATTER)
    ask = station.last(AskWrite).ask
    station.happens(
        WriteAnswered(ask=ask, verdict=Refused(Reason.RESERVED)),
        Recorded(ref=ask, proof="0000-0000-000"),
    )
    assert station.session.proof == PROOF
