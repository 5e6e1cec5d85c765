"""An antenna for each test: a virtual chip, and the real driver on it."""

from collections.abc import Iterator
from typing import Any

import pytest

from station.readers import open_reader
from station.readers.chips import virtual_bus
from station.readers.chips.virtual_lines import mock_board
from station.readers.chips.virtual_mfrc522 import VirtualMfrc522
from station.readers.chips.virtual_pn5180 import VirtualPn5180
from station.readers.port import Reader

BUS, DEVICE, RESET_PIN = 0, 0, 25
PAD_DEVICE, BUSY_PIN, PAD_RESET_PIN = 1, 23, 24


@pytest.fixture
def chip() -> Iterator[VirtualMfrc522]:
    virtual_bus.install()
    chip = VirtualMfrc522()
    virtual_bus.attach(BUS, DEVICE, chip)
    yield chip
    virtual_bus.detach(BUS, DEVICE)


@pytest.fixture
def reader(chip: VirtualMfrc522) -> Iterator[Reader]:
    reader = open_reader("rc522", bus=BUS, device=DEVICE, reset_pin=RESET_PIN)
    yield reader
    reader.close()


@pytest.fixture
def board() -> Any:
    return mock_board()


@pytest.fixture
def pad_chip(board: Any) -> Iterator[VirtualPn5180]:
    virtual_bus.install()
    chip = VirtualPn5180()
    chip.solder(board, busy_pin=BUSY_PIN, reset_pin=PAD_RESET_PIN)
    virtual_bus.attach(BUS, PAD_DEVICE, chip)
    yield chip
    virtual_bus.detach(BUS, PAD_DEVICE)


@pytest.fixture
def pad(pad_chip: VirtualPn5180, board: Any) -> Iterator[Reader]:
    reader = open_reader(
        "pn5180",
        bus=BUS,
        device=PAD_DEVICE,
        reset_pin=PAD_RESET_PIN,
        busy_pin=BUSY_PIN,
        pins=board,
    )
    yield reader
    reader.close()
