"""A chip that cannot be opened is told of in one line that says what to do."""

import importlib
import sys

import pytest

from station.errors import ReaderUnavailableError
from station.readers.chips import virtual_bus
from station.readers.mfrc522_registers import VERSIONS, let_go, open_registers


@pytest.mark.parametrize("version", sorted(VERSIONS))
def test_every_make_that_is_known_is_opened(chip, version):
    chip.version = version
    let_go(open_registers(0, 0, 25), 25)


@pytest.mark.parametrize("version", [0x00, 0xFF])
def test_an_empty_bus_is_told_with_the_wires_to_check(chip, version):
    chip.version = version
    with pytest.raises(ReaderUnavailableError, match=r"no MFRC522 answers .*chip select$"):
        open_registers(0, 0, 25)


def test_another_chip_is_not_taken_for_this_one(chip):
    chip.version = 0x37
    with pytest.raises(ReaderUnavailableError, match=r"is no MFRC522 \(version register 0x37\)"):
        open_registers(0, 0, 25)
    assert 25 not in importlib.import_module("RPi.GPIO").levels


def test_a_user_without_permission_is_told_which_groups_to_join(chip):
    virtual_bus.forbid(0, 0)
    with pytest.raises(ReaderUnavailableError, match=r"may not use it .*groups spi and gpio"):
        open_registers(0, 0, 25)


def test_a_machine_without_the_gpio_library_is_told(chip, monkeypatch):
    monkeypatch.setitem(sys.modules, "mfrc522", None)
    with pytest.raises(ReaderUnavailableError, match=r"cannot be opened .*mfrc522"):
        open_registers(0, 0, 25)


def test_every_answer_is_one_line(chip):
    chip.version = 0x37
    with pytest.raises(ReaderUnavailableError) as told:
        open_registers(0, 0, 25)
    assert "\n" not in str(told.value)
