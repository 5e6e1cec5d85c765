"""What time it is at the least, written down, so that time also passes over restarts."""

from msgspec import Struct

from station.clock import Clock
from station.notebook import Notebook

DOCUMENT = "time"
KEEP_MS = 600_000
"""How much time a restart may forget."""


class KnownTime(Struct, frozen=True):
    """The time, UTC milliseconds, that it has been at the least."""

    floor_ms: int


def known_ms(notebook: Notebook) -> int:
    """Return the time that *notebook* has known, 0 where none was ever written down."""
    known = notebook.get(DOCUMENT, KnownTime)
    return known.floor_ms if known else 0


class Timekeeper:
    """Writes the clock's floor down now and then; one thread calls."""

    def __init__(self, clock: Clock, notebook: Notebook) -> None:
        """Keep *clock*'s floor in *notebook*."""
        self._clock = clock
        self._notebook = notebook
        self._kept_at_ms = clock.mono_ms()

    def look(self) -> None:
        """Write the floor down where that is due."""
        mono_ms = self._clock.mono_ms()
        if mono_ms - self._kept_at_ms >= KEEP_MS:
            self._kept_at_ms = mono_ms
            self._notebook.put(DOCUMENT, KnownTime(self._clock.floor_ms()))
