"""What a technician may ask for and takes time: done on a thread of its own, one after another."""

import queue
import threading
from collections.abc import Callable, Mapping

import structlog

from circulation.errors import CirculationError
from circulation.messages import Order, OrderDone

log = structlog.get_logger()

STOP_SECONDS_MAX = 15.0
WAITING_MAX = 10


class Chores(threading.Thread):
    """Does orders that take time, and tells how each has ended."""

    def __init__(
        self, ways: Mapping[str, Callable[[], str]], tell: Callable[[OrderDone], None]
    ) -> None:
        """Do an order by the one of *ways* that has its kind; what it returns is told."""
        super().__init__(name="chores", daemon=True)
        self._ways, self._tell = ways, tell
        self._orders: queue.Queue[Order | None] = queue.Queue(WAITING_MAX)

    def begin(self, order: Order) -> None:
        """Do *order* when the others are done; where there are too many, it has failed."""
        try:
            self._orders.put_nowait(order)
        except queue.Full:
            self._tell(OrderDone(id=order.id, outcome="failed", told="too much is asked at once"))

    def run(self) -> None:
        """Do what comes until told to stop."""
        while (order := self._orders.get()) is not None:
            self._tell(self._done(order))

    def _done(self, order: Order) -> OrderDone:
        try:
            told = self._ways[order.kind]()
        except (CirculationError, OSError, ValueError) as error:
            return OrderDone(id=order.id, outcome="failed", told=str(error)[:500])
        except Exception as error:  # noqa: BLE001 - one chore must not end the doing of all
            log.error("chore_failed", kind=order.kind, problem=type(error).__name__)
            return OrderDone(id=order.id, outcome="failed", told=type(error).__name__)
        return OrderDone(id=order.id, outcome="done", told=told)

    def stop(self) -> None:
        """Return when the thread is gone, or say that it would not go."""
        self._orders.put(None, timeout=STOP_SECONDS_MAX)
        self.join(STOP_SECONDS_MAX)
        if self.is_alive():
            raise RuntimeError(f"{self.name} did not stop in {STOP_SECONDS_MAX} s")
