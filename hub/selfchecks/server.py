"""Hears devices on a socket: bounded lines, one answer each, nothing of it in a log."""

import contextlib
import hmac
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from typing import Protocol

import structlog
from msgspec import Struct

from hub.faults import where
from hub.sip2 import codec
from hub.sip2.codec import Message, Sip2Error

LINE_BYTES_MAX = 4096
LINE_SECONDS_MAX = 30.0
"""From the first byte of a line to its last; whoever is slower is hung up on."""
BAD_LINES_MAX = 3
NUMBER_MAX = 64
WRONG_LOGINS_MAX = 5
REST_SECONDS = 60.0
_SAY_AGAIN = Message("96")
_LOGIN, _STATUS, _RESEND = "93", "99", "97"
_NUMBERS = ("AA", "AB")

log = structlog.get_logger()


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


class Conversation:
    """What is said on one connection, a line at a time."""

    def __init__(self, host: str, doorkeeper: Doorkeeper, status: Callable[[], Message]) -> None:
        """Let *doorkeeper* decide who speaks from *host*; *status* answers before that."""
        self._host = host
        self._doorkeeper = doorkeeper
        self._status = status
        self._account: Account | None = None
        self._last = b""
        self._bad = 0
        self._sums = False

    def heard(self, line: bytes) -> bytes | None:
        """Return what to say to *line*, None where it is best to hang up."""
        encoding = self._account.encoding if self._account else "utf-8"
        try:
            told = codec.decode(line, encoding=encoding)
        except Sip2Error:
            return self._again()
        self._sums = told.sum_held is not None
        if told.sum_held is False or not _is_readable(told.message):
            return self._again()
        self._bad = 0
        if told.message.code == _RESEND:
            return codec.resent(self._last) if self._last else self._say_again()
        answer = self._log_in(line) if told.message.code == _LOGIN else self._answer(told.message)
        if answer is None:
            return None
        self._last = codec.encode(answer, encoding=encoding, sequence=told.sequence)
        return self._last

    def _again(self) -> bytes | None:
        self._bad += 1
        return None if self._bad >= BAD_LINES_MAX else self._say_again()

    def _say_again(self) -> bytes:
        return codec.encode(_SAY_AGAIN, encoding="ascii", sequence=0 if self._sums else None)

    def _log_in(self, line: bytes) -> Message:
        asked = codec.decode(line, encoding="utf-8").message
        if account := self._doorkeeper.named(asked):
            # A password may have letters that only its own encoding can tell.
            asked = codec.decode(line, encoding=account.encoding).message
        self._account = self._doorkeeper.let_in(self._host, asked)
        return Message("94", {"ok": "1" if self._account else "0"})

    def _answer(self, asked: Message) -> Message | None:
        if self._account is not None:
            return self._account.service.answer(asked)
        return self._status() if asked.code == _STATUS else None


def _is_readable(asked: Message) -> bool:
    """Return whether the numbers in *asked* came as somebody wrote them: no fact has a guess."""
    told = [value.strip() for id_ in _NUMBERS for value in asked.all(id_)]
    return all(
        len(each) <= NUMBER_MAX and each.isprintable() and "\N{REPLACEMENT CHARACTER}" not in each
        for each in told
    )


class Server:
    """A SIP2 server on one address."""

    def __init__(
        self,
        address: tuple[str, int],
        doorkeeper: Doorkeeper,
        status: Callable[[], Message],
        *,
        idle_seconds: float,
        connections_max: int,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Listen on *address*, whose port may be 0, over *tls* where it is given."""
        self._server = _Listening(address, _Talk)
        self._server.converse = self.converse
        self._doorkeeper = doorkeeper
        self._status = status
        self._server.idle_seconds = idle_seconds
        self._server.room = threading.BoundedSemaphore(connections_max)
        self._server.tls = tls
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="sip2", daemon=True
        )

    @property
    def port(self) -> int:
        """Return the port."""
        return int(self._server.server_address[1])

    def converse(self, host: str) -> Conversation:
        """Return what answers one connection from *host*, with nobody logged in."""
        return Conversation(host, self._doorkeeper, self._status)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Return when every line is hung up."""
        self._server.shutdown()
        self._thread.join(5)
        self._server.hang_up()
        self._server.server_close()


class _Listening(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = False
    converse: Callable[[str], Conversation]
    idle_seconds: float
    room: threading.BoundedSemaphore
    tls: ssl.SSLContext | None

    def __init__(self, address: tuple[str, int], talk: type["_Talk"]) -> None:
        super().__init__(address, talk)
        self._lines: set[socket.socket] = set()
        self._lock = threading.Lock()

    def process_request(self, request: object, client_address: object) -> None:
        if not self.room.acquire(blocking=False):
            log.warning("sip2_full")
            self.shutdown_request(request)  # type: ignore[arg-type]
            return
        super().process_request(request, client_address)  # type: ignore[arg-type]

    def began(self, line: socket.socket) -> None:
        with self._lock:
            self._lines.add(line)

    def ended(self, line: socket.socket) -> None:
        with self._lock:
            self._lines.discard(line)
        self.room.release()

    def hang_up(self) -> None:
        with self._lock:
            lines = list(self._lines)
        for line in lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def handle_error(self, _request: object, _client_address: object) -> None:
        log.error("sip2_line_failed")


class _Talk(socketserver.BaseRequestHandler):
    server: _Listening

    def handle(self) -> None:
        line: socket.socket = self.request
        self.server.began(line)
        try:
            with self._secured(line) as secured:
                self._talk(secured)
        except (OSError, ssl.SSLError):
            # They have gone, or never spoke TLS: there is nobody to tell.
            return
        except Exception as error:  # noqa: BLE001 - one line must not end the others
            log.error("sip2_line_failed", **where(error))
        finally:
            self.server.ended(line)

    def _secured(self, line: socket.socket) -> socket.socket:
        line.settimeout(LINE_SECONDS_MAX)
        if self.server.tls is None:
            return line
        secured = self.server.tls.wrap_socket(line, server_side=True)
        secured.settimeout(LINE_SECONDS_MAX)
        return secured

    def _talk(self, line: socket.socket) -> None:
        conversation = self.server.converse(str(self.client_address[0]))
        heard = bytearray()
        while (one := self._line(line, heard)) is not None:
            if not one.strip():
                continue
            said = conversation.heard(one)
            if said is None:
                return
            line.sendall(said)

    def _line(self, line: socket.socket, heard: bytearray) -> bytes | None:
        """Return the next line, None where it is over: gone, silent, too slow or too long."""
        begun: float | None = time.monotonic() if heard else None
        while b"\r" not in heard and b"\n" not in heard:
            if len(heard) > LINE_BYTES_MAX:
                return None
            left = self.server.idle_seconds
            if begun is not None:
                left = begun + LINE_SECONDS_MAX - time.monotonic()
            if left <= 0:
                return None
            line.settimeout(left)
            more = line.recv(4096)
            if not more:
                return None
            begun = begun if begun is not None else time.monotonic()
            heard += more
        end = min(at for at in (heard.find(b"\r"), heard.find(b"\n")) if at >= 0)
        if end > LINE_BYTES_MAX:
            return None
        one = bytes(heard[:end])
        del heard[: end + 1]
        return one
