"""Serves the public site and the desk on a thread of their own, and stops when told to."""

import socket
import threading
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

THREADS = 8
STOP_SECONDS_MAX = 5.0
WAKE_SECONDS = 1.0


class WebServer(threading.Thread):
    """Waitress around the pages."""

    def __init__(self, site: Flask, host: str, port: int, *, behind_proxies: bool) -> None:
        """Take *host* and *port* at once: an address in use is an `OSError` here."""
        super().__init__(name="web", daemon=True)
        self._socket = socket.create_server((host, port))
        self.port = int(self._socket.getsockname()[1])
        self._connections: dict[int, Any] = {}
        self._server = create_server(
            site,
            map=self._connections,
            sockets=[self._socket],
            threads=THREADS,
            # Else it takes away what the proxies say before the site can read it.
            clear_untrusted_proxy_headers=not behind_proxies,
        )
        self._stopping, self._woken = threading.Event(), threading.Event()

    def run(self) -> None:
        """Carry bytes until told to stop, then close every connection there is."""
        while not self._stopping.is_set():
            wasyncore.loop(timeout=WAKE_SECONDS, map=self._connections, count=1)
        # It closes the very pipe that wakes it, and may have been awake before.
        self._woken.wait(STOP_SECONDS_MAX)
        wasyncore.close_all(self._connections)
        self._socket.close()

    def stop(self) -> None:
        """Return when nothing is served any more, or say that it would not end."""
        self._server.task_dispatcher.shutdown(timeout=STOP_SECONDS_MAX)
        self._stopping.set()
        self._server.trigger.pull_trigger()
        self._woken.set()
        self.join(STOP_SECONDS_MAX)
        if self.is_alive():
            raise RuntimeError(f"{self.name} did not stop in {STOP_SECONDS_MAX} s")
