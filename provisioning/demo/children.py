"""The demo's child processes: tied to the supervisor, each with a log and a ready file."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

LOG_BYTES_MAX = 5 << 20
RESTART_SECONDS_MAX = 2.0
"""The longest wait before a dead child is started again; a restart itself takes up to a second."""
STEADY_SECONDS = 10.0
"""A child that lived this long starts again at once."""

_TETHER = Path(__file__).with_name("tether.py")
_TREE = Path(__file__).parents[2]


class Program(Struct, frozen=True, kw_only=True):
    """What to run as *name*; it can be used when the file *ready* is there, or the port answers."""

    name: str
    command: tuple[str, ...]
    ready: Path | int
    log: Path


class Child:
    """One program, alive or about to be started again."""

    def __init__(self, program: Program) -> None:
        """Hold *program*, not yet started."""
        self.program = program
        self.deaths = 0
        self.answer: dict[str, Any] = {}
        """What the program wrote when it was last ready."""
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._due = 0.0

    @property
    def pid(self) -> int:
        """Return the process id of the latest start."""
        assert self._process, f"{self.program.name} was never started"
        return self._process.pid

    def start(self) -> None:
        """Start the program, its old ready file gone; only from the main thread.

        The kernel's tether is to the thread that forks, not to its process.
        """
        if isinstance(self.program.ready, Path):
            self.program.ready.parent.mkdir(parents=True, exist_ok=True)
            self.program.ready.unlink(missing_ok=True)
        self.program.log.parent.mkdir(parents=True, exist_ok=True)
        _turn(self.program.log)
        tether = [sys.executable, "-S", "-E", str(_TETHER), str(os.getpid())]
        with self.program.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*tether, *self.program.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=_TREE,
                env=_environment(),
                start_new_session=True,
            )
        self._started = time.monotonic()

    def exit_status(self) -> int | None:
        """Return how the program ended, or None while it runs."""
        return self._process.poll() if self._process else None

    def is_ready(self) -> bool:
        """Return whether the program can be used; *answer* is then what it wrote."""
        if self.exit_status() is not None:
            return False
        if isinstance(self.program.ready, int):
            return _answers(self.program.ready)
        try:
            self.answer = msgspec.json.decode(self.program.ready.read_bytes())
        except (FileNotFoundError, msgspec.DecodeError):
            return False
        return True

    def revive(self) -> bool:
        """Start a dead program again when its pause is over; return whether that was now."""
        if self.exit_status() is None:
            return False
        now = time.monotonic()
        if not self._due:
            self._due = now + self._pause(now)
        if now < self._due:
            return False
        self._due = 0.0
        self._end_group()
        self.start()
        return True

    def _pause(self, now: float) -> float:
        steady = now - self._started > STEADY_SECONDS
        self.deaths = 1 if steady else self.deaths + 1
        return float(min(RESTART_SECONDS_MAX, 0.25 * (self.deaths - 1)))

    def ask_to_stop(self) -> None:
        """Tell the program to end, where it was started; returns at once."""
        if self._process and self.exit_status() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)

    def wait(self, until: float) -> None:
        """Return when the program is gone; after *until* (monotonic) it is killed."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._end_group()

    def _end_group(self) -> None:
        """Kill what the program started and left behind."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def last_words(self, lines: int = 8) -> str:
        """Return the end of the program's log."""
        text = self.program.log.read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-lines:])


def _answers(port: int) -> bool:
    """Return whether a server on this machine accepts connections on *port*."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
    except OSError:
        return False
    return True


def _turn(log: Path) -> None:
    """Set a *log* that has grown too long aside, over the one set aside before."""
    if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
        log.replace(log.with_suffix(".log.1"))


def _environment() -> dict[str, str]:
    # glibc otherwise keeps an arena of memory per thread, in every one of the processes
    return {**os.environ, "MALLOC_ARENA_MAX": "2", "PYTHONUNBUFFERED": "1"}
