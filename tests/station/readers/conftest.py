"""An antenna for each test: a virtual chip, and the real driver on it."""

from collections.abc import Iterator

import pytest

from station.readers import open_reader
from station.readers.chips import virtual_bus
from station.readers.chips.virtual_mfrc522 import VirtualMfrc522
from station.readers.port import Reader

BUS, DEVICE, RESET_PIN = 0, 0, 25


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
