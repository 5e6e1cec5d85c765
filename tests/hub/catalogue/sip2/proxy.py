"""A line to a library system that is cut where the test says: before, in or after an answer."""

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Cut:
    """What happens to one exchange; a None of bytes is all of them."""

    asked_bytes: int | None = None
    """How much of the request reaches the library system before the line is cut."""
    said_bytes: int | None = None
    """How much of the answer comes back before the line is cut."""
    silent: bool = False
    """Nobody hangs up: what was lost is just never heard."""


WHOLE = Cut()
Plan = Callable[[int, bytes], Cut]
"""What becomes of the n-th exchange, whose request is these bytes."""


class _Line(socketserver.ThreadingTCPServer):
    daemon_threads = False
    allow_reuse_address = True
    upstream: int
    plan: Plan
    exchanges = 0
    lock = threading.Lock()

    def next_cut(self, asked: bytes) -> Cut:
        with self.lock:
            number, self.exchanges = self.exchanges, self.exchanges + 1
        return self.plan(number, asked)


class _Carry(socketserver.BaseRequestHandler):
    server: _Line

    def handle(self) -> None:
        # A test that fails must not wait for a line that nobody hangs up.
        self.request.settimeout(20)
        with socket.create_connection(("127.0.0.1", self.server.upstream), timeout=10) as there:
            while asked := _line(self.request):
                cut = self.server.next_cut(asked)
                there.sendall(asked[: cut.asked_bytes])
                if cut.asked_bytes is not None and cut.asked_bytes < len(asked):
                    return self._wait(cut)
                said = _line(there)
                if not said:
                    return None
                self.request.sendall(said[: cut.said_bytes])
                if cut.said_bytes is not None and cut.said_bytes < len(said):
                    return self._wait(cut)
        return None

    def _wait(self, cut: Cut) -> None:
        while cut.silent and _line(self.request):
            continue


def _line(source: socket.socket) -> bytes:
    heard = bytearray()
    while not heard.endswith(b"\r"):
        try:
            more = source.recv(4096)
        except OSError:
            return b""
        if not more:
            return b""
        heard += more
    return bytes(heard)


@contextmanager
def carrying(upstream: int, plan: Plan) -> Iterator[int]:
    """Carry every connection to the port *upstream* of loopback, and yield the port to use."""
    with _Line(("127.0.0.1", 0), _Carry) as server:
        server.upstream, server.plan = upstream, plan
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="line")
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join(10)
