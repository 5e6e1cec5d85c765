"""Whether a PN5180 is there and whole: what a technician's command asks before anything else."""

from typing import Any

from msgspec import Struct

from station.errors import ReaderUnavailableError
from station.readers.pn5180_host import Pn5180Host, Register
from station.readers.pn5180_link import Air, Link
from station.readers.pn5180_opening import Versions, Wiring, open_host

PATTERNS = (0x55555, 0xAAAAA, 0x00000)
"""Of the 20 bits of a timer's register, each once a one and once a zero."""


class PadReport(Struct, frozen=True, kw_only=True):
    """What one chip says of itself."""

    versions: Versions
    keeps_registers: bool
    """What is written to a register is read from it: the bus is whole both ways."""
    field_stands: bool
    """The field comes up: the chip has its 5 V, and its antenna draws no more than it may."""


def check(wiring: Wiring, pins: Any = None) -> PadReport:
    """Return how the chip at *wiring* is; `ReaderUnavailableError` where none answers.

    Nobody else may use the chip meanwhile. The chip has no self-test that a host can start, so
    this is the bus and the field.
    """
    host, versions = open_host(wiring, pins)
    try:
        keeps = all(_keeps(host, pattern) for pattern in PATTERNS)
        return PadReport(versions=versions, keeps_registers=keeps, field_stands=_field_stands(host))
    finally:
        host.close()


def _keeps(host: Pn5180Host, pattern: int) -> bool:
    host.write_register(Register.TIMER1_RELOAD, pattern)
    return host.read_register(Register.TIMER1_RELOAD) == pattern


def _field_stands(host: Pn5180Host) -> bool:
    try:
        Link(host).enter(Air.ISO15693)
    except ReaderUnavailableError:
        return False
    host.rf_off()
    return True
