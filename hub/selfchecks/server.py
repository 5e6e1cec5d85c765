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
from hub.sip2.codec import LINE_BYTES_MAX, Line, Message, Sip2Error

LINE_SECONDS_MAX = 30.0
"""From the first byte of a line to its last; whoever is slower is hung up on."""
BAD_LINES_MAX = 3
WRONG_LOGINS_MAX = 5
REST_SECONDS = 60.0
_SAY_AGAIN = Message("96")
_LOGIN, _STATUS, _RESEND = "93", "99", "97"

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

    def let_in(self, host: str, asked: Message) -> Account | None:
        """Return whose login *asked* is, None where it is nobody's or *host* is to rest."""
        now = self._monotonic()
        with self._lock:
            tries, since = self._wrong.get(host, (0, now))
            if now - since > REST_SECONDS:
                tries, since = 0, now
            if tries >= WRONG_LOGINS_MAX:
                return None
            account = self._accounts.get(asked.get("CN") or "")
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

    def heard(self, line: bytes) -> bytes | None:
        """Return what to say to *line*, None where it is best to hang up."""
        encoding = self._account.encoding if self._account else "utf-8"
        try:
            told = codec.decode(line, encoding=encoding)
        except Sip2Error:
            return self._again(encoding)
        if told.sum_held is False:
            return self._again(encoding)
        if told.message.code == _RESEND:
            return self._last or None
        self._bad = 0
        answer = self._answer(told.message)
        if answer is None:
            return None
        self._last = self._encoded(answer, told, encoding)
        return self._last

    def _again(self, encoding: str) -> bytes | None:
        self._bad += 1
        if self._bad >= BAD_LINES_MAX:
            return None
        return codec.encode(_SAY_AGAIN, encoding=encoding)

    def _answer(self, asked: Message) -> Message | None:
        if asked.code == _LOGIN:
            self._account = self._doorkeeper.let_in(self._host, asked)
            return Message("94", {"ok": "1" if self._account else "0"})
        if self._account is not None:
            return self._account.service.answer(asked)
        return self._status() if asked.code == _STATUS else None

    def _encoded(self, answer: Message, told: Line, encoding: str) -> bytes:
        return codec.encode(answer, encoding=encoding, sequence=told.sequence)


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
        self._server.doorkeeper = doorkeeper
        self._server.status = status
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
    doorkeeper: Doorkeeper
    status: Callable[[], Message]
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
        host = str(self.client_address[0])
        conversation = Conversation(host, self.server.doorkeeper, self.server.status)
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
        one = bytes(heard[:end])
        del heard[: end + 1]
        return one
