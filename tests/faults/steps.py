"""One kill at every step: the first call, the second, and so on until a run ends by itself."""

from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

from tests.faults.faulty import inject, run

STEPS_MAX = 400
KILLED = (-9, 137)
"""strace dies as its child did."""


def until_it_lives(
    folder: Path, call: str, make: Callable[[Path], list[str]]
) -> Iterator[tuple[Path, CompletedProcess[str]]]:
    """Kill what *make* starts at its Nth *call*, each time in a folder of its own."""
    for step in range(1, STEPS_MAX):
        own = folder / f"killed-{step}"
        own.mkdir()
        ended = run(inject(call, f"signal=KILL:when={step}", *make(own)))
        yield own, ended
        if ended.returncode == 0:
            # The control: the kills before were at real steps, and this run had no more.
            assert step > 1, f"nothing ever calls {call}"
            return
        assert ended.returncode in KILLED, ended.stderr
    raise AssertionError(f"more than {STEPS_MAX} times {call}")
