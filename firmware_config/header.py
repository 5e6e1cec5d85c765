"""The forty pins of the header, and which of them each wire of a kit is put on."""

from typing import NamedTuple

from firmware_config.parts import SOCKETS, Part, Wire

GPIO_PINS = {
    2: 3, 3: 5, 4: 7, 14: 8, 15: 10, 17: 11, 18: 12, 27: 13, 22: 15, 23: 16, 24: 18, 10: 19,
    9: 21, 25: 22, 11: 23, 8: 24, 7: 26, 0: 27, 1: 28, 5: 29, 6: 31, 12: 32, 13: 33, 19: 35,
    16: 36, 26: 37, 20: 38, 21: 40,
}  # fmt: skip
"""Where on the header each GPIO is; the same on every board with forty pins."""

RAIL_PINS = {"3V3": (1, 17), "5V": (2, 4), "GND": (6, 9, 14, 20, 25, 30, 34, 39)}
NAMES = {pin: f"GPIO {gpio}" for gpio, pin in GPIO_PINS.items()} | {
    pin: rail for rail, pins in RAIL_PINS.items() for pin in pins
}
"""What is printed beside each pin."""


class Joint(NamedTuple):
    """Wire *wire* of *part* put on *pin* of the header, or in *socket* of the board."""

    part: Part
    wire: Wire
    pin: int = 0
    socket: str = ""

    @property
    def end(self) -> str:
        """Return where it goes, as a technician reads it: `pin 19 (GPIO 10)`."""
        return f"pin {self.pin} ({NAMES[self.pin]})" if self.pin else f"the {self.socket} socket"

    @property
    def point(self) -> str:
        """Return the same for every wire that ends at the same point."""
        return str(self.pin) if self.pin else self.socket


def joints(parts: list[Part]) -> list[Joint]:
    """Return where each wire of *parts* goes; a rail's pins are used in turn, then shared."""
    turns = dict.fromkeys(RAIL_PINS, 0)
    found = []
    for part in parts:
        for wire in part.wires:
            if wire.end in SOCKETS:
                found.append(Joint(part, wire, socket=wire.end))
            elif wire.end in RAIL_PINS:
                pins = RAIL_PINS[wire.end]
                found.append(Joint(part, wire, pin=pins[turns[wire.end] % len(pins)]))
                turns[wire.end] += 1
            else:
                found.append(Joint(part, wire, pin=GPIO_PINS[int(wire.end.removeprefix("GPIO "))]))
    return found
