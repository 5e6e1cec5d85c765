import time

import pytest

from station.panel.buzzer import SOUNDS, Buzzer

PIN = 27


@pytest.fixture
def buzzer(factory):
    buzzer = Buzzer(PIN, factory)
    yield buzzer
    buzzer.close()


def beeps(factory) -> int:
    return sum(1 for _, state in factory.pin(PIN).states if state)


@pytest.mark.parametrize("name", ["digit", "done"])
def test_each_sound_has_its_own_number_of_beeps(buzzer, factory, name):
    buzzer.beep(name)
    time.sleep(0.5)
    assert beeps(factory) == SOUNDS[name].times
    assert not factory.pin(PIN).state


def test_a_new_sound_cuts_the_one_before(buzzer, factory):
    buzzer.beep("problem")
    buzzer.beep("digit")
    time.sleep(0.2)
    assert not factory.pin(PIN).state


def test_the_sounds_can_be_told_apart():
    assert len(set(SOUNDS.values())) == len(SOUNDS)
