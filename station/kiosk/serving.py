"""Serves the station's pages on a thread of their own, and stops when told to."""

import socket
import threading
from types import TracebackType
from typing import Any, Self

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from station.kiosk.page import STREAMS_MAX

THREADS = STREAMS_MAX + 4
STOP_SECONDS_MAX = 5.0
WAKE_SECONDS = 1.0


class KioskServer:
    """Waitress around the pages; open streams must be ended by the host before it stops."""

    def __init__(self, app: Flask, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """Take *host* and *port* at once: an address in use is an `OSError` here."""
        self._socket = socket.create_server((host, port))
        self.port = int(self._socket.getsockname()[1])
        self._connections: dict[int, Any] = {}
        self._server = create_server(
            app, map=self._connections, sockets=[self._socket], threads=THREADS
        )
        self._stopping, self._woken = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="kiosk", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Return when nothing is served any more, or say that it would not end."""
        self._server.task_dispatcher.shutdown(timeout=STOP_SECONDS_MAX)
        self._stopping.set()
        self._server.trigger.pull_trigger()
        self._woken.set()
        self._thread.join(STOP_SECONDS_MAX)
        if self._thread.is_alive():
            raise RuntimeError(f"the kiosk's server did not stop in {STOP_SECONDS_MAX} s")

    def _run(self) -> None:
        """Carry bytes until told to stop, then close every connection there is."""
        while not self._stopping.is_set():
            wasyncore.loop(timeout=WAKE_SECONDS, map=self._connections, count=1)
        # It closes the very pipe that wakes it, and may have been awake before.
        self._woken.wait(STOP_SECONDS_MAX)
        wasyncore.close_all(self._connections)
        self._socket.close()

    def __enter__(self) -> Self:
        """Begin to answer."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()
