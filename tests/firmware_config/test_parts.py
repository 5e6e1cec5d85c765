import msgspec
import pytest

from firmware_config.kit import KitPrinter, KitSound, load_kit, names
from firmware_config.parts import parts


def keys_of(kit):
    return [part.key for part in parts(kit)]


@pytest.mark.parametrize("name", names())
def test_every_part_has_wires_something_to_buy_and_a_word_on_how_it_is_mounted(name):
    for part in parts(load_kit(name)):
        assert part.wires
        assert part.buy
        assert part.note.endswith(".")


def test_each_chip_select_goes_to_its_own_pin():
    selects = {
        part.key: wire.end
        for part in parts(load_kit("simulated-loan-pn5180"))
        for wire in part.wires
        if "NSS" in wire.terminal
    }

    assert selects == {
        "reader-card": "GPIO 8", "reader-pad": "GPIO 7", "reader-finger": "GPIO 18"
    }  # fmt: skip


def test_a_pn5180_has_both_voltages_and_a_busy_line():
    (pad,) = (part for part in parts(load_kit("loan-pi5-pn5180")) if part.key == "reader-pad")

    ends = {wire.terminal: wire.end for wire in pad.wires}
    assert (ends["5V"], ends["3.3V"], ends["BUSY"]) == ("5V", "3V3", "GPIO 23")


def test_the_jack_is_fed_by_the_board_only_where_the_board_makes_the_sound():
    own = next(part for part in parts(load_kit("loan-pi4-mfrc522")) if part.key == "jack")
    other = next(part for part in parts(load_kit("loan-pi5-pn5180")) if part.key == "jack")

    assert "3.5 mm" in {wire.end for wire in own.wires}
    assert "3.5 mm" not in {wire.end for wire in other.wires}


def test_an_amplifier_is_woken_by_its_own_pin_and_has_a_loudspeaker():
    kit = msgspec.structs.replace(
        load_kit("listening-zero2-pn5180"), sound=KitSound(overlay="max98357a")
    )
    sound = next(part for part in parts(kit) if part.key == "sound")

    assert "GPIO 4" in {wire.end for wire in sound.wires}
    assert any("loudspeaker" in bought for bought in sound.buy)


def test_a_screen_hangs_on_the_socket_that_the_kit_names():
    for name, socket in (("loan-pi4-pn5180", "DSI"), ("loan-pi5-pn5180", "HDMI 0")):
        screen = next(part for part in parts(load_kit(name)) if part.key == "screen")
        assert socket in {wire.end for wire in screen.wires}


def test_a_printer_is_drawn_and_listed_where_the_kit_has_one():
    kit = load_kit("loan-pi5-pn5180")
    assert "printer" not in keys_of(kit)

    with_printer = msgspec.structs.replace(kit, printer=KitPrinter(paper_mm=58))

    assert keys_of(with_printer)[-1] == "printer"
    assert "58 mm" in parts(with_printer)[-1].title
