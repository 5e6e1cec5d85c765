"""Frames through the chip: what never comes is awaited no longer than it may take."""

import time

import pytest

from station.errors import ReaderUnavailableError
from station.readers.chips.virtual_vicinity import Icode
from station.readers.pn5180_link import WAITS_MS, Air, Link
from station.readers.pn5180_opening import Wiring, open_host
from tests.station.readers.conftest import BUS, BUSY_PIN, PAD_DEVICE, PAD_RESET_PIN

ASK_ALL = b"\x26\x01\x00"
ANSWER = b"\x00\x00" + bytes.fromhex("e004010012345678")[::-1]


@pytest.fixture
def link(pad_chip, board):
    host, _ = open_host(Wiring(BUS, PAD_DEVICE, BUSY_PIN, PAD_RESET_PIN), board)
    yield Link(host)
    host.close()


def lay(chip) -> None:
    chip.field.put(Icode(bytes.fromhex("e004010012345678")))


def test_an_answer_comes_without_its_checksum(pad_chip, link):
    lay(pad_chip)
    link.enter(Air.ISO15693)

    heard = link.exchange(ASK_ALL, patience_ms=2)

    assert (heard.data, heard.collision, heard.last_bits) == (ANSWER, None, 0)


def test_two_answers_at_once_are_a_collision_at_its_bit(pad_chip, link):
    lay(pad_chip)
    pad_chip.field.put(Icode(bytes.fromhex("e00401001234567a")))
    link.enter(Air.ISO15693)

    # 16 bits of flags and DSFID, then the UID's lowest bit, which is the same in both.
    assert link.exchange(ASK_ALL, patience_ms=2).collision == 18


def test_silence_is_told_by_the_chip_s_own_timer(pad_chip, link):
    link.enter(Air.ISO15693)
    before = pad_chip.transfers

    assert link.exchange(ASK_ALL, patience_ms=2) is None
    assert pad_chip.transfers - before == 4


def test_noise_that_never_ends_is_nothing_and_takes_bounded_time(pad_chip, link):
    link.enter(Air.ISO15693)
    # The timer stopped when something began, and nothing ever ended.
    pad_chip._send = lambda _: None
    pad_chip._commands[0x09] = pad_chip._send
    began = time.monotonic()

    assert link.exchange(ASK_ALL, patience_ms=2) is None
    assert time.monotonic() - began < 2 * sum(WAITS_MS) / 1000


def test_a_field_that_has_gone_is_a_chip_that_has_stopped(pad_chip, link):
    link.enter(Air.ISO15693)
    pad_chip.lose_power()

    with pytest.raises(ReaderUnavailableError, match="stopped answering"):
        link.exchange(ASK_ALL, patience_ms=2)


def test_a_bus_of_ones_is_no_answer(pad_chip, link):
    link.enter(Air.ISO15693)
    pad_chip.transfer = lambda sent: [0xFF] * len(sent)

    with pytest.raises(ReaderUnavailableError, match="stopped answering"):
        link.exchange(ASK_ALL, patience_ms=2)


def test_whoever_closes_ends_the_next_frame(link):
    link.enter(Air.ISO15693)
    link.cancel()

    with pytest.raises(ReaderUnavailableError, match="was closed"):
        link.tell(ASK_ALL)
