"""What the buttons do."""

import pytest

from circulation.verdicts import Accepted
from station.effects import AskAccount, Earcon
from station.events import (
    AccountAnswered,
    CardAnswered,
    FaultChanged,
)
from station.visit import State
from tests.station.rehearsal import (
    CARD,
    DUE,
    NATTER,
    RONJA,
    Rehearsal,
)


@pytest.fixture
def station():
    return Rehearsal()


def test_cancelling_drops_what_nobody_was_told(station):
    station.card_accepted()
    station.place(RONJA, NATTER)
    station.press("cancel")
    assert station.outcomes() == ["dropped", "dropped"]
    assert station.session.pending == ()
    assert station.state == State.MENU


def test_the_language_can_be_changed_on_every_screen_and_is_forgotten_with_the_visit(station):
    station.press("lang")
    assert station.said.startswith("Welcome to")
    station.card_accepted()
    assert station.shown.heading == "What would you like to do?"
    station.press("finish")
    station.wait(4)
    assert station.shown.lang == "sv"


def test_a_cancelled_check_of_the_card_is_not_answered_later(station):
    station.happens(CARD)
    station.press("cancel")
    station.happens(CardAnswered(ask=1, refused=None, holds_ready=0))
    assert station.state == State.BYE


def test_cancelling_keeps_what_is_already_lent(station):
    station.card_accepted()
    station.place(RONJA)
    station.answered(Accepted(DUE))
    station.place(NATTER)
    station.press("cancel")
    assert station.state == State.LOANS
    assert station.outcomes() == ["accepted", "dropped"]


def test_the_tools_say_what_they_have_done(station):
    station.press("larger")
    assert station.said == "Större text."
    assert station.shown.large
    station.press("contrast")
    assert station.said == "Kontrast: mörk."
    assert station.shown.theme == "dark"


def test_an_account_that_was_cancelled_does_not_open_by_itself(station):
    station.card_accepted()
    station.press("account")
    station.keys("1", "2", "3", "4")
    station.press("cancel")
    station.happens(
        AccountAnswered(
            ask=station.last(AskAccount).ask,
            refused=None,
            loans=(),
            holds_ready=0,
            holds_waiting=0,
            fees_ore=0,
        )
    )
    assert station.state == State.MENU


def test_trying_again_does_not_hide_a_fault_that_is_still_there(station):
    station.happens(FaultChanged(codes=("R2",)))
    assert station.press("retry") == (Earcon(name="problem"),)
    assert station.state == State.FAULT
