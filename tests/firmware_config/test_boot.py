import msgspec

from firmware_config.boot import config_lines
from firmware_config.kit import KitReader, KitSound, load_kit


def test_a_simulated_kit_asks_nothing_of_the_firmware():
    assert config_lines(load_kit("simulated-loan")) == []


def test_two_readers_need_both_chip_selects():
    assert "dtoverlay=spi0-2cs" in config_lines(load_kit("loan-pi4-mfrc522"))
    assert "dtoverlay=spi0-2cs" not in config_lines(load_kit("listening-pi4-mfrc522"))


def test_a_reader_on_the_second_bus_opens_it():
    finger = KitReader(place="finger", bus=1, device=0)
    kit = msgspec.structs.replace(load_kit("listening-pi4-mfrc522"), readers=(finger,))

    lines = config_lines(kit)

    assert "dtoverlay=spi1-1cs" in lines
    assert "dtparam=spi=on" not in lines


def test_a_sound_card_takes_the_place_of_the_boards_own_jack():
    kit = msgspec.structs.replace(
        load_kit("loan-pi4-mfrc522"), sound=KitSound(overlay="hifiberry-dac")
    )

    assert "dtparam=audio=on" in config_lines(load_kit("loan-pi4-mfrc522"))
    assert {"dtoverlay=hifiberry-dac", "dtparam=audio=off"} <= set(config_lines(kit))


def test_no_line_is_written_twice_or_too_long_for_the_firmware():
    for name in ("loan-pi4-mfrc522", "listening-pi4-mfrc522"):
        lines = config_lines(load_kit(name))

        assert len(lines) == len(set(lines))
        assert max(map(len, lines)) <= 80
