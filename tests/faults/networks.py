"""A network namespace for the station's side of the line: a real link, to be cut and choked."""

import contextlib
import ctypes
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from station.uplink.uplink import Uplink
from tests.brokers import RunningBroker

CLONE_NEWNET = 0x40000000


class Network:
    """A veth between us and a namespace; addresses are of a net that no other test uses."""

    def __init__(self, number: int) -> None:
        self.name = f"ft{number}"
        self.ours = f"10.77.{number % 250}.1"
        self._theirs = f"10.77.{number % 250}.2"

    def make(self) -> None:
        """Make the namespace and its link."""
        name = self.name
        _do("ip", "netns", "add", name)
        _do("ip", "link", "add", f"{name}a", "type", "veth", "peer", f"{name}b", "netns", name)
        _do("ip", "addr", "add", f"{self.ours}/30", "dev", f"{name}a")
        _do("ip", "link", "set", f"{name}a", "up")
        _do("ip", "-n", name, "addr", "add", f"{self._theirs}/30", "dev", f"{name}b")
        self.link(up=True)

    def remove(self) -> None:
        """Remove the namespace; its link goes with it."""
        _do("ip", "netns", "delete", self.name)

    def link(self, *, up: bool) -> None:
        """Pull the station's cable, or put it back."""
        _do("ip", "-n", self.name, "link", "set", f"{self.name}b", "up" if up else "down")

    def throttle(self, rate: str) -> None:
        """Let no more than *rate* through to the station and from it."""
        shape = ["root", "tbf", "rate", rate, "burst", "2kb", "latency", "400ms"]
        _do("tc", "qdisc", "replace", "dev", f"{self.name}a", *shape)
        _do("tc", "-n", self.name, "qdisc", "replace", "dev", f"{self.name}b", *shape)

    def drop(self, share: float) -> None:
        """Lose *share* of the packets that come to the station, at random."""
        often = ["-m", "statistic", "--mode", "random", "--probability", str(share)]
        self._iptables("-A", "INPUT", *often, "-j", "DROP")

    def refuse(self) -> None:
        """Answer whatever the station sends with a reset."""
        reset = ["-p", "tcp", "-j", "REJECT", "--reject-with", "tcp-reset"]
        self._iptables("-A", "OUTPUT", *reset)

    def mend(self) -> None:
        """Be a good network again."""
        self._iptables("-F")
        # Where nothing was throttled there is nothing to delete.
        with contextlib.suppress(subprocess.CalledProcessError):
            _do("tc", "qdisc", "del", "dev", f"{self.name}a", "root")
            _do("tc", "-n", self.name, "qdisc", "del", "dev", f"{self.name}b", "root")
        self.link(up=True)

    def _iptables(self, *words: str) -> None:
        _do("ip", "netns", "exec", self.name, "iptables", *words)

    def uplink(self) -> type[Uplink]:
        """Return an uplink whose thread, and so its every socket, is inside."""
        name = self.name

        class UplinkInside(Uplink):
            def run(self) -> None:
                _enter(name)
                super().run()

        return UplinkInside


@contextlib.contextmanager
def network() -> Iterator[Network]:
    """Give a network of this process's own."""
    made = Network(os.getpid() % 10_000)
    made.make()
    try:
        yield made
    finally:
        made.remove()


class ReachableBroker(RunningBroker):
    """Mosquitto that listens on the link too."""

    def __init__(self, folder: Path, address: str) -> None:
        super().__init__("mosquitto", folder)
        self._address = address

    def _command(self) -> list[str]:
        command = super()._command()
        config = self._folder / "mosquitto.conf"
        also = f"listener {self.port} {self._address}\n"
        config.write_text(config.read_text() + also, encoding="utf-8")
        return command


def _enter(name: str) -> None:
    # setns() moves this thread only; Python 3.11 has no name for it.
    libc = ctypes.CDLL(None, use_errno=True)
    with Path(f"/run/netns/{name}").open("rb") as namespace:
        if libc.setns(namespace.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"cannot enter {name}")


def _do(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
