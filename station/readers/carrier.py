"""One thread per reader: it polls, tells what came and went, and comes back after a fault."""

import threading
import time
from collections.abc import Callable

from station.errors import ReaderUnavailableError
from station.events import Place
from station.readers.port import Reader, TagEvent
from station.readers.presence import Presence

POLL_IDLE_MS = 200
POLL_TAG_MS = 100
RETRY_MS = 2_000
STOP_SECONDS_MAX = 5.0

OnEvent = Callable[[Place, TagEvent], None]
OnFault = Callable[[Place, str | None], None]


class ReaderCarrier(threading.Thread):
    """Carries what happens on one antenna; its callbacks must only put it in an inbox."""

    def __init__(
        self,
        place: Place,
        connect: Callable[[], Reader],
        *,
        on_event: OnEvent,
        on_fault: OnFault,
        stable_ms: int = 0,
        retry_ms: int = RETRY_MS,
    ) -> None:
        """Poll the reader that *connect* opens; after a fault, open it again."""
        super().__init__(name=f"reader-{place}", daemon=True)
        self.place = place
        self._connect = connect
        self._on_event = on_event
        self._on_fault = on_fault
        self._retry_ms = retry_ms
        self._presence = Presence(stable_ms)
        self._reader: Reader | None = None
        self._fault: str | None = None
        self._stopping = threading.Event()

    def run(self) -> None:
        """Carry until told to stop."""
        wait_ms = 0
        while not self._stopping.wait(wait_ms / 1000):
            wait_ms = self._turn()
        self._let_go()

    def stop(self) -> None:
        """Return when the thread is gone, or say which one would not go."""
        self._stopping.set()
        self.join(STOP_SECONDS_MAX)
        if self.is_alive():
            raise RuntimeError(f"{self.name} did not stop in {STOP_SECONDS_MAX} s")

    def _turn(self) -> int:
        """Poll once and return how many milliseconds to rest."""
        try:
            if self._reader is None:
                self._reader = self._connect()
            found = self._reader.poll()
        except ReaderUnavailableError as error:
            self._fail(str(error))
            return self._retry_ms
        if self._fault is not None:
            self._report(None)
        self._tell(self._presence.polled(found, time.monotonic_ns() // 1_000_000))
        return POLL_TAG_MS if found else POLL_IDLE_MS

    def _fail(self, message: str) -> None:
        self._let_go()
        self._tell(self._presence.lost())
        if self._fault is None:
            self._report(message)

    def _report(self, message: str | None) -> None:
        self._fault = message
        self._on_fault(self.place, message)

    def _tell(self, events: list[TagEvent]) -> None:
        for event in events:
            self._on_event(self.place, event)

    def _let_go(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None
