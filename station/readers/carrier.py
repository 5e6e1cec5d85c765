"""One thread per reader: it polls, tells what came and went, and comes back after a fault."""

import threading
import time
from collections.abc import Callable
from typing import cast

from msgspec import Struct

from station.errors import (
    ReaderUnavailableError,
    StationError,
    TagGoneError,
    TagRefusedError,
)
from station.events import Place
from station.readers.port import Reader, TagEvent, TagWriter
from station.readers.presence import Presence

POLL_IDLE_MS = 200
POLL_TAG_MS = 100
RETRY_MS = 2_000
STOP_SECONDS_MAX = 5.0

ORDER_TRIES = 8
"""Polls in which an order is tried: as long as a book lies still while its title is read."""

OnEvent = Callable[[Place, TagEvent], None]
OnFault = Callable[[Place, str | None], None]


class Order(Struct):
    """Something to be written on the tag *uid*; *ended* hears how it went, on the carrier."""

    uid: str
    write: Callable[[TagWriter], object]
    ended: Callable[[StationError | None], None]
    tries: int = 0


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
        self._orders: dict[str, Order] = {}
        self._ordering = threading.Lock()

    def order(self, order: Order) -> None:
        """Have *order* carried out while its tag lies there; any thread may.

        What was ordered of the same tag before, and has not ended, is forgotten: the newest holds.
        """
        with self._ordering:
            self._orders[order.uid] = order

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
        try:
            self._carry_out()
        except ReaderUnavailableError as error:
            self._fail(str(error))
            return self._retry_ms
        return POLL_TAG_MS if found else POLL_IDLE_MS

    def _carry_out(self) -> None:
        """Try what was ordered once each; what a tag did not stay for is tried at the next poll."""
        with self._ordering:
            orders = list(self._orders.values())
        for order in orders:
            order.tries += 1
            try:
                order.write(cast("TagWriter", self._reader))
            except TagGoneError as error:
                if order.tries >= ORDER_TRIES:
                    self._end(order, error)
            except TagRefusedError as error:
                self._end(order, error)
            else:
                self._end(order, None)

    def _end(self, order: Order, error: StationError | None) -> None:
        with self._ordering:
            newest = self._orders.get(order.uid) is order
            if newest:
                del self._orders[order.uid]
        if newest:
            order.ended(error)

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
