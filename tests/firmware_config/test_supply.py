import msgspec
import pytest

from firmware_config.kit import KitReader, KitScanner, load_kit, names
from firmware_config.supply import MFRC522_MA, PN5180_FIELD_MA, draws, warnings


def with_readers(name, *readers):
    return msgspec.structs.replace(load_kit(name), readers=readers)


@pytest.mark.parametrize("name", names())
def test_nothing_is_warned_of_in_a_kit_that_comes_with_the_product(name):
    assert warnings(load_kit(name)) == []


def test_a_card_reader_on_5_volts_is_warned_of():
    reader = KitReader(place="card", bus=0, device=0, supply="5V")

    (warned,) = warnings(with_readers("loan-pi4-mfrc522", reader))

    assert warned.key == "reader[0].supply"
    assert "5 V destroy it; did you mean `3V3`?" in warned.text


def test_a_pad_on_3_volts_is_said_to_read_less_far():
    fine = KitReader(place="card", bus=0, device=0, supply="3V3")
    weak = KitReader(
        place="pad", driver="pn5180", bus=0, device=1, reset_pin=4, busy_pin=5, supply="3V3"
    )

    (warned,) = warnings(with_readers("loan-pi4-pn5180", fine, weak))

    assert warned.key == "reader[1].supply"
    assert "reads less far" in warned.text


def test_more_than_the_3v3_pins_give_is_warned_of_with_both_figures():
    readers = [
        KitReader(place=place, driver="pn5180", bus=0, device=0, supply="3V3")
        for place in ("card", "pad")
    ]

    told = [each.text for each in warnings(with_readers("loan-pi4-pn5180", *readers))]

    # Two PN5180 with 275 mA each, a buzzer with 30 and a lamp with 4.
    assert any("584 mA from the 3V3 pins of a Raspberry Pi 4, which give 500 mA" in t for t in told)


def test_a_small_board_cannot_feed_a_screen_and_a_scanner():
    screen = load_kit("loan-pi5-pn5180").screen
    kit = msgspec.structs.replace(
        load_kit("listening-zero2-pn5180"),
        screen=screen,
        scanner=KitScanner(place="finger", name="ring"),
    )

    assert any("from the USB sockets" in each.text for each in warnings(kit))


def test_each_part_is_counted_on_the_rail_it_hangs_on():
    found = {draw.part: draw for draw in draws(load_kit("loan-pi5-pn5180"))}

    assert set(found) == {
        "reader card", "reader pad", "sound board", "buzzer", "lamp", "screen"
    }  # fmt: skip
    assert found["reader card"].rail_3v3 == MFRC522_MA
    assert found["reader pad"].rail_5v == PN5180_FIELD_MA
    assert (found["screen"].rail_5v, found["screen"].usb) == (0, 1000)


def test_what_is_virtual_draws_nothing():
    assert draws(load_kit("simulated-loan")) == []
