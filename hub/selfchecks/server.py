"""Hears devices on a socket: bounded lines, one answer each, nothing of it in a log."""

import contextlib
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable

import structlog

from hub.faults import where
from hub.selfchecks.conversation import Conversation
from hub.selfchecks.doorkeeper import Doorkeeper
from hub.sip2.codec import Message

LINE_BYTES_MAX = 4096
LINE_SECONDS_MAX = 30.0
"""From the first byte of a line to its last; whoever is slower is hung up on."""
LOGIN_SECONDS_MAX = 30.0
"""From the connection to the login; so too, whatever is said meanwhile."""
ROOM_SECONDS_MAX = 1.0

log = structlog.get_logger()


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
        self._lines: dict[socket.socket, bool] = {}
        """In the order in which they came, and whether somebody has logged in there."""
        self._lock = threading.Lock()

    def process_request(self, request: object, client_address: object) -> None:
        if not self.room.acquire(blocking=False) and not self._makes_room():
            log.warning("sip2_full")
            self.shutdown_request(request)  # type: ignore[arg-type]
            return
        # Known before its thread begins: whoever stops the server hangs up this line too.
        self.began(request)  # type: ignore[arg-type]
        try:
            super().process_request(request, client_address)  # type: ignore[arg-type]
        except RuntimeError:  # no thread is to be had
            self.ended(request)  # type: ignore[arg-type]
            raise

    def _makes_room(self) -> bool:
        """Hang up the oldest line that nobody has logged in on, and return whether there was one.

        Whoever opens lines and says nothing must not keep the devices out.
        """
        with self._lock:
            idle = [line for line, logged_in in self._lines.items() if not logged_in]
        if not idle:
            return False
        _hang_up(idle[0])
        return self.room.acquire(timeout=ROOM_SECONDS_MAX)

    def began(self, line: socket.socket) -> None:
        with self._lock:
            self._lines[line] = False

    def secured(self, line: socket.socket, secured: socket.socket) -> None:
        """Know *line* as *secured* from now on: TLS has taken it over."""
        with self._lock:
            self._lines = {secured if each is line else each: x for each, x in self._lines.items()}

    def logged_in(self, line: socket.socket) -> None:
        with self._lock:
            self._lines[line] = True

    def ended(self, line: socket.socket) -> None:
        with self._lock:
            self._lines.pop(line, None)
        self.room.release()

    def hang_up(self) -> None:
        with self._lock:
            lines = list(self._lines)
        for line in lines:
            _hang_up(line)

    def handle_error(self, _request: object, _client_address: object) -> None:
        log.error("sip2_line_failed")


def _hang_up(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


class _Talk(socketserver.BaseRequestHandler):
    server: _Listening

    def handle(self) -> None:
        line: socket.socket = self.request
        try:
            with self._secured(line) as line:
                self._talk(line)
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
        secured = self.server.tls.wrap_socket(line, server_side=True, do_handshake_on_connect=False)
        self.server.secured(line, secured)
        try:
            secured.settimeout(LINE_SECONDS_MAX)
            secured.do_handshake()
        except BaseException:
            self.server.secured(secured, line)
            secured.close()
            raise
        return secured

    def _talk(self, line: socket.socket) -> None:
        conversation = self.server.converse(str(self.client_address[0]))
        heard, to_log_in = bytearray(), time.monotonic() + LOGIN_SECONDS_MAX
        while True:
            known = conversation.is_logged_in
            one = self._line(line, heard, None if known else to_log_in)
            if one is None:
                return
            if not one.strip():
                continue
            said = conversation.heard(one)
            if said is None:
                return
            if conversation.is_logged_in and not known:
                self.server.logged_in(line)
            line.settimeout(LINE_SECONDS_MAX)
            line.sendall(said)

    def _line(self, line: socket.socket, heard: bytearray, by: float | None) -> bytes | None:
        """Return the next line, None where it is over: gone, silent, too slow or too long.

        It must have come *by* then, where that is given.
        """
        begun: float | None = time.monotonic() if heard else None
        while b"\r" not in heard and b"\n" not in heard:
            if len(heard) > LINE_BYTES_MAX:
                return None
            now = time.monotonic()
            ends = now + self.server.idle_seconds if begun is None else begun + LINE_SECONDS_MAX
            left = min(ends, by or ends) - now
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
