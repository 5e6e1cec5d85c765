"""Whether a chip is there and whole."""

import pytest

from station.errors import ReaderUnavailableError
from station.readers import mfrc522_check
from station.readers.chips.virtual_ntag import Ntag
from station.readers.mfrc522_check import ChipReport, check
from station.readers.rc522 import Rc522Reader


def test_a_whole_chip_passes_its_own_test(chip):
    assert check(0, 0, 25) == ChipReport(version=0x92, name="MFRC522 version 2", whole=True)


def test_a_damaged_chip_does_not(chip):
    chip.broken = True
    assert check(0, 0, 25).whole is False


def test_of_a_copy_nobody_can_say(chip):
    chip.version = 0x88
    assert check(0, 0, 25) == ChipReport(version=0x88, name="FM17522, a copy", whole=None)


def test_after_its_test_a_chip_reads_as_before(chip):
    chip.field.put(Ntag(bytes.fromhex("04a1b2112233aa")))
    check(0, 0, 25)

    reader = Rc522Reader(bus=0, device=0, reset_pin=25)

    assert len(reader.poll()) == 1
    reader.close()


def test_a_chip_that_never_ends_its_test_is_not_waited_for(chip, monkeypatch):
    monkeypatch.setattr(mfrc522_check, "CALC_CRC", 0)
    with pytest.raises(ReaderUnavailableError, match="did not end its self-test"):
        check(0, 0, 25)


def test_no_chip_is_no_report(chip):
    chip.silent = True
    with pytest.raises(ReaderUnavailableError, match="no MFRC522 answers"):
        check(0, 0, 25)
