import msgspec
import pytest

from firmware_config.boot import cmdline_words, config_lines
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


@pytest.mark.parametrize(
    ("name", "section", "line"),
    [
        ("loan-pi4-mfrc522", "[pi4]", "dtparam=audio=on"),
        ("loan-pi5-pn5180", "[pi5]", "dtparam=rtc_bbat_vchg=3000000"),
        ("listening-zero2-pn5180", "[pi02]", "gpu_mem=16"),
    ],
)
def test_what_only_one_board_has_stands_in_its_section(name, section, line):
    lines = config_lines(load_kit(name))

    assert lines[-3:] == [section, line, "[all]"]
    assert [text for text in lines if text.startswith("[")] == [section, "[all]"]


def test_a_board_whose_jack_is_not_used_needs_no_section():
    kit = msgspec.structs.replace(
        load_kit("loan-pi4-mfrc522"), sound=KitSound(overlay="hifiberry-dac")
    )

    assert not [line for line in config_lines(kit) if line.startswith("[")]


def test_a_screen_on_hdmi_is_said_to_be_there_with_its_size():
    assert "video=HDMI-A-1:1280x800@60D" in cmdline_words(load_kit("loan-pi5-pn5180"))


def test_a_screen_on_dsi_and_a_station_without_one_are_not_told_of_hdmi():
    for name in ("loan-pi4-pn5180", "listening-zero2-pn5180", "simulated-loan"):
        assert not [word for word in cmdline_words(load_kit(name)) if word.startswith("video=")]
