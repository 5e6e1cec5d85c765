"""Who may speak: a name and a password each, and a rest for whoever guesses."""

import hmac
import threading
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from msgspec import Struct

from hub.sip2.codec import Message

WRONG_LOGINS_MAX = 5
REST_SECONDS = 60.0


class Answering(Protocol):
    """What answers a device that has logged in."""

    def answer(self, asked: Message) -> Message | None:
        """Return the answer, or None where there is none now."""
        ...


class Account(Struct, frozen=True, kw_only=True):
    """Who may log in, and how they speak."""

    user: str
    password: str
    encoding: str
    service: Answering


class Doorkeeper:
    """Knows the accounts, and lets whoever guesses rest; any thread may ask."""

    def __init__(
        self, accounts: list[Account], *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Let in whoever knows the password of one of *accounts*."""
        self._accounts: Mapping[str, Account] = {each.user: each for each in accounts}
        self._monotonic = monotonic
        self._wrong: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def named(self, asked: Message) -> Account | None:
        """Return whose name (CN) *asked* tells, whether or not it is theirs."""
        return self._accounts.get(asked.get("CN") or "")

    def let_in(self, host: str, asked: Message) -> Account | None:
        """Return whose login *asked* is, None where it is nobody's or *host* is to rest."""
        now = self._monotonic()
        with self._lock:
            tries, since = self._wrong.get(host, (0, now))
            if now - since > REST_SECONDS:
                tries, since = 0, now
            if tries >= WRONG_LOGINS_MAX:
                return None
            account = self.named(asked)
            if account is not None and _same(account.password, asked.get("CO") or ""):
                self._wrong.pop(host, None)
                return account
            if len(self._wrong) > 1000:
                self._wrong.clear()
            self._wrong[host] = (tries + 1, since)
            return None


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
