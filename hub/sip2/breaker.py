"""A breaker: while a library system is away, nobody waits to find out that it is."""

import threading

FAILURES_MAX = 3
REST_SECONDS = 10.0


class Breaker:
    """Opens after some failures in a row; lets one try pass after each rest. Any thread may."""

    def __init__(
        self, *, failures_max: int = FAILURES_MAX, rest_seconds: float = REST_SECONDS
    ) -> None:
        """Begin closed: all is let through."""
        self._failures_max = failures_max
        self._rest_seconds = rest_seconds
        self._failures = 0
        self._closed_again_at = 0.0
        self._lock = threading.Lock()

    def lets_through(self, now: float) -> bool:
        """Return whether to try at *now* (seconds of one clock); at rest's end only one may."""
        with self._lock:
            if self._failures < self._failures_max:
                return True
            if now < self._closed_again_at:
                return False
            self._closed_again_at = now + self._rest_seconds
            return True

    def succeeded(self) -> None:
        """Let all through again."""
        with self._lock:
            self._failures = 0

    def failed(self, now: float) -> None:
        """Count a failure at *now*."""
        with self._lock:
            self._failures += 1
            if self._failures >= self._failures_max:
                self._closed_again_at = now + self._rest_seconds
