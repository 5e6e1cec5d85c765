"""Real brokers for the tests, each on a free port of loopback and gone when the test is."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from provisioning.demo.broker import mosquitto_config

KINDS = ("amqtt", "mosquitto")
START_SECONDS_MAX = 15.0


def free_port() -> int:
    """Return a port of loopback that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class RunningBroker:
    """A broker that can be killed and started again on the same port."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.port = free_port()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return when clients can connect."""
        self._process = subprocess.Popen(self._command(), cwd=Path(__file__).parent.parent)
        end = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.05)
        raise RuntimeError(f"{self.kind} did not start")

    def kill(self) -> None:
        """Kill -9 and wait for the end."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def _command(self) -> list[str]:
        if self.kind == "amqtt":
            ready = str(self._folder / "broker.ready")
            program = [sys.executable, "-m", "provisioning.demo.broker"]
            return [*program, "--port", str(self.port), "--ready", ready]
        config = self._folder / "mosquitto.conf"
        config.write_text(mosquitto_config(self.port) + "user root\n", encoding="utf-8")
        return ["/usr/sbin/mosquitto", "-c", str(config)]


@contextlib.contextmanager
def running_broker(kind: str, folder: Path) -> Iterator[RunningBroker]:
    """Run a broker of *kind* with its files in *folder*."""
    broker = RunningBroker(kind, folder)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()
