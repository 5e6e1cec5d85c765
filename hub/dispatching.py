"""Says to stations what technicians ask of them, within a second of the asking."""

import threading
from collections.abc import Callable

import structlog

from hub.faults import where
from hub.keeping import Outgoing

log = structlog.get_logger()

LOOK_SECONDS = 1.0


class Dispatcher(threading.Thread):
    """Looks for orders that are due, whoever gave them in whichever process."""

    def __init__(
        self, due: Callable[[], list[Outgoing]], say: Callable[[list[Outgoing]], None]
    ) -> None:
        """Give what is *due* to *say*."""
        super().__init__(name="dispatcher", daemon=True)
        self._due, self._say = due, say
        self._stopping = threading.Event()

    def run(self) -> None:
        """Look until told to stop."""
        while not self._stopping.wait(LOOK_SECONDS):
            try:
                if orders := self._due():
                    self._say(orders)
            except Exception as error:  # noqa: BLE001 - a busy database now is free in a second
                log.error("orders_not_said", **where(error))

    def stop(self) -> None:
        """Return when the thread is gone."""
        self._stopping.set()
        self.join(5.0)
