import threading
import time

import pytest
from gpiozero import GPIOZeroError

from station.panel.keys import BOUNCE_MS, Keys


class Finger:
    """A key, a clock to hold still, and what was heard."""

    def __init__(self, factory, **patience) -> None:
        self.seconds = 10.0
        self.heard: list[str] = []
        self.keys = Keys(
            {"ok": 5, "1": 6}, factory, self.heard.append, mono=lambda: self.seconds, **patience
        )
        self._factory = factory

    def down(self, pin: int = 5) -> None:
        self._factory.pin(pin).drive_low()

    def up(self, pin: int = 5) -> None:
        self._factory.pin(pin).drive_high()

    def wait(self, ms: int) -> None:
        self.seconds += ms / 1000


@pytest.fixture
def finger(factory):
    finger = Finger(factory)
    yield finger
    finger.keys.close()


def test_a_key_is_heard_when_it_goes_down(finger):
    finger.down()
    assert finger.heard == ["ok"]
    finger.up()
    assert finger.heard == ["ok"]


def test_a_bouncing_contact_is_one_press(finger):
    for _ in range(5):
        finger.down()
        finger.wait(2)
        finger.up()
        finger.wait(2)
    assert finger.heard == ["ok"]


def test_a_contact_that_bounces_as_it_opens_is_no_press(finger):
    finger.down()
    finger.wait(400)
    finger.up()
    finger.wait(3)
    finger.down()
    finger.wait(3)
    finger.up()
    assert finger.heard == ["ok"]


def test_a_double_strike_within_fifty_milliseconds_is_one(finger):
    finger.down()
    finger.up()
    finger.wait(BOUNCE_MS - 1)
    finger.down()
    assert finger.heard == ["ok"]


def test_two_presses_by_a_quick_finger_are_two(finger):
    for _ in range(2):
        finger.down()
        finger.wait(60)
        finger.up()
        finger.wait(60)
    assert finger.heard == ["ok", "ok"]


def test_a_held_key_is_not_repeated(finger):
    finger.down()
    finger.wait(5000)
    assert finger.heard == ["ok"]


def test_two_keys_do_not_wait_for_each_other(finger):
    finger.down(5)
    finger.down(6)
    assert finger.heard == ["ok", "1"]


def test_keys_that_nobody_touches_cost_nothing(factory):
    before = set(threading.enumerate())
    keys = Keys({str(n): 4 + n for n in range(10)}, factory, lambda _: None)
    began = time.process_time()

    assert set(threading.enumerate()) == before
    time.sleep(0.2)
    assert time.process_time() - began < 0.1
    keys.close()


def test_a_pin_that_is_taken_leaves_no_key_half_made(factory):
    first = Keys({"ok": 5}, factory, lambda _: None)
    with pytest.raises(GPIOZeroError):
        Keys({"1": 6, "2": 5}, factory, lambda _: None)
    Keys({"1": 6}, factory, lambda _: None).close()
    first.close()


def strike(finger, pin=5):
    finger.down(pin)
    finger.wait(60)
    finger.up(pin)
    finger.wait(140)


def test_where_it_is_set_a_second_strike_of_the_same_key_is_not_heard_and_another_key_is(factory):
    finger = Finger(factory, same_key_ms=500)
    strike(finger)
    strike(finger)
    strike(finger, 6)
    assert finger.heard == ["ok", "1"]

    finger.wait(500)
    strike(finger)

    assert finger.heard == ["ok", "1", "ok"]
    finger.keys.close()


def test_a_key_struck_again_and_again_is_heard_once_in_that_time(factory):
    finger = Finger(factory, same_key_ms=500)
    for _ in range(6):
        strike(finger)

    assert finger.heard == ["ok", "ok"]
    finger.keys.close()
