#!/usr/bin/python3
"""Opens a machine's root for changes that last, and closes it again.

The root lies under an overlay, so that what is written there is gone at the next start. One word
of the kernel's command line says whether the next start has the overlay. Open and closed are
written with equally many letters, in place: of a file this short that is one sector of the card,
so a power cut leaves one word or the other.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

CLOSED = b"overlayroot=tmpfs:recurse=0"
OPEN = b"overlayroot=disabled".ljust(len(CLOSED))
OPEN_SECONDS_MAX = 7200.0
"""How long a root may have been open when the night comes: applying a bundle ends before that."""
UPGRADE_SECONDS_MAX = 3600
UPDATES, BUNDLE = "updates", "bundle"
"""Why it was opened; any other word is a person's or a playbook's, who close it themselves."""


class Window:
    """The root of this machine, as it is now and as it will be from the next start."""

    def __init__(self, told: argparse.Namespace) -> None:
        """Look where the command line *told*."""
        self._cmdline: Path = told.cmdline
        self._mounts: Path = told.mounts
        self._note: Path = told.root / "window"
        self._tried: Path = told.root / "window.tried"

    def state(self) -> str:
        """Return closed, opening, open, closing; none where no start of ours has an overlay.

        `foreign` is an overlay that is not ours: nobody here can open it.
        """
        try:
            line = self._cmdline.read_bytes()
        except OSError:
            line = b""
        ours = CLOSED in line or OPEN in line
        if not ours:
            return "foreign" if self._overlaid() else "none"
        if self._overlaid():
            return "closed" if CLOSED in line else "opening"
        return "closing" if CLOSED in line else "open"

    def open(self, why: str) -> None:
        """Have the next start write to the root itself, and remember *why*."""
        _write_durably(self._note, why)
        self._turn(CLOSED, OPEN)

    def close(self) -> None:
        """Have the next start lay the overlay over the root."""
        self._turn(OPEN, CLOSED)
        self._note.unlink(missing_ok=True)

    def at_start(self) -> bool:
        """Do what the root was opened for; return whether the machine is to be restarted."""
        if self.state() != "open":
            # Here a power cut came between the note and the word.
            self._note.unlink(missing_ok=True)
            return False
        why = self._note.read_text(encoding="utf-8").strip() if self._note.exists() else ""
        if why == BUNDLE:
            _run("systemctl", "start", "--no-block", "fingertopp-pull.service")
        if why != UPDATES:
            return False
        try:
            # What was told of packages under the overlay is forgotten.
            _run("apt-get", "-qq", "update")
            _run("unattended-upgrade", seconds=UPGRADE_SECONDS_MAX)
        finally:
            self.close()
        return True

    def at_night(self, uptime: float) -> bool:
        """Close what somebody forgot, or open for updates; return whether to restart.

        *uptime* is in seconds, as at the first starts the clock may be wrong.
        """
        state = self.state()
        if state == "open" and uptime > OPEN_SECONDS_MAX:
            self.close()
            return True
        if state != "closed":
            return False
        waiting = _security_updates()
        tried = self._tried.read_text(encoding="utf-8") if self._tried.exists() else ""
        # What could not be installed yesterday is no reason to restart twice each night.
        if not waiting or waiting == tried:
            return False
        _write_durably(self._tried, waiting)
        self.open(UPDATES)
        return True

    def _overlaid(self) -> bool:
        lines = self._mounts.read_text(encoding="utf-8").splitlines()
        roots = [fields for fields in map(str.split, lines) if fields[1] == "/"]
        return bool(roots) and roots[-1][2] == "overlay"

    def _turn(self, old: bytes, new: bytes) -> None:
        handle = os.open(self._cmdline, os.O_RDWR)
        try:
            line = os.read(handle, 4096)
            if new in line:
                return
            if line.count(old) != 1:
                sys.exit(f"{self._cmdline} does not have {old.decode()} once; nothing was changed")
            os.pwrite(handle, new, line.index(old))
            os.fsync(handle)
        finally:
            os.close(handle)


def _security_updates() -> str:
    """Return Debian's security updates that wait, a line each; "" for none."""
    _run("apt-get", "-qq", "update")
    said = subprocess.run(
        ["apt-get", "--simulate", "dist-upgrade"],
        check=False, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"},
        timeout=UPGRADE_SECONDS_MAX,
    ).stdout  # fmt: skip
    lines = [line for line in said.splitlines() if line.startswith("Inst ")]
    return "\n".join(sorted(line for line in lines if "Debian-Security:" in line))


def _run(*command: str, seconds: float = 600) -> None:
    try:
        subprocess.run(command, check=False, timeout=seconds)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"{command[0]}: {error}", file=sys.stderr, flush=True)


def _write_durably(path: Path, text: str) -> None:
    new = path.with_name(f".{path.name}.new")
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def main() -> None:
    """Do what the command line says."""
    says = argparse.ArgumentParser(description=__doc__)
    says.add_argument("do", choices=["state", "open", "close", "start", "night"])
    says.add_argument("why", nargs="?", default="somebody")
    says.add_argument("--root", type=Path, default=Path("/opt/fingertopp"))
    says.add_argument("--cmdline", type=Path, default=Path("/boot/firmware/cmdline.txt"))
    says.add_argument("--mounts", type=Path, default=Path("/proc/mounts"))
    told = says.parse_args()
    window, restart = Window(told), False
    match told.do:
        case "state":
            print(window.state())
        case "open":
            window.open(told.why)
        case "close":
            window.close()
        case "start":
            restart = window.at_start()
        case "night":
            uptime = Path("/proc/uptime").read_text(encoding="ascii").split()[0]
            restart = window.at_night(float(uptime))
    if restart:
        _run("systemctl", "--no-block", "reboot")


if __name__ == "__main__":
    main()
