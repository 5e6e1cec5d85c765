"""Keys choose, press, and change the volume."""

import pytest

from station.effects import Earcon, Volume
from station.visit import State
from tests.station.rehearsal import (
    Rehearsal,
)


@pytest.fixture
def station():
    return Rehearsal()


def test_the_chosen_button_is_spoken_and_pressed_by_the_centre(station):
    station.keys("right", "right")
    assert station.said == "Hjälp."
    station.keys("centre")
    assert station.state == State.HELP


def test_louder_changes_the_volume_without_cutting_the_voice(station):
    assert station.keys("louder") == (Volume(steps=1), Earcon(name="digit"))
