import threading

import pytest

from station.errors import PanelUnavailableError
from station.panel.factories import open_factory
from station.panel.panel import Panel, PanelPins

PINS = PanelPins(keys={"ok": 5}, lamp=17, buzzer=27, jack=22)


def panel(pins: PanelPins, factory, heard: list) -> Panel:
    return Panel(pins, factory, on_key=heard.append, on_headphones=heard.append)


def test_the_panel_carries_keys_and_shows_patterns(factory):
    heard: list = []
    whole = panel(PINS, factory, heard)

    factory.pin(5).drive_low()
    whole.show("ready")

    assert heard == ["ok"]
    assert factory.pin(17).state
    assert not whole.headphones
    whole.close()


def test_a_station_without_lamp_and_buzzer_shows_nothing_and_complains_of_nothing(factory):
    bare = panel(PanelPins(), factory, [])
    bare.show("problem")
    bare.beep("digit")
    assert not bare.headphones
    bare.close()


def test_a_closed_panel_leaves_no_thread(factory):
    before = set(threading.enumerate())
    whole = panel(PINS, factory, [])
    whole.show("problem")
    whole.beep("problem")
    factory.pin(22).drive_low()
    whole.close()
    assert set(threading.enumerate()) == before


def test_two_parts_on_one_pin_are_said_to_be_and_nothing_is_kept():
    factory = open_factory("mock")
    with pytest.raises(PanelUnavailableError, match=r"GPIO5.*check the kit's pins"):
        panel(PanelPins(keys={"ok": 5}, lamp=5), factory, [])
    panel(PINS, factory, []).close()
