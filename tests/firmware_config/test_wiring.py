from firmware_config.wiring import (
    I2S_PINS,
    SERIAL_PINS,
    Pin,
    Problem,
    Select,
    on_the_serial_line,
    problem,
    taken,
)


def test_spi_bus_0_takes_both_its_chip_selects():
    assert set(taken([Select("card", 0, 0)])) == {7, 8, 9, 10, 11}


def test_spi_bus_1_takes_the_chip_select_it_uses():
    assert set(taken([Select("finger", 1, 2)])) == {16, 19, 20, 21}


def test_a_sound_board_takes_its_bus_and_the_pin_that_wakes_it():
    assert set(taken([], "hifiberry-dac")) == I2S_PINS
    assert set(taken([], "max98357a")) == I2S_PINS | {4}


def test_pins_are_free_where_no_reader_is_on_the_bus():
    assert problem([], [Pin("keys.up", "keys.up", 9)]) is None


def test_two_parts_on_one_pin_are_both_named_with_the_nearest_free_one():
    pins = [Pin("lamp", "lamp", 4), Pin("buzzer", "buzzer", 4), Pin("jack", "jack", 3)]

    assert problem([], pins) == Problem(
        "buzzer", "GPIO 4 is used twice: lamp and buzzer; did you mean 5, which is free?"
    )


def test_a_pin_that_the_header_has_not_is_named():
    found = problem([], [Pin("lamp", "lamp", 40)])

    assert found == Problem(
        "lamp", "GPIO 40 is not on the header, which has 2 to 27; did you mean 27, which is free?"
    )


def test_a_reader_on_a_taken_chip_select_is_told_the_free_one():
    found = problem([Select("card", 1, 0, "reader[0]"), Select("pad", 1, 0, "reader[1]")], [])

    assert found is not None
    assert found.key == "reader[1].device"
    assert "readers card and pad are both on SPI bus 1, device 0" in found.text
    assert "did you mean `device = 1`?" in found.text


def test_sound_and_the_second_spi_bus_exclude_each_other():
    selects = [Select("card", 0, 0, "reader[0]"), Select("finger", 1, 0, "reader[1]")]

    assert problem(selects, []) is None
    found = problem(selects, [], "hifiberry-dac")
    assert found is not None
    assert found.key == "reader[1].bus"
    assert "SPI bus 1 (reader finger) and sound overlay hifiberry-dac both need" in found.text
    assert "did you mean `bus = 0` and `device = 1`?" in found.text


def test_a_pin_of_the_serial_line_is_refused_and_never_proposed():
    spi = taken([Select("card", 0, 0)])
    found = on_the_serial_line([Pin("lamp", "lamp", 13), Pin("keys.up", "keys.up", 14)], spi)

    assert found is not None
    assert found.key == "keys.up"
    assert "GPIO 14 (keys.up) is the serial line's, as Bluetooth is off" in found.text
    assert found.text.endswith("did you mean 12, which is free?")
    assert not any(f"did you mean {pin}," in found.text for pin in SERIAL_PINS)
    assert on_the_serial_line([Pin("lamp", "lamp", 17)], {}) is None
