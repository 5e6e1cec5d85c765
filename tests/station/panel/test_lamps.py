import threading
import time

import pytest

from station.panel.lamps import PATTERNS, Lamp

PIN = 17
FLASHES_PER_SECOND_MAX = 3


@pytest.fixture
def lamp(factory):
    before = set(threading.enumerate())
    lamp = Lamp(PIN, factory)
    yield lamp
    lamp.close()
    assert set(threading.enumerate()) == before


def lit(factory) -> bool:
    return bool(factory.pin(PIN).state)


def test_the_lamp_begins_dark(lamp, factory):
    assert not lit(factory)


def test_a_ready_station_is_lit_without_flashing(lamp, factory):
    threads = threading.active_count()
    lamp.show("ready")
    assert lit(factory)
    assert threading.active_count() == threads


def test_a_problem_flashes_and_the_next_pattern_ends_it(lamp, factory):
    lamp.show("problem")
    time.sleep(0.7)
    flashes = [state for _, state in factory.pin(PIN).states if state]
    assert len(flashes) >= 2

    lamp.show("ready")
    assert lit(factory)
    time.sleep(0.3)
    assert lit(factory)
    lamp.show("off")
    assert not lit(factory)


def test_the_same_pattern_again_does_not_begin_anew(lamp):
    lamp.show("busy")
    threads = set(threading.enumerate())
    lamp.show("busy")
    assert set(threading.enumerate()) == threads


def test_no_pattern_flashes_so_fast_that_it_could_harm():
    for rhythm in PATTERNS.values():
        assert not rhythm.dark or 1 / (rhythm.lit + rhythm.dark) <= FLASHES_PER_SECOND_MAX


def test_the_patterns_differ_in_rhythm():
    assert len(set(PATTERNS.values())) == len(PATTERNS)


def test_a_pattern_nobody_has_drawn_is_a_programmers_mistake(lamp):
    with pytest.raises(AssertionError):
        lamp.show("rainbow")
