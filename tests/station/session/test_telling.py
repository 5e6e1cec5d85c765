"""What is told of every decision."""

import pytest

from station.effects import Hush, Lamp, Say
from station.visit import State
from tests.station.rehearsal import (
    CARD,
    Rehearsal,
)


@pytest.fixture
def station():
    return Rehearsal()


def test_the_lamp_follows_the_station(station):
    station.happens(CARD)
    assert station.last(Lamp).pattern == "busy"


def test_a_station_at_rest_does_not_speak_into_an_empty_room(station):
    station.press("help")
    station.effects.clear()
    station.wait(61)
    assert station.state == State.IDLE
    assert station.all(Say) == []
    assert station.all(Hush)
