"""The Raspberry Pi's header: which pins the buses take, and what two parts cannot share."""

from typing import NamedTuple

SPI_PINS = {0: frozenset({7, 8, 9, 10, 11}), 1: frozenset({19, 20, 21})}
"""Clock, data and, on bus 0, both chip selects (they are taken even where one is unused)."""

SPI1_SELECT_PINS = (18, 17, 16)
DEVICES = {0: 2, 1: 3}
"""Chip selects on each bus."""

I2S_PINS = frozenset({18, 19, 20, 21})
"""Bit clock, word clock, data in and data out; the kernel takes all four."""

SOUND_PINS = {"max98357a": 4, "googlevoicehat-soundcard": 16}
"""What an overlay takes besides I2S: the pin that wakes the amplifier.

GPIO 4: `sdmode-pin` in the README of the kernel's overlays.  GPIO 16: pin 36, AMP_ENABLE, in the
pinout of the AIY projects' `docs/voice.md`.
"""

SERIAL_PINS = frozenset({14, 15})
"""The serial line's, once Bluetooth is off: `disable-bt` in the README of the kernel's overlays."""

PINS = range(2, 28)
"""The GPIOs of the header by BCM number; 0 and 1 belong to the board's identity chip."""


class Select(NamedTuple):
    """A part called *name* on chip select *device* of SPI bus *bus*; *key* is it in the kit."""

    name: str
    bus: int
    device: int
    key: str = ""


class Pin(NamedTuple):
    """GPIO *number* for *what*, given under *key* of the kit."""

    key: str
    what: str
    number: int


class Problem(NamedTuple):
    """Why something cannot be wired as *key* of the kit says, with what may have been meant."""

    key: str
    text: str


def taken(selects: list[Select], overlay: str = "") -> dict[int, str]:
    """Return the pins that SPI takes for *selects* and *overlay* for sound, each with its taker."""
    pins = {pin: f"SPI bus {select.bus}" for select in selects for pin in SPI_PINS[select.bus]}
    for select in selects:
        if select.bus == 1:
            pins[SPI1_SELECT_PINS[select.device]] = f"reader {select.name}'s chip select"
    if overlay:
        sound = {*I2S_PINS, *filter(None, (SOUND_PINS.get(overlay),))}
        pins |= dict.fromkeys(sound, f"sound overlay {overlay}")
    return pins


def problem(selects: list[Select], pins: list[Pin], overlay: str = "") -> Problem | None:
    """Return what cannot be wired so, or None."""
    return (
        _select_problem(selects)
        or _bus_problem(selects, overlay)
        or _pin_problem(taken(selects, overlay), pins)
    )


def _select_problem(selects: list[Select]) -> Problem | None:
    seen: dict[tuple[int, int], str] = {}
    for select in selects:
        text, where = "", (select.bus, select.device)
        if select.device >= DEVICES[select.bus]:
            text = f"SPI bus {select.bus} has no device {select.device} (reader {select.name})"
        elif where in seen:
            text = (
                f"readers {seen[where]} and {select.name} are both on SPI bus {select.bus}, "
                f"device {select.device}"
            )
        if text:
            return Problem(f"{select.key}.device", text + _meant_device(select, selects))
        seen[where] = select.name
    return None


def _meant_device(select: Select, selects: list[Select]) -> str:
    used = {other.device for other in selects if other.bus == select.bus}
    free = sorted(set(range(DEVICES[select.bus])) - used)
    return f"; did you mean `device = {free[0]}`?" if free else "; the bus has no other"


def _bus_problem(selects: list[Select], overlay: str) -> Problem | None:
    on_spi1 = next((select for select in selects if select.bus == 1), None)
    if not (overlay and on_spi1):
        return None
    used = {select.device for select in selects if select.bus == 0}
    free = sorted(set(range(DEVICES[0])) - used)
    meant = f"; did you mean `bus = 0` and `device = {free[0]}`?" if free else ""
    return Problem(
        f"{on_spi1.key}.bus",
        f"SPI bus 1 (reader {on_spi1.name}) and sound overlay {overlay} both need "
        f"GPIO 19, 20 and 21{meant}",
    )


def _pin_problem(used: dict[int, str], pins: list[Pin]) -> Problem | None:
    everyone = set(used) | {pin.number for pin in pins}
    for pin in pins:
        if pin.number not in PINS:
            text = f"GPIO {pin.number} is not on the header, which has {PINS[0]} to {PINS[-1]}"
            return Problem(pin.key, text + _meant_pin(pin.number, everyone))
        first = used.setdefault(pin.number, pin.what)
        if first is not pin.what:
            text = f"GPIO {pin.number} is used twice: {first} and {pin.what}"
            return Problem(pin.key, text + _meant_pin(pin.number, everyone))
    return None


def on_the_serial_line(pins: list[Pin], buses: dict[int, str]) -> Problem | None:
    """Return the first of *pins* that a board without Bluetooth has given away, or None.

    *buses* is what the others have `taken`.
    """
    used = {pin.number for pin in pins} | set(buses)
    for pin in pins:
        if pin.number in SERIAL_PINS:
            text = f"GPIO {pin.number} ({pin.what}) is the serial line's, as Bluetooth is off"
            return Problem(pin.key, text + _meant_pin(pin.number, used))
    return None


def _meant_pin(number: int, used: set[int]) -> str:
    free = sorted(set(PINS) - SERIAL_PINS - used, key=lambda pin: (abs(pin - number), pin))
    return f"; did you mean {free[0]}, which is free?" if free else "; no pin is free"
