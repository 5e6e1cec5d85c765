"""A scanner's thread, with the kernel's records through a pipe."""

import os
import queue

import pytest

from station.errors import ReaderUnavailableError
from station.scanner.carrier import ScannerCarrier
from station.scanner.device import RECORD, Keyboard
from tests.station.scanner.typing import typed

SOON = 5.0


class Plug:
    """A socket that a scanner is plugged into, and pulled out of."""

    def __init__(self) -> None:
        self.writing: int | None = None
        self.texts: queue.Queue = queue.Queue()
        self.faults: queue.Queue = queue.Queue()
        self.reading: int | None = None

    def plug_in(self) -> None:
        self.reading, self.writing = os.pipe()

    def pull_out(self) -> None:
        os.close(self.writing)

    def connect(self) -> Keyboard:
        if self.reading is None:
            raise ReaderUnavailableError("no scanner 'Ring' is plugged in")
        handle, self.reading = self.reading, None
        return Keyboard(handle)

    def type(self, records: bytes) -> None:
        os.write(self.writing, records)


@pytest.fixture
def plug():
    socket = Plug()
    carrier = ScannerCarrier(
        socket.connect, on_text=socket.texts.put, on_fault=socket.faults.put, retry_seconds=0.05
    )
    socket.plug_in()
    carrier.start()
    yield socket
    carrier.stop()
    try:
        socket.pull_out()
    except OSError:
        return


def test_what_is_scanned_arrives(plug):
    plug.type(typed("30000001"))

    assert plug.texts.get(timeout=SOON) == "30000001"


def test_without_an_enter_a_pause_ends_it(plug):
    plug.type(typed("30000001", end=None))

    assert plug.texts.get(timeout=SOON) == "30000001"


def test_a_number_of_which_keys_were_dropped_is_no_shorter_number(plug):
    dropped = RECORD.pack(1, 0, 0, 3, 0)
    plug.type(typed("312340", end=None) + dropped + typed("30000003", at_ms=1_040))
    plug.type(typed("30000002", at_ms=60_000))

    assert plug.texts.get(timeout=SOON) == "30000002"


def test_pulled_out_in_the_midst_of_a_scan_is_told_once_and_it_comes_back_by_itself(plug):
    plug.type(typed("3000", end=None)[: RECORD.size * 9])
    plug.pull_out()
    assert "plug it in again" in plug.faults.get(timeout=SOON)

    plug.plug_in()
    assert plug.faults.get(timeout=SOON) is None
    plug.type(typed("30000002", at_ms=60_000))

    assert plug.texts.get(timeout=SOON) == "30000002"
    assert plug.faults.empty()
