"""A connection to a library system that says of itself that it is there, and goes on saying it."""

import time

import structlog

from hub.errors import AnswerLostError, NotAskedError
from hub.sip2.codec import Message
from hub.sip2.forms import SUPPORTED
from hub.sip2.terminal import Account, Terminal

IDLE_SECONDS = 60.0
"""A line that was silent for longer may have been cut by something on the way."""
NEEDED = ("checkout", "checkin", "patron_information", "item_information")
_STATUS = Message("99", {"status": "0", "print_width": "080", "version": "2.00"})

log = structlog.get_logger()


class AttendedTerminal(Terminal):
    """A connection whose other side is online, by its own word (98)."""

    def __init__(self, account: Account, *, idle_seconds: float = IDLE_SECONDS) -> None:
        """Connect, log in and ask whether it is online, or raise `NotAskedError`."""
        super().__init__(account)
        self._idle_seconds = idle_seconds
        self._asked_at = time.monotonic()
        try:
            self._attend()
        except AnswerLostError as error:
            raise NotAskedError(f"the library system does not say how it is: {error}") from error
        except BaseException:
            self.close()
            raise

    def is_usable(self) -> bool:
        """Return whether the other side is there; one that was silent long is asked."""
        if not super().is_usable():
            return False
        if time.monotonic() - self._asked_at < self._idle_seconds:
            return True
        try:
            self._attend()
        except (NotAskedError, AnswerLostError):
            return False
        return True

    def ask(self, request: Message) -> Message:
        """Return the answer to *request*, as any terminal does."""
        answer = super().ask(request)
        self._asked_at = time.monotonic()
        return answer

    def _attend(self) -> None:
        status = self.ask(_STATUS)
        if not status.yes("online"):
            raise NotAskedError("the library system says that it is offline itself")
        if missing := lacks(status):
            log.warning("sip2_lacks", messages=missing)


def lacks(status: Message) -> list[str]:
    """Return which of the `NEEDED` messages a 98 says are not spoken."""
    letters = (status.get("BX") or "").ljust(len(SUPPORTED), "?")
    return [
        name
        for name, letter in zip(SUPPORTED, letters, strict=False)
        if name in NEEDED and letter == "N"
    ]
