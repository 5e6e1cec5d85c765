"""What messages have kept: many in one commit, each answered when it is on disk."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import structlog
from msgspec import Struct
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from circulation.errors import MessageError
from hub import quarantine
from hub.faults import where

log = structlog.get_logger()


class Message(NamedTuple):
    """One message as the broker handed it over."""

    topic: str
    payload: bytes
    retained: bool = False
    """Whether it was said some time ago, nobody knows when, and only handed over now."""


class Outgoing(Struct, frozen=True):
    """A signed message for the broker."""

    topic: str
    payload: bytes
    qos: int
    retain: bool = False


Says = Callable[[], list[Outgoing]]
"""What is said of a message, once it is kept."""


class Job(Struct, frozen=True):
    """What is to be kept of one message."""

    topic: str
    payload: bytes
    keep: Callable[[Connection], Says]
    facts: int = 0


class Keeping:
    """Keeps what messages bring; one thread calls."""

    def __init__(self, engine: Engine) -> None:
        """Keep it in *engine*."""
        self._engine = engine

    def together(self, jobs: list[Job], now_ms: int) -> Iterator[Outgoing]:
        """Keep what *jobs* want kept in one commit, and yield what is said then."""
        if not jobs:
            return
        try:
            says = self._kept(jobs)
        except OperationalError as error:
            for job in jobs:
                not_taken(job.topic, error)
        except Exception:  # noqa: BLE001 - whose fault it is shows when each is taken alone
            for job in jobs:
                with taking(job.topic):
                    yield from self.alone(job, now_ms)
        else:
            for job, say in zip(jobs, says, strict=True):
                with taking(job.topic):
                    yield from say()

    def _kept(self, jobs: list[Job]) -> list[Says]:
        """Return what to say of each of *jobs*, once all would survive pulling the plug."""
        with self._engine.begin() as db:
            return [job.keep(db) for job in jobs]

    def alone(self, job: Job, now_ms: int) -> list[Outgoing]:
        """Keep what *job* wants kept, or set its message aside, and return what is said then."""
        try:
            (say,) = self._kept([job])
        except MessageError as error:
            (say,) = self._kept([aside(job.topic, job.payload, error, now_ms)])
        return say()


@contextmanager
def taking(topic: str) -> Iterator[None]:
    """Go on with the next message, whatever becomes of this one."""
    try:
        yield
    except OperationalError as error:
        not_taken(topic, error)
    except Exception as error:  # noqa: BLE001 - one message must not end the hearing of all
        # A fact comes again; its words may be private, so only where it went wrong is told.
        log.error("message_not_taken", topic=topic, **where(error))


def not_taken(topic: str, error: OperationalError) -> None:
    """Tell a technician that the store took nothing of a message on *topic*."""
    log.error("message_not_taken", topic=topic, problem=str(error.orig))


def nothing() -> list[Outgoing]:
    """Say nothing."""
    return []


def aside(topic: str, payload: bytes, error: MessageError, now_ms: int) -> Job:
    """Return the keeping of a message that cannot be read, whole and counted."""

    def keep(db: Connection) -> Says:
        quarantine.put(db, topic, payload, error=error, now_ms=now_ms)
        return nothing

    return Job(topic, payload, keep)
