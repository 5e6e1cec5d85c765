"""Renewing every loan that may be renewed."""

import pytest

from circulation.facts import Wish
from circulation.identifiers import ItemId
from circulation.verdicts import Accepted
from station.effects import AskWrite
from station.visit import State
from tests.station.rehearsal import (
    DUE,
    Rehearsal,
    loan_of,
)


@pytest.fixture
def station():
    return Rehearsal()


def test_all_loans_are_renewed_that_may_be(station):
    station.card_accepted()
    station.press("renew")
    station.account_opened(loan_of("1", "Emil"), loan_of("2", "Mio", renewable=False))
    station.press("renew_all")
    assert [ask.item for ask in station.all(AskWrite)] == [ItemId("1")]
    assert station.last(AskWrite).wish is Wish.RENEWAL
    station.answered(Accepted(DUE))
    assert [row.status for row in station.shown.rows] == ["ok", "stop"]
    assert station.shown.lines == ("En omlånad, en gick inte att låna om",)


def test_a_line_that_broke_after_the_account_was_opened_renews_nothing(station):
    station.card_accepted()
    station.press("renew")
    station.account_opened(loan_of("1", "Emil"))
    station.set(line_up=False)
    station.press("renew_all")

    assert station.all(AskWrite) == []
    assert station.state == State.OFFLINE
    assert "Vi får inget svar just nu. Försök igen om en stund." in station.shown.lines
