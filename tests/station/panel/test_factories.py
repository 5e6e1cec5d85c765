import pytest

from station.errors import PanelUnavailableError
from station.panel.factories import STATES_KEPT, open_factory


def test_two_stations_mock_pins_are_not_the_same():
    assert open_factory("mock").pin(5) is not open_factory("mock").pin(5)


def test_a_lamp_that_blinks_for_months_does_not_fill_the_memory(factory):
    pin = factory.pin(5)
    for _ in range(3 * STATES_KEPT):
        pin.drive_low()
        pin.drive_high()
    assert len(pin.states) <= STATES_KEPT


def test_a_machine_without_pins_says_what_to_check():
    with pytest.raises(PanelUnavailableError, match="group gpio"):
        open_factory("lgpio")
