"""Questions answered beside the line: a catalogue that takes its time keeps no facts waiting."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog

from circulation import topics
from hub.faults import where
from hub.inbox import Outgoing
from hub.line import Message

WAITING_MAX = 8
"""How many questions for each one under way; whoever asks more has long stopped listening."""

log = structlog.get_logger()


class Askers:
    """Takes questions on threads of its own, and everything else at once."""

    def __init__(
        self,
        take: Callable[[Message], list[Outgoing]],
        say: Callable[[list[Outgoing]], None],
        *,
        at_once: int,
    ) -> None:
        """Take messages with *take*, and *say* what answers a question; *at_once* of those."""
        self._take = take
        self._say = say
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="asker")
        self._room = threading.Semaphore(at_once * (1 + WAITING_MAX))

    def take(self, message: Message) -> list[Outgoing]:
        """Return what to say to *message* now; what answers a question is said in its time."""
        if message.topic.rpartition("/")[2] != topics.ASK:
            return self._take(message)
        if self._room.acquire(blocking=False):
            self._threads.submit(self._answer, message)
        else:
            log.warning("question_dropped", topic=message.topic)
        return []

    def stop(self) -> None:
        """Return when no question is under way; those that wait are dropped."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _answer(self, message: Message) -> None:
        try:
            self._say(self._take(message))
        except Exception as error:  # noqa: BLE001 - the station hears nothing, and decides itself
            log.error("message_not_taken", topic=message.topic, **where(error))
        finally:
            self._room.release()
