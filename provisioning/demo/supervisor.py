"""Keeps a region's processes alive: started in order, restarted when dead, stopped in order."""

import threading
import time
from collections.abc import Callable, Sequence

from circulation.errors import CirculationError
from provisioning.demo.children import Child, Program

POLL_SECONDS = 0.2
START_SECONDS_MAX = 120.0
EARLY_DEATHS_MAX = 3
STOP_SECONDS_MAX = 2.0
"""For each stage; after that its children are killed."""
EXIT_CONFIG = 78


class StartError(CirculationError):
    """A process of the region did not come up; its last words say why."""


class Supervisor:
    """Broker, hub and stations as children of this process, in stages that need each other."""

    def __init__(self, stages: Sequence[Sequence[Program]], stopping: threading.Event) -> None:
        """Hold *stages*, each started when the one before is ready; *stopping* ends the wait."""
        self._stages = [[Child(program) for program in stage] for stage in stages]
        self._stopping = stopping

    @property
    def children(self) -> list[Child]:
        """Return every child, in the order of starting."""
        return [child for stage in self._stages for child in stage]

    def pids(self) -> dict[str, int]:
        """Return each child's process id by name."""
        return {child.program.name: child.pid for child in self.children}

    def start(self, progress: Callable[[str], None]) -> bool:
        """Return whether every child is ready; False where told to stop before that.

        One that cannot come up is a `StartError` with its last words.
        """
        for stage in self._stages:
            for child in stage:
                child.start()
            self._await(stage, progress)
            if self._stopping.is_set():
                return False
        return True

    def _await(self, stage: list[Child], progress: Callable[[str], None]) -> None:
        deadline = time.monotonic() + START_SECONDS_MAX
        waiting = list(stage)
        while waiting and not self._stopping.is_set():
            for child in [child for child in waiting if child.is_ready()]:
                waiting.remove(child)
                progress(child.program.name)
            for child in waiting:
                _check(child, late=time.monotonic() > deadline)
                child.revive()
            self._stopping.wait(POLL_SECONDS / 4)

    def keep(self, changed: Callable[[], bool], *, seconds: float | None = None) -> None:
        """Restart what dies until told to stop or *seconds* are over.

        *changed* is called at each restart, and again when the restarted child is ready; where it
        returns False, the news did not get through, it is called again until they do.
        """
        deadline = time.monotonic() + seconds if seconds is not None else float("inf")
        coming: list[Child] = []
        told = True
        while not self._stopping.wait(POLL_SECONDS) and time.monotonic() < deadline:
            revived = [child for child in self.children if child.revive()]
            coming = [child for child in coming if child not in revived]
            up = [child for child in coming if child.is_ready()]
            coming = [child for child in coming if child not in up] + revived
            if revived or up or not told:
                told = changed()

    def stop(self) -> None:
        """Return when every child is gone, the last started first."""
        for stage in reversed(self._stages):
            for child in stage:
                child.ask_to_stop()
            until = time.monotonic() + STOP_SECONDS_MAX
            for child in stage:
                child.wait(until)


def _check(child: Child, *, late: bool) -> None:
    """Raise `StartError` where there is no sense in waiting for *child* any longer."""
    status = child.exit_status()
    hopeless = status == EXIT_CONFIG or (status is not None and child.deaths >= EARLY_DEATHS_MAX)
    if hopeless or late:
        how = "did not come up in time" if status is None else f"ended with status {status}"
        log = child.program.log
        raise StartError(f"{child.program.name} {how}; the end of {log}:\n{child.last_words()}")
