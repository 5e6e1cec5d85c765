"""Many threads' changes in few transactions: each thread goes on when its own are on disk.

A commit that survives pulling the plug costs more than what is in it. Whoever comes while one is
under way goes into the next, all of them together: docs/explanation/selfchecks.md.
"""

import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, text

from hub.prepared import Prepared

MOST_AT_ONCE = 64
STOP_SECONDS_MAX = 10.0

_BEGUN = Prepared(text("SAVEPOINT job"))
_KEPT = Prepared(text("RELEASE SAVEPOINT job"))
_UNDONE = Prepared(text("ROLLBACK TO SAVEPOINT job"))

Told = TypeVar("Told")
End = Callable[[Connection], None]


class _Job:
    """What one thread wants done, and how it went."""

    def __init__(self, do: Callable[[], object]) -> None:
        self.do = do
        self.told: object = None
        self.error: Exception | None = None
        self.is_over = False
        self.is_up = threading.Event()
        """It is over, or it is for its own thread to carry out the next batch."""


class Batches:
    """What many threads ask for, many at a time in one transaction.

    Whoever asks while no batch is under way carries one out, and the first of those who came
    meanwhile the next: nobody waits for a thread that does nothing else.
    """

    def __init__(self, engine: Engine) -> None:
        """Write to *engine*."""
        self._engine = engine
        self._lock = threading.Lock()
        self._jobs: deque[_Job] = deque()
        self._idle = threading.Event()
        self._idle.set()
        self._thread: threading.Thread | None = None
        """Whose batch is under way."""
        self._open: Connection | None = None
        self._ends: dict[object, End] = {}

    @property
    def engine(self) -> Engine:
        """Return an engine whose transactions, in a job, are parts of the batch's own."""
        # It has of an engine what our own SQL asks of one: `begin` and `execution_options`.
        return cast("Engine", _Joined(self, self._engine))

    def stop(self) -> None:
        """Return when what was asked for is done."""
        if not self._idle.wait(STOP_SECONDS_MAX):
            raise RuntimeError(f"a batch did not end in {STOP_SECONDS_MAX} s")

    def run(self, do: Callable[[], Told]) -> Told:
        """Return what *do* returns, once all that it has changed would survive a power cut.

        Where it raises, nothing of it is left, and its error is raised here. Any thread may ask;
        *do* may be called on another.
        """
        job = _Job(do)
        if not self._is_first(job):
            job.is_up.wait()
        if not job.is_over:
            self._carry_out()
        if job.error is not None:
            raise job.error
        return cast("Told", job.told)

    def at_end(self, of: object, do: End) -> None:
        """In a job: have *do* called once before the commit, however many jobs name *of*."""
        self._ends.setdefault(of, do)

    def open_here(self) -> Connection | None:
        """Return the open transaction, None for whoever is not in a job."""
        return self._open if threading.current_thread() is self._thread else None

    def _is_first(self, job: _Job) -> bool:
        """Queue *job*, and return whether nobody else is carrying out a batch."""
        with self._lock:
            self._jobs.append(job)
            first = self._idle.is_set()
            self._idle.clear()
            return first

    def _carry_out(self) -> None:
        """Do what is asked for by now, the first of which is this thread's own."""
        with self._lock:
            jobs = [self._jobs.popleft() for _ in range(min(len(self._jobs), MOST_AT_ONCE))]
        self._thread = threading.current_thread()
        try:
            self._do(jobs)
        finally:
            self._thread = None
            self._hand_over()
            for job in jobs:
                job.is_up.set()

    def _hand_over(self) -> None:
        with self._lock:
            if self._jobs:
                self._jobs[0].is_up.set()
            else:
                self._idle.set()

    def _do(self, jobs: list[_Job]) -> None:
        self._ends.clear()
        try:
            with self._engine.begin() as db:
                self._open = db
                for job in jobs:
                    self._do_one(db, job)
                for end in self._ends.values():
                    end(db)
        except Exception as error:  # noqa: BLE001 - each who waits is told, and nobody else is there
            for job in jobs:
                job.error = error
        finally:
            self._open = None
            for job in jobs:
                job.is_over = True

    @staticmethod
    def _do_one(db: Connection, job: _Job) -> None:
        try:
            _BEGUN.do(db)
            job.told = job.do()
            _KEPT.do(db)
        except Exception as error:  # noqa: BLE001 - it is told to whoever asked; the others go on
            # On a full disk SQLite ends all of the transaction: then this fails, and so does the
            # batch. Else those that come after would each be a transaction of its own.
            _UNDONE.do(db)
            _KEPT.do(db)
            job.error = error


class _Joined:
    """Of an engine: its transactions, which join the batch's own where one is open here."""

    def __init__(self, batches: Batches, engine: Engine) -> None:
        self._batches = batches
        self._engine = engine

    def execution_options(self, **options: Any) -> "_Joined":
        return _Joined(self._batches, self._engine.execution_options(**options))

    def begin(self) -> AbstractContextManager[Connection]:
        open_ = self._batches.open_here()
        return self._engine.begin() if open_ is None else nullcontext(open_)
