"""The pages' view of the decider: the present screen, and a turn at every new one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from station.decider import Decider
from station.events import ButtonPressed, KeyPressed
from station.screens import Screen

STILL_HERE_SECONDS = 5.0


class Viewing:
    """What the kiosk's pages see and touch; every page waits on a thread of the server."""

    def __init__(
        self, decider: Decider, size_px: tuple[int, int], px_per_mm: float, *, has_screen: bool
    ) -> None:
        """Show *decider*'s screens at *px_per_mm*."""
        self.has_screen = has_screen
        self.size_px = size_px
        self.px_per_mm = px_per_mm
        self._decider = decider
        self._news = threading.Condition()
        self._turn = 0
        self._closed = False
        decider.watch(self._drawn)

    def _drawn(self, _screen: Screen) -> None:
        with self._news:
            self._turn += 1
            self._news.notify_all()

    def screen(self) -> Screen:
        """Return the present screen."""
        return self._decider.screen()

    @contextmanager
    def changes(self) -> Iterator[Iterator[None]]:
        """Give what yields at once, at every new screen, and at least every few seconds."""
        yield self._turns()

    def _turns(self) -> Iterator[None]:
        while not self._closed:
            seen = self._turn
            yield
            with self._news:
                self._news.wait_for(lambda: self._closed or self._turn != seen, STILL_HERE_SECONDS)  # noqa: B023

    def press(self, button: str) -> None:
        """Press the button *button* of the present screen."""
        self._decider.tell(ButtonPressed(button=button))

    def key(self, key: str) -> None:
        """Press *key* of the keypad on the screen."""
        self._decider.tell(KeyPressed(key=key))

    def health(self) -> dict[str, Any]:
        """Return how the station fares, without anything of anybody's."""
        state = self._decider.state(connection=0)
        return {
            "station": self._decider.badge.station,
            "alive": self._decider.is_alive(),
            "owed": state.owed,
            "faults": state.faults,
            "clock_trusted": state.clock_trusted,
            "shelf": bool(state.shelf_version),
        }

    def close(self) -> None:
        """End every page's stream."""
        with self._news:
            self._closed = True
            self._news.notify_all()
