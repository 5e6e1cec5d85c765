"""A few terminals for many askers: connected when needed, and never more than agreed upon."""

import threading
import time
from collections import deque
from collections.abc import Callable

from hub.errors import AnswerLostError, NotAskedError
from hub.sip2.breaker import Breaker
from hub.sip2.codec import Message, Sip2Error
from hub.sip2.terminal import Terminal

WAIT_SECONDS = 3.0
"""How long to wait for a terminal that others use."""


class Pool:
    """Asks over at most *size* connections at once; any thread may."""

    def __init__(
        self,
        connect: Callable[[], Terminal],
        *,
        size: int = 2,
        wait_seconds: float = WAIT_SECONDS,
        breaker: Breaker | None = None,
    ) -> None:
        """Open terminals with *connect*."""
        self._connect = connect
        self._wait_seconds = wait_seconds
        self._breaker = breaker or Breaker()
        self._free = threading.Semaphore(size)
        self._idle: deque[Terminal] = deque()

    def ask(self, request: Message) -> Message:
        """Return the answer to *request*, or raise as `Terminal` and its `ask` do."""
        if not self._breaker.lets_through(time.monotonic()):
            raise NotAskedError("the library system is away; it is tried again in a while")
        if not self._free.acquire(timeout=self._wait_seconds):
            raise NotAskedError("every terminal is in use")
        try:
            answer = self._ask(request)
        except (NotAskedError, AnswerLostError):
            self._breaker.failed(time.monotonic())
            raise
        finally:
            self._free.release()
        self._breaker.succeeded()
        return answer

    def close(self) -> None:
        """Hang up every terminal that nobody uses."""
        while self._idle:
            self._idle.popleft().close()

    def _ask(self, request: Message) -> Message:
        terminal = self._usable()
        try:
            answer = terminal.ask(request)
        except Sip2Error:
            # Nothing was sent: the line is as good as before.
            self._idle.append(terminal)
            raise
        # One that failed has hung up, and is not put back.
        self._idle.append(terminal)
        return answer

    def _usable(self) -> Terminal:
        while True:
            try:
                terminal = self._idle.popleft()
            except IndexError:
                return self._connect()
            if terminal.is_usable():
                return terminal
            terminal.close()
