import importlib
import sys
from types import ModuleType

import pytest

from station.readers.chips import virtual_bus
from station.readers.chips.virtual_mfrc522 import VirtualMfrc522


@pytest.fixture(autouse=True)
def bus():
    virtual_bus.install()


def test_a_driver_finds_the_virtual_bus_under_the_real_names():
    spi = importlib.import_module("spidev").SpiDev()
    virtual_bus.attach(1, 2, VirtualMfrc522())

    spi.open(1, 2)

    assert spi.xfer2([0x37 << 1 | 0x80, 0]) == [0, 0x92]
    virtual_bus.detach(1, 2)


def test_a_chip_that_is_not_there_is_missing_as_on_a_pi():
    with pytest.raises(FileNotFoundError, match=r"spidev1\.7"):
        virtual_bus.SpiDev().open(1, 7)


def test_a_closed_device_cannot_be_used():
    virtual_bus.attach(1, 2, VirtualMfrc522())
    spi = virtual_bus.SpiDev()
    spi.open(1, 2)
    spi.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        spi.xfer2([0, 0])
    virtual_bus.detach(1, 2)


def test_a_machine_with_a_real_bus_never_gets_the_virtual_one(monkeypatch):
    monkeypatch.setitem(sys.modules, "spidev", ModuleType("spidev"))
    with pytest.raises(AssertionError, match="real kit"):
        virtual_bus.install()


def test_a_pin_must_be_claimed_before_it_is_driven():
    gpio = virtual_bus.Gpio()
    with pytest.raises(RuntimeError, match="setmode"):
        gpio.setup(25, gpio.OUT)
    gpio.setmode(gpio.BCM)
    with pytest.raises(RuntimeError, match="OUTPUT"):
        gpio.output(25, 1)
    gpio.setup(25, gpio.OUT)
    gpio.output(25, 1)
    assert gpio.levels == {25: 1}
    gpio.cleanup(25)
    assert gpio.levels == {}


def test_one_process_numbers_its_pins_in_one_way():
    gpio = virtual_bus.Gpio()
    gpio.setmode(gpio.BCM)
    with pytest.raises(ValueError, match="different mode"):
        gpio.setmode(gpio.BOARD)


def test_a_user_who_may_not_use_a_chip_is_refused_as_on_a_pi():
    virtual_bus.attach(1, 2, VirtualMfrc522())
    virtual_bus.forbid(1, 2)
    with pytest.raises(PermissionError, match=r"Permission denied.*spidev1\.2"):
        virtual_bus.SpiDev().open(1, 2)
    virtual_bus.detach(1, 2)
