"""The keys: each pressed once however its contacts bounce."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from gpiozero import DigitalInputDevice

BOUNCE_MS = 50


class Keys:
    """Calls back with a key's name when it goes down; holding it does nothing more."""

    def __init__(
        self,
        pins: Mapping[str, int],
        factory: Any,
        on_key: Callable[[str], None],
        *,
        mono: Callable[[], float] = time.monotonic,
    ) -> None:
        """Listen to a key between each of *pins* and ground; *mono* tells seconds."""
        self._on_key = on_key
        self._mono = mono
        self._moved: dict[str, float] = {}
        self._keys: list[Any] = []
        try:
            for name, pin in pins.items():
                self._keys.append(self._key(name, pin, factory))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the pins."""
        for key in self._keys:
            key.close()

    def _key(self, name: str, pin: int, factory: Any) -> Any:
        # Not gpiozero's Button: for a holding that nobody asks for, it wakes ten times a second.
        key = DigitalInputDevice(pin, pull_up=True, pin_factory=factory)
        key.when_activated = partial(self._down, name)
        key.when_deactivated = partial(self._up, name)
        return key

    def _down(self, name: str) -> None:
        if self._settled(name):
            self._on_key(name)

    def _up(self, name: str) -> None:
        self._settled(name)

    def _settled(self, name: str) -> bool:
        """Return whether the contacts had been still; mock pins know no bounce time."""
        now = self._mono()
        before = self._moved.get(name)
        self._moved[name] = now
        return before is None or (now - before) * 1000 >= BOUNCE_MS
