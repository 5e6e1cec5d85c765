"""The uplink's one thread: a connection after another, and the conversation on each."""

import queue
import random
import threading
from collections.abc import Callable

import structlog

from circulation.instants import Instant
from station.uplink.connection import Address, Closed, Connection, Incoming, Opened
from station.uplink.conversation import Conversation
from station.uplink.port import Debts, Identity, News, Reporter

log = structlog.get_logger()

BACKOFF_SECONDS_MIN = 0.2
BACKOFF_SECONDS_MAX = 5.0
WAKE_SECONDS = 1.0


class Uplink(threading.Thread):
    """Carries between the journal and the hub until stopped; never decides."""

    def __init__(
        self,
        identity: Identity,
        address: Address,
        journal: Debts,
        *,
        reporter: Reporter,
        tell: Callable[[News], None],
        mono_ms: Callable[[], int],
        now: Callable[[], Instant] | None = None,
        rng: random.Random | None = None,
    ) -> None:
        """Send *journal*'s facts as *identity* to the broker at *address*; news goes to *tell*.

        *now* says how far certificates can be judged by the time; without it, by the machine's.
        """
        super().__init__(name="uplink", daemon=True)
        self.talk = Conversation(identity, journal, reporter=reporter, tell=tell, mono_ms=mono_ms)
        self._address = address
        self._now = now
        self._rng = rng or random.Random()  # noqa: S311 - jitter, no secret
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Return when the thread is gone, or say that it would not go."""
        self._stopping.set()
        self.talk.nudge()
        self.join(10.0)
        if self.is_alive():
            raise RuntimeError(f"{self.name} did not stop")

    def run(self) -> None:
        """Connect again and again, with back-off and jitter, until told to stop."""
        wait = BACKOFF_SECONDS_MIN
        while not self._stopping.is_set():
            try:
                if self._one_connection():
                    wait = BACKOFF_SECONDS_MIN
            except Exception as error:  # noqa: BLE001 - whatever it was, the next line may bear
                log.error("line_failed", problem=type(error).__name__)
            self._stopping.wait(wait * self._rng.uniform(0.5, 1.0))
            wait = min(wait * 2, BACKOFF_SECONDS_MAX)

    def _one_connection(self) -> bool:
        """Live through one connection; return whether the hub was heard on it."""
        now = self._now() if self._now else None
        connection = Connection(self._address, *self.talk.will(), now=now)
        opened = False
        try:
            connection.open()
            while self._worth_keeping(connection):
                match self._next(connection):
                    case Opened(refused="") if not opened:
                        opened = True
                        self.talk.begin(connection)
                    case Opened() | Closed():
                        break
                    case Incoming(topic, payload):
                        self.talk.take(topic, payload)
                if opened:
                    self.talk.send_due()
        except OSError as error:
            log.info("line_refused", problem=type(error).__name__)
        finally:
            if self._stopping.is_set():
                self.talk.part()
            self.talk.end()
            connection.close()
        return opened and self.talk.heard

    def _worth_keeping(self, connection: Connection) -> bool:
        return connection.alive() and not self.talk.fruitless() and not self._stopping.is_set()

    def _next(self, connection: Connection) -> object:
        try:
            return connection.incoming.get(timeout=WAKE_SECONDS)
        except queue.Empty:
            return None
