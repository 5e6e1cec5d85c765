"""Programs under faults that the kernel makes for us: strace's injection, eatmydata, a freeze."""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUN_SECONDS_MAX = 60
EATMYDATA = "libeatmydata.so"

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace injects faults")


def program(module: str, *words: object) -> list[str]:
    """Return the command that runs *module* of this tree with *words*."""
    return [sys.executable, "-m", module, *map(str, words)]


def inject(call: str, fault: str, *command: str, on: Path | None = None) -> list[str]:
    """Return *command* under strace, whose *call* suffers *fault*; only for file *on*, if given."""
    only = ["-P", str(on)] if on else []
    filters = ["-e", f"trace={call}", "-e", f"inject={call}:{fault}", *only]
    return ["strace", "-f", "-qq", "-o", os.devnull, *filters, *command]


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Return *command* once it has ended, with all that it said."""
    return subprocess.run(
        command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=RUN_SECONDS_MAX
    )


class Frozen:
    """A program that tells line by line, and can be frozen in the midst of it."""

    def __init__(self, command: list[str], *, preload: str = "") -> None:
        env = {**os.environ, "LD_PRELOAD": preload} if preload else None
        self._process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE)
        self._said = b""

    @property
    def lines(self) -> list[str]:
        """All whole lines that it has told so far."""
        self._read(0.0)
        return self._said.decode().split("\n")[:-1]

    def until_told(self, lines: int) -> None:
        """Return when it has told as many *lines*."""
        end = time.monotonic() + RUN_SECONDS_MAX
        while len(self.lines) < lines:
            assert time.monotonic() < end, f"it told only {len(self.lines)} of {lines}"
            assert self._process.poll() is None, "it ended"
            self._read(0.1)

    def freeze(self) -> list[str]:
        """Return all that it told, once none of its threads runs any more."""
        self._process.send_signal(signal.SIGSTOP)
        status = Path(f"/proc/{self._process.pid}/stat")
        end = time.monotonic() + RUN_SECONDS_MAX
        while status.read_text().rsplit(")", 1)[1].split()[0] != "T":
            assert time.monotonic() < end, "it would not freeze"
            time.sleep(0.001)
        return self.lines

    def kill(self) -> None:
        """End it with -9."""
        self._process.kill()
        self._process.wait(RUN_SECONDS_MAX)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _read(self, seconds: float) -> None:
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        while select.select([pipe], [], [], seconds)[0]:
            came = os.read(pipe, 1 << 16)
            if not came:
                return
            self._said += came
            seconds = 0.0


@contextlib.contextmanager
def running(command: list[str], *, preload: str = "") -> Iterator[Frozen]:
    """Run *command* as something to freeze, and leave no process behind."""
    process = Frozen(command, preload=preload)
    try:
        yield process
    finally:
        process.kill()
