"""What a hub sees to by itself, now and then."""

import threading
from collections.abc import Callable, Mapping

import structlog
from sqlalchemy import Engine

from hub import fleet
from hub.faults import where
from hub.inbox import Inbox
from hub.line import Line
from hub.shelves import Shelves

log = structlog.get_logger()

REFRESH_SECONDS = 30.0
SETTINGS_MS = 3_600_000


class Caretaker(threading.Thread):
    """Sees to what is due, now and then: what to forget, what was not fetched."""

    def __init__(
        self,
        cares: Mapping[str, Callable[[int], int]],
        *,
        now_ms: Callable[[], int],
        seconds: float,
    ) -> None:
        """Do each of *cares* every so many *seconds*.

        Each is told the time (UTC, by *now_ms*), and returns of how many it was done; that is
        logged under its name.
        """
        super().__init__(name="caretaker", daemon=True)
        self._cares, self._now_ms, self._seconds = cares, now_ms, seconds
        self._stopping = threading.Event()

    def run(self) -> None:
        """Care until told to stop."""
        while not self._stopping.wait(self._seconds):
            for name, care in self._cares.items():
                try:
                    if many := care(self._now_ms()):
                        log.info(name, many=many)
                except Exception as error:  # noqa: BLE001 - a busy database today is free tomorrow
                    log.error("not_seen_to", what=name, **where(error))

    def stop(self) -> None:
        """Return when the thread is gone."""
        self._stopping.set()
        self.join(5.0)


class Republisher(threading.Thread):
    """Tells every station of a new shelf when the catalogue's content has changed."""

    def __init__(
        self,
        engine: Engine,
        shelves: Shelves,
        inbox: Inbox,
        line: Line,
        *,
        now_ms: Callable[[], int],
    ) -> None:
        """Look at *shelves* now and then; what is new goes out on *line*."""
        super().__init__(name="republisher", daemon=True)
        self._engine, self._now_ms = engine, now_ms
        self._shelves = shelves
        self._inbox = inbox
        self._line = line
        self._stopping = threading.Event()

    def run(self) -> None:
        """Look until told to stop."""
        said = ""
        while not self._stopping.wait(REFRESH_SECONDS):
            # The leave to lend offline is renewed every hour; a quiet station must hear of it.
            key = self._shelves.sealing_key()
            now_ms = self._now_ms()
            due = f"{now_ms // SETTINGS_MS} {key.id if key else ''}"
            try:
                if self._shelves.refresh() or due != said:
                    self._line.say([self._inbox.settings(each, now_ms) for each in self._alive()])
                    said = due
            except Exception as error:  # noqa: BLE001 - a busy database today is free tomorrow
                log.error("not_republished", **where(error))

    def _alive(self) -> list[fleet.Enrolled]:
        with self._engine.execution_options(read_only=True).begin() as db:
            known = fleet.stations(db)
        return [each.enrolled for each in known if each.alive]

    def stop(self) -> None:
        """Return when the thread is gone."""
        self._stopping.set()
        self.join(5.0)
