import pytest

from station.errors import ReaderUnavailableError
from station.readers.pn5180_check import check
from station.readers.pn5180_opening import Wiring
from tests.station.readers.conftest import BUS, BUSY_PIN, PAD_DEVICE, PAD_RESET_PIN

PAD = Wiring(BUS, PAD_DEVICE, BUSY_PIN, PAD_RESET_PIN)


def test_a_whole_chip_says_so(pad_chip, board):
    report = check(PAD, board)

    assert report.versions.product == (3, 5)
    assert report.versions.eeprom == (0, 9)
    assert (report.keeps_registers, report.field_stands) == (True, True)


def test_a_chip_without_its_five_volts_says_so(pad_chip, board):
    pad_chip.antenna_broken = True

    assert check(PAD, board).field_stands is False


def test_a_bit_that_sticks_on_the_bus_is_found(pad_chip, board):
    change = pad_chip._change
    pad_chip._change = lambda register, action, value: change(
        register, action, bytes([value[0] | 1, *value[1:]])
    )

    assert check(PAD, board).keeps_registers is False


def test_no_chip_is_an_answer_of_one_line(pad_chip, board):
    pad_chip.silent = True

    with pytest.raises(ReaderUnavailableError, match="no PN5180 answers"):
        check(PAD, board)
