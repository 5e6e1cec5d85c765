"""Whether an MFRC522 is there and whole: what a technician's command asks before anything else."""

import time
from hashlib import sha256

from msgspec import Struct

from station.errors import ReaderUnavailableError
from station.readers.mfrc522_registers import VERSIONS, let_go, open_registers
from station.readers.transceiver import FLUSH, IDLE, Registers

MEM, CALC_CRC, SOFT_RESET = 0x01, 0x03, 0x0F
AUTO_TEST_ON, AUTO_TEST_OFF = 0x09, 0x00
BUFFER_BYTES, RESULT_BYTES = 25, 64
STEP_SECONDS, STEPS_MAX = 0.005, 20

RESULTS = {
    0x91: "576db6642edd98db8d9f986f79659e1790b06366cbde4f8744616885c5cf6072",
    0x92: "e08d3cf25809d2e1540a63e60731bc7feb4e8747b83a686ee5bebabf2f83aba0",
}
"""SHA-256 of the 64 bytes that section 16.1.1 prints for each version."""


class ChipReport(Struct, frozen=True, kw_only=True):
    """What one chip says of itself."""

    version: int
    name: str
    whole: bool | None
    """Whether its digital part works; None where the data sheet does not say how its test ends."""


def check(bus: int, device: int, reset_pin: int | None) -> ChipReport:
    """Return how the chip on *bus* and *device* is; `ReaderUnavailableError` where none answers.

    Nobody else may use the chip meanwhile: the test wipes its registers.
    """
    chip = open_registers(bus, device, reset_pin)
    try:
        version = chip.Read_MFRC522(chip.VersionReg)
        expected = RESULTS.get(version)
        whole = None if expected is None else sha256(self_test(chip)).hexdigest() == expected
    finally:
        let_go(chip, reset_pin)
    return ChipReport(version=version, name=VERSIONS[version], whole=whole)


def self_test(chip: Registers) -> bytes:
    """Return the 64 bytes of the digital self-test (MFRC522 rev 3.9, 16.1.1)."""
    _reset(chip)
    chip.spi.xfer2([chip.FIFODataReg << 1, *bytes(BUFFER_BYTES)])
    chip.Write_MFRC522(chip.CommandReg, MEM)
    chip.Write_MFRC522(chip.AutoTestReg, AUTO_TEST_ON)
    chip.Write_MFRC522(chip.FIFODataReg, 0)
    chip.Write_MFRC522(chip.CommandReg, CALC_CRC)
    for _ in range(STEPS_MAX):
        if chip.Read_MFRC522(chip.FIFOLevelReg) == RESULT_BYTES:
            break
        time.sleep(STEP_SECONDS)
    else:
        raise ReaderUnavailableError("the chip did not end its self-test; check its 3.3 V")
    result = chip.spi.xfer2([chip.FIFODataReg << 1 | 0x80] * RESULT_BYTES + [0])[1:]
    chip.Write_MFRC522(chip.AutoTestReg, AUTO_TEST_OFF)
    _reset(chip)
    return bytes(result)


def _reset(chip: Registers) -> None:
    """Put every register back, and empty the FIFO."""
    chip.Write_MFRC522(chip.CommandReg, SOFT_RESET)
    time.sleep(STEP_SECONDS)
    chip.Write_MFRC522(chip.CommandReg, IDLE)
    chip.Write_MFRC522(chip.FIFOLevelReg, FLUSH)
