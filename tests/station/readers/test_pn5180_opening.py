"""A chip that cannot be opened is told of in one line that says what to do."""

import sys

import pytest
from gpiozero import DigitalOutputDevice

from station.errors import ReaderUnavailableError
from station.readers.chips import virtual_bus
from station.readers.pn5180_opening import Wiring, open_host
from tests.station.readers.conftest import BUS, BUSY_PIN, PAD_DEVICE, PAD_RESET_PIN

PAD = Wiring(BUS, PAD_DEVICE, BUSY_PIN, PAD_RESET_PIN)


def refusal(board, wiring=PAD) -> str:
    with pytest.raises(ReaderUnavailableError) as told:
        open_host(wiring, board)
    assert "\n" not in str(told.value)
    assert str(told.value).startswith("SPI bus 0, device 1: ")
    return str(told.value)


def test_a_chip_is_known_by_its_versions(pad_chip, board):
    host, versions = open_host(PAD, board)
    host.close()

    assert (versions.product, versions.firmware) == ((3, 5), (3, 5))


@pytest.mark.parametrize("versions", [bytes(6), b"\xff" * 6])
def test_an_empty_bus_is_told_with_the_wires_to_check(pad_chip, board, versions):
    pad_chip.versions = versions

    assert "no PN5180 answers" in refusal(board)


def test_another_chip_is_not_taken_for_this_one(pad_chip, board):
    pad_chip.versions = bytes(range(0x91, 0x97))

    assert "is no PN5180 (versions 919293949596)" in refusal(board)


def test_a_busy_line_that_stays_high_is_told_with_its_wire(pad_chip, board):
    pad_chip.stuck = True

    assert "BUSY stays high; check the wire from BUSY to the kit's busy_pin" in refusal(board)


def test_a_loose_busy_wire_reads_as_busy(pad_chip, board):
    # Nothing drives this pin but its own pull-up.
    assert "BUSY stays high" in refusal(board, PAD._replace(busy_pin=22))


def test_a_user_without_permission_is_told_which_groups_to_join(pad_chip, board):
    virtual_bus.forbid(BUS, PAD_DEVICE)

    assert "this user may not use it" in refusal(board)


def test_a_bus_that_is_not_there_is_told(pad_chip, board):
    virtual_bus.detach(BUS, PAD_DEVICE)

    assert "check that config.txt turns SPI on" in refusal(board)


def test_a_machine_without_the_bus_s_library_is_told(pad_chip, board, monkeypatch):
    monkeypatch.setitem(sys.modules, "spidev", None)

    assert "cannot be opened" in refusal(board)


@pytest.mark.parametrize("lacking", ["busy_pin", "reset_pin"])
def test_a_kit_that_names_no_line_is_told(pad_chip, board, lacking):
    told = refusal(board, PAD._replace(**{lacking: None}))

    assert "the kit must name busy_pin and reset_pin" in told


def test_a_refusal_lets_go_of_the_bus(pad_chip, board, monkeypatch):
    closed = []
    monkeypatch.setattr(virtual_bus.SpiDev, "close", lambda _: closed.append("bus"))
    pad_chip.versions = bytes(6)

    refusal(board)

    assert closed == ["bus"]


def test_a_pin_that_somebody_else_uses_is_told_and_free_again_with_the_others(pad_chip, board):
    other = DigitalOutputDevice(PAD_RESET_PIN, pin_factory=board)
    assert "reset_pin 24 cannot be used" in refusal(board)
    other.close()

    host, _ = open_host(PAD, board)
    host.close()
