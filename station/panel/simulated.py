"""A hand for the mock pins: presses keys, plugs headphones in, and looks at the lamp."""

import threading
import time
from collections.abc import Iterable
from typing import Any

from msgspec import structs

from station.panel.keys import BOUNCE_MS
from station.panel.panel import PanelPins

STRIKE_SECONDS = (BOUNCE_MS + 10) / 1000
"""No finger strikes one key twice in less time; faster would be taken for bouncing."""
HEADER_PINS = range(2, 28)


class SimulatedPanel:
    """Drives the pins of a panel that is open on the same mock *factory*."""

    def __init__(self, pins: PanelPins, factory: Any) -> None:
        """Be the hand at *pins*."""
        self._pins = pins
        self._factory = factory
        self._lock = threading.Lock()
        self._struck: dict[str, float] = {}

    @property
    def keys(self) -> list[str]:
        """Return the keys that can be pressed."""
        return list(self._pins.keys)

    @property
    def lamp_lit(self) -> bool:
        """Return whether the lamp is lit at this moment."""
        return self._pins.lamp is not None and bool(self._factory.pin(self._pins.lamp).state)

    def press(self, key: str) -> None:
        """Press *key* and let it go, no faster than a finger can."""
        pin = self._factory.pin(self._pins.keys[key])
        with self._lock:
            ready = self._struck.get(key, 0.0) + STRIKE_SECONDS
            time.sleep(max(0.0, ready - time.monotonic()))
            pin.drive_low()
            pin.drive_high()
            self._struck[key] = time.monotonic()

    def plug(self, headphones: bool) -> None:
        """Plug headphones in, or pull them out; without a jack nothing happens."""
        if self._pins.jack is None:
            return
        pin = self._factory.pin(self._pins.jack)
        with self._lock:
            if headphones:
                pin.drive_low()
            else:
                pin.drive_high()


def with_keys(pins: PanelPins, names: Iterable[str]) -> PanelPins:
    """Return *pins* with each key of *names* soldered somewhere: mock pins cost nothing."""
    taken = {*pins.keys.values(), pins.lamp, pins.buzzer, pins.jack}
    free = (pin for pin in HEADER_PINS if pin not in taken)
    more = {name: next(free) for name in names if name not in pins.keys}
    return structs.replace(pins, keys={**pins.keys, **more})
