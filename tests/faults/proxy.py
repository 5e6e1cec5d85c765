"""A line between a station and its broker that can be bad: a TCP proxy on loopback."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

CHUNK_BYTES = 4096
STOP_SECONDS_MAX = 5.0
LOOK_SECONDS = 0.05


class Way:
    """One direction of the line, and what is wrong with it."""

    def __init__(self) -> None:
        self.delay_seconds = 0.0
        self.swallows = False
        self.passed_bytes = 0
        self.swallowed_bytes = 0


class BadLine:
    """Relays TCP to one port of loopback as badly as it is told to; TCP itself stays in order."""

    def __init__(self, port: int) -> None:
        """Relay to *port*; clients connect to `port` of this instead."""
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(LOOK_SECONDS)
        self.port = int(self._listener.getsockname()[1])
        self.up, self.down = Way(), Way()
        self.refuses = False
        self.accepted = 0
        self._stopping = threading.Event()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._threads: list[threading.Thread] = []
        self._run(self._accept)

    def swallow(self, *, up: bool, down: bool) -> None:
        """Pass nothing on in these directions, and close nothing: the line looks alive."""
        self.up.swallows, self.down.swallows = up, down

    def delay(self, seconds: float) -> None:
        """Hold every piece for *seconds*, each way."""
        self.up.delay_seconds = self.down.delay_seconds = seconds

    def cut(self) -> None:
        """Close every open connection at both ends."""
        for pair in self._pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def half_close(self) -> None:
        """Tell the broker that no more comes, and leave the other direction open."""
        for _, broker in self._pairs:
            with contextlib.suppress(OSError):
                broker.shutdown(socket.SHUT_WR)

    def mend(self) -> None:
        """Be a good line again for new connections; those that lost bytes are cut."""
        self.swallow(up=False, down=False)
        self.delay(0.0)
        self.refuses = False
        self.cut()

    def stop(self) -> None:
        """Return when every thread is gone."""
        self._stopping.set()
        self.cut()
        for thread in self._threads:
            thread.join(STOP_SECONDS_MAX)
            assert not thread.is_alive(), f"{thread.name} did not stop"
        for end in (self._listener, *(end for pair in self._pairs for end in pair)):
            end.close()

    def _run(self, work: object, *words: object) -> None:
        thread = threading.Thread(target=work, args=words, name="bad-line")  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            if self.refuses:
                client.close()
                continue
            self.accepted += 1
            self._join(client)

    def _join(self, client: socket.socket) -> None:
        try:
            broker = socket.create_connection(("127.0.0.1", self._target), 5.0)
        except OSError:
            client.close()
            return
        for end in (client, broker):
            end.settimeout(LOOK_SECONDS)
        self._pairs.append((client, broker))
        self._run(self._relay, client, broker, self.up)
        self._run(self._relay, broker, client, self.down)

    def _relay(self, source: socket.socket, sink: socket.socket, way: Way) -> None:
        with contextlib.suppress(OSError):
            while (data := self._read(source)) is not None:
                if way.swallows:
                    way.swallowed_bytes += len(data)
                    continue
                time.sleep(way.delay_seconds)
                sink.settimeout(STOP_SECONDS_MAX)
                sink.sendall(data)
                sink.settimeout(LOOK_SECONDS)
                way.passed_bytes += len(data)
        # An end that closes is heard of only where the line still carries.
        if not way.swallows:
            with contextlib.suppress(OSError):
                sink.shutdown(socket.SHUT_WR)

    def _read(self, source: socket.socket) -> bytes | None:
        while not self._stopping.is_set():
            try:
                return source.recv(CHUNK_BYTES) or None
            except TimeoutError:
                continue
        return None


@contextlib.contextmanager
def bad_line(port: int) -> Iterator[BadLine]:
    """Relay to *port* until done with."""
    line = BadLine(port)
    try:
        yield line
    finally:
        line.stop()
