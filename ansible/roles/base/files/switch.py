#!/usr/bin/python3
"""Puts a version of the program in force, and the last good one back where it fails.

Under the root lie `versions/NAME`, and symbolic links: `current` is in force, `good` has proven
itself, `previous` was good before it. A link is replaced in one step, so a power cut leaves one
version or the other, never none.
"""

import argparse
import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

START_SECONDS_MAX = 120.0
LOOK_SECONDS = 0.5
PAGE_SECONDS_MAX = 5.0
KEPT, ROLLED_BACK, NOT_BEGUN, NOT_PROVEN = 0, 3, 4, 5
"""Exit statuses."""
UP = {"initializing", "starting", "running", "degraded", "maintenance"}
"""What systemctl(1) says of a system that is not on its way down."""


class Versions:
    """The folder of all versions, and the links into it."""

    def __init__(self, root: Path) -> None:
        """Look under *root*."""
        self.root = root

    def folder(self, name: str) -> Path:
        """Return where version *name* lies."""
        return self.root / "versions" / name

    def named(self, link: str) -> str:
        """Return the version that *link* points to, "" for none."""
        try:
            return (self.root / link).readlink().name
        except OSError:
            return ""

    def point(self, link: str, name: str) -> None:
        """Have *link* point to version *name* from now on, also after a power cut."""
        new = self.root / f".{link}.new"
        new.unlink(missing_ok=True)
        new.symlink_to(Path("versions", name))
        new.replace(self.root / link)
        handle = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def prune(self) -> None:
        """Delete all versions but those that are linked to."""
        kept = {self.named(link) for link in ("current", "good", "previous")}
        for each in (self.root / "versions").iterdir():
            if each.name not in kept:
                shutil.rmtree(each)


class Service:
    """The unit that runs what is in force, and its page."""

    def __init__(self, unit: str, page: str, seconds: float) -> None:
        """Watch *unit* for *seconds*; *page* is an address that it must answer, "" for none."""
        self._unit = unit
        self._page = page
        self._seconds = seconds

    def restart(self) -> bool:
        """Start it anew; return whether systemd could."""
        return _ran("systemctl", "restart", self._unit)

    def stop(self) -> None:
        """Stop it."""
        _ran("systemctl", "stop", self._unit)

    def machine_stays(self) -> bool:
        """Return whether the machine goes on: what ends with it has not failed."""
        told = subprocess.run(
            ["systemctl", "is-system-running"], check=False, capture_output=True, text=True
        )
        return told.stdout.strip() in UP

    def runs(self) -> bool:
        """Return whether it runs now."""
        return _ran("systemctl", "is-active", "--quiet", self._unit)

    def trouble(self) -> str:
        """Return why it has not proven itself, "" where it has: one process, all the time."""
        until = time.monotonic() + START_SECONDS_MAX
        while not self._serves():
            if time.monotonic() > until:
                return f"{self._unit} does not serve"
            time.sleep(LOOK_SECONDS)
        process, until = self._process(), time.monotonic() + self._seconds
        while time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
            if self._process() != process:
                return f"{self._unit} did not go on running"
        return "" if self._serves() else f"{self._unit} does not serve any more"

    def _serves(self) -> bool:
        return self.runs() and (not self._page or _answers(self._page))

    def _process(self) -> str:
        asked = ["systemctl", "show", "--property=MainPID", "--value", self._unit]
        return subprocess.run(asked, check=False, capture_output=True, text=True).stdout.strip()


def _ran(*command: str) -> bool:
    return subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode == 0


def _answers(page: str) -> bool:
    try:
        with urllib.request.urlopen(page, timeout=PAGE_SECONDS_MAX):  # noqa: S310 - our own
            return True
    except urllib.error.HTTPError as error:
        with error:
            return error.code < 500
    except (OSError, ValueError):
        return False


class Switch:
    """Puts a version in force."""

    def __init__(self, versions: Versions, service: Service, told: argparse.Namespace) -> None:
        """Do as the command line *told*."""
        self._versions = versions
        self._service = service
        self._told = told

    def to(self, name: str) -> int:
        """Put version *name* in force where it proves itself; return the exit status."""
        versions, told = self._versions, self._told
        good, failed = versions.named("good"), versions.folder(name) / "failed"
        if versions.named("current") == good == name:
            if not self._service.runs():
                self._service.restart()
            return _say(KEPT, f"kept {name}")
        # Where there is no other, it is the one to try: what was wrong may have been its settings.
        if failed.exists() and good and not told.again:
            return self._refuse(name, good, failed.read_text(encoding="utf-8").strip())
        if good and told.before and not _ran(*told.before.split(), name):
            return _say(NOT_BEGUN, f"not begun: {told.before} did not end well")
        versions.point("current", name)
        trouble = "" if self._service.restart() else "systemd could not start it"
        trouble = trouble or self._service.trouble()
        if trouble and not self._service.machine_stays():
            return _say(NOT_PROVEN, f"{name} proves itself at the next start: this one is over")
        if trouble:
            failed.write_text(f"{trouble}\n", encoding="utf-8")
            return self._back(name, good, trouble)
        self._keep(name, good)
        failed.unlink(missing_ok=True)
        return _say(KEPT, f"switched to {name}")

    def _keep(self, name: str, good: str) -> None:
        if good and good != name:
            self._versions.point("previous", good)
        self._versions.point("good", name)
        self._versions.prune()

    def _refuse(self, name: str, good: str, trouble: str) -> int:
        # Here a power cut came between its failure and the way back.
        if self._versions.named("current") == name and good != name:
            return self._back(name, good, trouble)
        return _say(ROLLED_BACK, f"{name} has failed here before: {trouble}")

    def _back(self, name: str, good: str, trouble: str) -> int:
        failed = f"{name} failed: {trouble}"
        if not good or good == name:
            return _say(ROLLED_BACK, f"{failed}; there is no other to go back to")
        self._service.stop()
        self._versions.point("current", good)
        if self._told.undo and not _ran(*self._told.undo.split(), name):
            return _say(ROLLED_BACK, f"{failed}; {self._told.undo} needs a person")
        self._service.restart()
        return _say(ROLLED_BACK, f"{failed}; back to {good}")


def _say(status: int, what: str) -> int:
    print(what.strip(), flush=True)
    return status


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[None]:
    with (root / ".switch.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Do what the command line says."""
    says = argparse.ArgumentParser(description=__doc__)
    says.add_argument("version", nargs="?", help="none: what is in force since a power cut, maybe")
    says.add_argument("--root", type=Path, default=Path("/opt/fingertopp"))
    says.add_argument("--unit", required=True)
    says.add_argument("--page", default="", help="an address that the unit must answer")
    says.add_argument("--seconds", type=float, default=10.0, help="how long it must go on running")
    says.add_argument("--before", default="", help="run before; gets the version's name")
    says.add_argument("--undo", default="", help="run before going back; gets the version's name")
    says.add_argument("--again", action="store_true", help="also one that has failed here")
    told = says.parse_args()
    versions = Versions(told.root)
    with _alone(told.root):
        name = told.version or versions.named("current")
        if not name or not (versions.folder(name) / "whole").exists():
            return _say(NOT_BEGUN, f"there is no whole version {name!r}")
        service = Service(told.unit, told.page, told.seconds)
        return Switch(versions, service, told).to(name)


if __name__ == "__main__":
    sys.exit(main())
