"""What time it is at the least, written down, so that time also passes over restarts."""

import structlog
from msgspec import Struct

from station.clock import Clock
from station.journal import Journal
from station.notebook import Notebook

log = structlog.get_logger()

DOCUMENT = "time"
KEEP_MS = 600_000
"""How much time a restart may forget."""
CORRECTED_MS = 86_400_000
"""A floor that has gone back so far was wrong; by less, two clocks are not quite of one pace."""


class KnownTime(Struct, frozen=True):
    """The time, UTC milliseconds, that it has been at the least."""

    floor_ms: int


def known_ms(notebook: Notebook) -> int:
    """Return the time that *notebook* has known, 0 where none was ever written down."""
    known = notebook.get(DOCUMENT, KnownTime)
    return known.floor_ms if known else 0


class Timekeeper:
    """Writes the clock's floor down now and then; one thread calls."""

    def __init__(self, clock: Clock, notebook: Notebook, journal: Journal | None) -> None:
        """Keep *clock*'s floor in *notebook*; one that was wrong is put right in *journal* too."""
        self._clock = clock
        self._notebook = notebook
        self._journal = journal
        self._kept_at_ms = clock.mono_ms()
        self._seen_ms = clock.floor_ms()

    def look(self) -> None:
        """Write the floor down where that is due, or where it was wrong."""
        mono_ms, floor_ms = self._clock.mono_ms(), self._clock.floor_ms()
        corrected = self._seen_ms - floor_ms > CORRECTED_MS
        self._seen_ms = floor_ms
        if corrected:
            log.warning("time_corrected", floor_ms=floor_ms)
            if self._journal is not None:
                self._journal.correct_floor(floor_ms)
        if corrected or mono_ms - self._kept_at_ms >= KEEP_MS:
            self._kept_at_ms = mono_ms
            self._notebook.put(DOCUMENT, KnownTime(floor_ms))
