"""The jack: headphones are out the moment they may be, and in only when they surely are."""

import threading
from collections.abc import Callable
from typing import Any

from gpiozero import DigitalInputDevice

SETTLE_MS = 100


class Jack:
    """Calls back when headphones come and go: private words must never reach the loudspeaker."""

    def __init__(self, pin: int, factory: Any, on_headphones: Callable[[bool], None]) -> None:
        """Listen to a switch between *pin* and ground, closed while headphones are in."""
        self._on_headphones = on_headphones
        self._plugged = False
        self._settling: threading.Timer | None = None
        self._switch = DigitalInputDevice(pin, pull_up=True, pin_factory=factory)
        self._switch.when_activated = self._closed
        self._switch.when_deactivated = self._opened
        if self._switch.is_active:
            self._closed()

    @property
    def plugged(self) -> bool:
        """Return whether headphones are surely in."""
        return self._plugged

    def close(self) -> None:
        """Let go of the pin and end what was still settling."""
        self._switch.when_activated = self._switch.when_deactivated = None
        self._cancel()
        self._switch.close()

    def _opened(self) -> None:
        self._cancel()
        self._report(False)

    def _closed(self) -> None:
        self._cancel()
        self._settling = threading.Timer(SETTLE_MS / 1000, self._settled)
        self._settling.name = "jack-settling"
        self._settling.daemon = True
        self._settling.start()

    def _settled(self) -> None:
        if self._switch.is_active:
            self._report(True)

    def _cancel(self) -> None:
        # Joined, so that a late "in" can never be told after an "out".
        if self._settling is not None:
            self._settling.cancel()
            self._settling.join()
            self._settling = None

    def _report(self, plugged: bool) -> None:
        if plugged != self._plugged:
            self._plugged = plugged
            self._on_headphones(plugged)
