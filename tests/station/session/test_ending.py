"""Every way in which a visit can end."""

import pytest

from station.effects import AskCard, AskWrite, VisitEnded
from station.events import (
    CardAnswered,
    Place,
    TagTaken,
)
from station.visit import State
from tests.station.rehearsal import (
    CARD,
    OTHER_CARD,
    RONJA,
    Rehearsal,
)


@pytest.fixture
def station():
    return Rehearsal()


def test_the_next_card_ends_the_visit_before_it(station):
    station.card_accepted()
    station.place(RONJA)
    station.happens(TagTaken(place=Place.CARD, uid=CARD.uid), OTHER_CARD)

    assert station.outcomes() == ["dropped"]
    assert station.session.card == OTHER_CARD.card
    assert station.session.rows == ()
    assert station.all(VisitEnded)
    station.happens(CardAnswered(ask=station.last(AskCard).ask, refused=None, holds_ready=0))
    assert len(station.all(AskWrite)) == 1, "the first visitor's book went to the second"


def test_a_visitor_who_left_while_the_catalogue_thought_has_borrowed_nothing(station):
    station.card_accepted()
    station.place(RONJA)
    station.wait(60)
    assert station.outcomes() == ["dropped"]
    assert station.state == State.IDLE
