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
        same_key_ms: int = 0,
        mono: Callable[[], float] = time.monotonic,
    ) -> None:
        """Listen to a key between each of *pins* and ground; *mono* tells seconds.

        A key is not heard again for *same_key_ms* after it was pressed (EN 301 549, 5.8): for
        hands that strike twice where they mean once.
        """
        self._on_key = on_key
        self._same_key_ms = same_key_ms
        self._pressed: dict[str, float] = {}
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
        if self._settled(name) and not self._struck_twice(name):
            self._on_key(name)

    def _up(self, name: str) -> None:
        self._settled(name)

    def _struck_twice(self, name: str) -> bool:
        """Return whether *name* was pressed so lately that it was not meant again."""
        now = self._mono()
        before = self._pressed.get(name)
        if before is not None and (now - before) * 1000 < self._same_key_ms:
            return True
        self._pressed[name] = now
        return False

    def _settled(self, name: str) -> bool:
        """Return whether the contacts had been still; mock pins know no bounce time."""
        now = self._mono()
        before = self._moved.get(name)
        self._moved[name] = now
        return before is None or (now - before) * 1000 >= BOUNCE_MS
