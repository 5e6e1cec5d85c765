"""Which facts are due to be sent: from the last acknowledgement, again when it stays out."""

from msgspec import Struct

BATCH_FACTS_MAX = 50
WINDOW_FACTS_MAX = 200
RESEND_MS_MIN = 2_000
RESEND_MS_MAX = 30_000


class Window(Struct):
    """What has been sent on this connection and not yet acknowledged; no clock, no socket."""

    sent: int
    """Newest sequence number sent on this connection."""
    acked: int
    patience_ms: int = RESEND_MS_MIN
    waiting_since_ms: int | None = None

    def due_after(self, newest: int, now_ms: int) -> int | None:
        """Return the sequence number after which to send now, or None where nothing is due."""
        if self.waiting_since_ms is not None and now_ms - self.waiting_since_ms >= self.patience_ms:
            self.sent = self.acked
            self.patience_ms = min(self.patience_ms * 2, RESEND_MS_MAX)
            self.waiting_since_ms = None
        if self.sent >= newest or self.sent - self.acked >= WINDOW_FACTS_MAX:
            return None
        return self.sent

    def has_sent(self, up_to: int, now_ms: int) -> None:
        """Note that facts through *up_to* went out."""
        self.sent = max(self.sent, up_to)
        if self.waiting_since_ms is None:
            self.waiting_since_ms = now_ms

    def has_acknowledged(self, up_to: int, now_ms: int) -> None:
        """Note the hub's word for all through *up_to*."""
        if up_to > self.acked:
            self.patience_ms = RESEND_MS_MIN
        # A hub restored from a backup knows less than before: send from there.
        self.sent = up_to if up_to < self.acked else max(self.sent, up_to)
        self.acked = up_to
        self.waiting_since_ms = None if self.sent == self.acked else now_ms

    def send_again_from(self, seq: int) -> None:
        """Go back: the hub misses *seq*."""
        self.sent = min(self.sent, max(seq - 1, 0))
        self.waiting_since_ms = None
