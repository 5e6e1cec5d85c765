import queue
import time

import pytest

from station.panel.panel import Panel, PanelPins
from station.panel.simulated import SimulatedPanel, with_keys

PINS = PanelPins(keys={"ok": 5, "1": 6}, lamp=17, jack=22)
SOON = 2.0


@pytest.fixture
def heard() -> queue.Queue:
    return queue.Queue()


@pytest.fixture
def panel(factory, heard):
    panel = Panel(PINS, factory, on_key=heard.put, on_headphones=heard.put)
    yield panel
    panel.close()


@pytest.fixture
def hand(panel, factory) -> SimulatedPanel:
    return SimulatedPanel(PINS, factory)


def test_a_pressed_key_is_heard(hand, heard):
    hand.press("ok")
    assert heard.get_nowait() == "ok"
    assert hand.keys == ["ok", "1"]


def test_a_pin_code_typed_in_haste_loses_no_digit(hand, heard):
    for _ in range(4):
        hand.press("1")
    assert [heard.get_nowait() for _ in range(4)] == ["1"] * 4


def test_headphones_go_in_and_out(hand, heard, panel):
    hand.plug(True)
    assert heard.get(timeout=SOON) is True
    assert panel.headphones
    hand.plug(False)
    assert heard.get(timeout=SOON) is False


def test_the_hand_sees_the_lamp(hand, panel):
    assert not hand.lamp_lit
    panel.show("problem")
    ends = time.monotonic() + SOON
    while not hand.lamp_lit:
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_a_panel_without_jack_and_lamp_has_none(factory):
    hand = SimulatedPanel(PanelPins(), factory)
    hand.plug(True)
    assert not hand.lamp_lit


def test_every_key_there_is_fits_beside_what_the_kit_has():
    names = [*"0123456789", "clear", "ok", "up", "down", "left", "right", "centre"]
    pins = with_keys(PINS, [*names, "repeat", "louder", "softer"])

    soldered = [*pins.keys.values(), pins.lamp, pins.jack]
    assert len(pins.keys) == 20
    assert len(set(soldered)) == len(soldered)
    assert pins.keys["ok"] == 5
