"""The Raspberry Pi's header: which pins SPI takes, and what two parts cannot share."""

from typing import NamedTuple

SPI_PINS = {0: frozenset({7, 8, 9, 10, 11}), 1: frozenset({19, 20, 21})}
"""Clock, data and, on bus 0, both chip selects (they are taken even where one is unused)."""

SPI1_SELECT_PINS = (18, 17, 16)
DEVICES = {0: 2, 1: 3}
"""Chip selects on each bus."""


class Select(NamedTuple):
    """A part called *name* on chip select *device* of SPI bus *bus*."""

    name: str
    bus: int
    device: int


def taken(selects: list[Select]) -> dict[int, str]:
    """Return the pins that SPI takes for *selects*, each with what takes it."""
    pins = {pin: f"SPI bus {select.bus}" for select in selects for pin in SPI_PINS[select.bus]}
    for select in selects:
        if select.bus == 1:
            pins[SPI1_SELECT_PINS[select.device]] = f"reader {select.name}'s chip select"
    return pins


def problem(selects: list[Select], pins: list[tuple[str, int]]) -> str:
    """Return what cannot be wired so, or nothing; *pins* are (what for, BCM number)."""
    return _select_problem(selects) or _pin_problem(taken(selects), pins)


def _select_problem(selects: list[Select]) -> str:
    seen: dict[tuple[int, int], str] = {}
    for select in selects:
        if select.device >= DEVICES[select.bus]:
            return f"SPI bus {select.bus} has no device {select.device} (reader {select.name})"
        first = seen.setdefault(select[1:], select.name)
        if first != select.name:
            where = f"SPI bus {select.bus}, device {select.device}"
            return f"readers {first} and {select.name} are both on {where}"
    return ""


def _pin_problem(used: dict[int, str], pins: list[tuple[str, int]]) -> str:
    for what, pin in pins:
        first = used.setdefault(pin, what)
        if first is not what:
            return f"GPIO {pin} is used twice: {first} and {what}"
    return ""
