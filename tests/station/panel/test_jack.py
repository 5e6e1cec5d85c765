import queue
import time

import pytest

from station.panel.jack import SETTLE_MS, Jack

PIN = 22
SOON = 2.0


@pytest.fixture
def told() -> queue.Queue[bool]:
    return queue.Queue()


@pytest.fixture
def jack(factory, told):
    jack = Jack(PIN, factory, told.put)
    yield jack
    jack.close()


def test_headphones_are_in_when_they_have_sat_still(jack, factory, told):
    factory.pin(PIN).drive_low()
    assert not jack.plugged

    assert told.get(timeout=SOON) is True
    assert jack.plugged


def test_headphones_are_out_at_once(jack, factory, told):
    factory.pin(PIN).drive_low()
    told.get(timeout=SOON)

    factory.pin(PIN).drive_high()

    assert told.get_nowait() is False
    assert not jack.plugged


def test_a_plug_that_touches_and_slips_is_not_in(jack, factory, told):
    factory.pin(PIN).drive_low()
    factory.pin(PIN).drive_high()
    time.sleep(2 * SETTLE_MS / 1000)
    assert told.empty()


def test_a_crackling_plug_is_in_once(jack, factory, told):
    for _ in range(5):
        factory.pin(PIN).drive_low()
        factory.pin(PIN).drive_high()
    factory.pin(PIN).drive_low()

    assert told.get(timeout=SOON) is True
    time.sleep(2 * SETTLE_MS / 1000)
    assert told.empty()


def test_headphones_that_were_in_before_the_station_began_are_found(factory, told):
    class PluggedAlready(Jack):
        pass

    factory.pin(PIN)._set_pull = lambda pull: factory.pin(PIN).drive_low()
    jack = PluggedAlready(PIN, factory, told.put)
    assert told.get(timeout=SOON) is True
    jack.close()


def test_a_jack_closed_while_it_settles_says_nothing(factory, told):
    jack = Jack(PIN, factory, told.put)
    factory.pin(PIN).drive_low()
    jack.close()
    time.sleep(2 * SETTLE_MS / 1000)
    assert told.empty()


def test_a_plug_whose_slipping_was_missed_is_still_not_in(jack, factory, told):
    factory.pin(PIN).drive_low()
    # The level changes and no edge is reported: a busy kernel drops some.
    factory.pin(PIN)._state = True
    time.sleep(2 * SETTLE_MS / 1000)
    assert told.empty()
