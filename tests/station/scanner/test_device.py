"""A scanner as the kernel gives it."""

import os

import pytest

from station.errors import ReaderUnavailableError
from station.scanner.device import Keyboard, open_scanner
from station.scanner.keys import EV_KEY, KeyText
from tests.station.scanner.typing import typed


@pytest.mark.parametrize("length", [1, 17, 23, 25, 1000])
def test_records_that_come_in_pieces_are_put_together(length):
    reading, writing = os.pipe()
    keyboard, text, done = Keyboard(reading), KeyText(), []
    records = typed("30000001")
    for at in range(0, len(records), length):
        os.write(writing, records[at : at + length])
        for key in keyboard.keys(0):
            if key.type == EV_KEY:
                done += text.key(key.code, key.value, key.at_ms)
    os.close(writing)
    keyboard.close()

    assert done == ["30000001"]


def test_no_scanner_at_all_is_said_by_its_name(tmp_path):
    with pytest.raises(ReaderUnavailableError, match="no scanner 'Ring' is plugged in"):
        open_scanner("Ring", tmp_path)


def test_what_is_no_keyboard_is_passed_over(tmp_path):
    (tmp_path / "event0").write_bytes(b"")

    with pytest.raises(ReaderUnavailableError, match="is plugged in"):
        open_scanner("Ring", tmp_path)
