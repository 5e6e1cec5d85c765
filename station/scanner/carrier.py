"""One thread per scanner: it reads keys, tells whole texts, and comes back after a fault."""

import threading
from collections.abc import Callable

from station.errors import ReaderUnavailableError
from station.scanner.device import KeySource
from station.scanner.keys import EV_KEY, EV_SYN, GAP_MS, SYN_DROPPED, KeyText

RETRY_SECONDS = 2.0
STOP_SECONDS_MAX = 5.0


class ScannerCarrier(threading.Thread):
    """Carries what a scanner types; its callbacks must only put it in an inbox."""

    def __init__(
        self,
        connect: Callable[[], KeySource],
        *,
        on_text: Callable[[str], None],
        on_fault: Callable[[str | None], None],
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        """Read the scanner that *connect* opens; after a fault, open it again."""
        super().__init__(name="scanner", daemon=True)
        self._connect = connect
        self._on_text = on_text
        self._on_fault = on_fault
        self._retry_seconds = retry_seconds
        self._stopping = threading.Event()
        self._fault: str | None = None

    def run(self) -> None:
        """Carry until told to stop."""
        while not self._stopping.is_set():
            try:
                source = self._connect()
            except ReaderUnavailableError as error:
                self._report(str(error))
                self._stopping.wait(self._retry_seconds)
                continue
            self._report(None)
            try:
                self._carry(source)
            except ReaderUnavailableError as error:
                self._report(str(error))
            finally:
                source.close()

    def stop(self) -> None:
        """Return when the thread is gone, or say that it would not go."""
        self._stopping.set()
        self.join(STOP_SECONDS_MAX)
        if self.is_alive():
            raise RuntimeError(f"{self.name} did not stop in {STOP_SECONDS_MAX} s")

    def _carry(self, source: KeySource) -> None:
        text, last_ms = KeyText(), 0
        while not self._stopping.is_set():
            silent = True
            for key in source.keys(GAP_MS / 1000):
                silent = False
                if (key.type, key.code) == (EV_SYN, SYN_DROPPED):
                    text.lost()
                if key.type == EV_KEY:
                    last_ms = key.at_ms
                    self._tell(text.key(key.code, key.value, key.at_ms))
            if silent:
                self._tell(text.pause(last_ms + GAP_MS))

    def _tell(self, texts: list[str]) -> None:
        for each in texts:
            self._on_text(each)

    def _report(self, message: str | None) -> None:
        if message != self._fault and (message is None) != (self._fault is None):
            self._on_fault(message)
        self._fault = message
