from firmware_config.wiring import Select, problem, taken


def test_spi_bus_0_takes_both_its_chip_selects():
    assert set(taken([Select("card", 0, 0)])) == {7, 8, 9, 10, 11}


def test_spi_bus_1_takes_the_chip_select_it_uses():
    assert set(taken([Select("finger", 1, 2)])) == {16, 19, 20, 21}


def test_pins_are_free_where_no_reader_is_on_the_bus():
    assert problem([], [("keys.up", 9)]) == ""


def test_two_parts_on_one_pin_are_both_named():
    assert problem([], [("lamp", 4), ("buzzer", 4)]) == "GPIO 4 is used twice: lamp and buzzer"
