import pytest

from firmware_config import wiring
from firmware_config.header import GPIO_PINS, NAMES, joints
from firmware_config.kit import load_kit, names
from firmware_config.parts import parts
from firmware_config.supply import supply_of


def test_every_pin_has_one_name_and_every_gpio_one_pin():
    assert sorted(NAMES) == list(range(1, 41))
    assert len(set(GPIO_PINS.values())) == len(GPIO_PINS) == 28
    assert set(wiring.PINS) <= set(GPIO_PINS)


@pytest.mark.parametrize(
    ("gpio", "pin"), [(2, 3), (4, 7), (17, 11), (10, 19), (8, 24), (7, 26), (26, 37), (21, 40)]
)
def test_a_gpio_is_where_the_boards_have_it(gpio, pin):
    assert GPIO_PINS[gpio] == pin


@pytest.mark.parametrize("name", names())
def test_only_spi_and_rails_share_a_pin(name):
    kit = load_kit(name)
    shared: dict[str, set[str]] = {}
    for joint in joints(parts(kit)):
        shared.setdefault(joint.point, set()).add(joint.part.key)
    spi = {GPIO_PINS[pin] for pins in wiring.SPI_PINS.values() for pin in pins}

    for point, keys in shared.items():
        if len(keys) > 1 and point.isdecimal():
            rail = not NAMES[int(point)].startswith("GPIO")
            assert rail or int(point) in spi, f"{point} is shared by {keys}"


@pytest.mark.parametrize("name", names())
def test_what_the_kit_names_is_what_is_wired(name):
    kit = load_kit(name)
    ends = {(j.part.key, j.wire.terminal): j.wire.end for j in joints(parts(kit))}

    for key, pin in kit.keys.items():
        assert ends["keys", key] == f"GPIO {pin}"
    for reader in kit.readers:
        assert ends[f"reader-{reader.place}", "RST"] == f"GPIO {reader.reset_pin}"
        fed = "5V" if reader.driver == "pn5180" else "3.3V"
        assert ends[f"reader-{reader.place}", fed] == supply_of(reader)
    if kit.lamp is not None:
        assert ends["lamp", "LED + by 330 Ω"] == f"GPIO {kit.lamp}"


def test_grounds_are_used_in_turn_before_one_is_shared():
    grounds = [j.pin for j in joints(parts(load_kit("loan-pi5-pn5180"))) if j.wire.end == "GND"]

    assert len(set(grounds)) == len(grounds) > 4
