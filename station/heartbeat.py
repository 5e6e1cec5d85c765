"""Tells systemd that the station serves, and goes on serving (sd_notify(3), WatchdogSec=)."""

import socket
from collections.abc import Mapping


class Heartbeat:
    """Says so to whoever started this program, and to nobody where that is not systemd."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Find in *environment* where systemd listens."""
        address = environment.get("NOTIFY_SOCKET", "")
        # A leading @ stands for the zero byte of a name that is in no folder.
        self._address = f"\0{address[1:]}" if address.startswith("@") else address

    def ready(self) -> None:
        """Say that the station serves from now on."""
        self._say(b"READY=1")

    def beat(self) -> None:
        """Say that it still does; one who falls silent is started again."""
        self._say(b"WATCHDOG=1")

    def _say(self, word: bytes) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
                line.setblocking(False)
                line.sendto(word, self._address)
        except OSError:
            # A word that is lost is said again in a second.
            return
