"""The MFRC522 on an SPI bus, opened through the mfrc522 package, or told why it cannot be."""

import logging
from typing import cast

from station.errors import ReaderUnavailableError
from station.readers.transceiver import Registers

SPI_HZ = 1_000_000
BCM_NUMBERING = 11
NO_CHIP = (0x00, 0xFF)
"""What a bus reads where nothing pulls it: a wire is loose, or the chip has no power."""
VERSIONS = {
    0x90: "MFRC522 version 0",
    0x91: "MFRC522 version 1",
    0x92: "MFRC522 version 2",
    0x88: "FM17522, a copy",
    0x12: "an unnamed copy",
    0xB2: "FM17522E, a copy",
}
"""VersionReg (MFRC522 rev 3.9, 9.3.4.8), and what copies put there."""


def open_registers(bus: int, device: int, reset_pin: int | None) -> Registers:
    """Return the chip on SPI *bus* and *device*, awake, or raise `ReaderUnavailableError`."""
    name = f"SPI bus {bus}, device {device}"
    if reset_pin is None:
        raise ReaderUnavailableError(
            f"{name}: the kit names no reset_pin; say which GPIO the chip's RST is on"
        )
    try:
        chip = _registers(bus, device, reset_pin)
    except PermissionError as error:
        raise ReaderUnavailableError(
            f"{name}: this user may not use it ({error}); "
            "add the user to groups spi and gpio, and start the station again"
        ) from error
    except (ImportError, OSError, RuntimeError) as error:
        raise ReaderUnavailableError(
            f"{name}: cannot be opened ({error}); "
            "check that config.txt turns SPI on and that this user is in groups spi and gpio"
        ) from error
    version = chip.Read_MFRC522(chip.VersionReg)
    if version not in VERSIONS:
        let_go(chip, reset_pin)
        raise ReaderUnavailableError(f"{name}: {_stranger(version)}")
    return chip


def let_go(chip: Registers, reset_pin: int | None) -> None:
    """Close the bus, and give back this chip's pin only."""
    from RPi import GPIO  # noqa: PLC0415 -- there is none before a reader is chosen

    chip.spi.close()
    GPIO.cleanup(reset_pin)


def _stranger(version: int) -> str:
    said = f"(version register {version:#04x})"
    if version in NO_CHIP:
        return f"no MFRC522 answers {said}; check 3.3 V, ground, MISO and the chip select"
    return (
        f"what answers is no MFRC522 {said}; "
        "check that the kit names this chip's bus and device, and shorten the wires"
    )


def _registers(bus: int, device: int, reset_pin: int) -> Registers:
    """Return the package's class for the chip, without the log handler it adds each time."""
    from mfrc522 import MFRC522  # noqa: PLC0415 -- importing it takes hold of the GPIO

    log = logging.getLogger("mfrc522Logger")
    handlers = list(log.handlers)
    chip = MFRC522(bus=bus, device=device, spd=SPI_HZ, pin_mode=BCM_NUMBERING, pin_rst=reset_pin)
    log.handlers[:] = handlers
    return cast("Registers", chip)
