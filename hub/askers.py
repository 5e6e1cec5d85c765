"""Questions answered beside the line: a catalogue that takes its time keeps no facts waiting."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import structlog

from circulation import topics
from hub.faults import where
from hub.keeping import Message, Outgoing

WAITING_MAX = 8
"""How many questions for each one under way; whoever asks more has long stopped listening."""

log = structlog.get_logger()


class Askers:
    """Takes questions on threads of its own, and everything else at once."""

    def __init__(
        self,
        take: Callable[[list[Message]], Iterable[Outgoing]],
        say: Callable[[list[Outgoing]], None],
        *,
        at_once: int,
    ) -> None:
        """Take messages with *take*, and *say* what answers a question; *at_once* of those."""
        self._take = take
        self._say = say
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="asker")
        self._room = threading.Semaphore(at_once * (1 + WAITING_MAX))

    def take(self, messages: list[Message]) -> Iterable[Outgoing]:
        """Return what to say to *messages* now; what answers a question is said in its time."""
        others = [message for message in messages if not _asks(message)]
        for message in filter(_asks, messages):
            if self._room.acquire(blocking=False):
                self._threads.submit(self._answer, message)
            else:
                log.warning("question_dropped", topic=message.topic)
        return self._take(others) if others else []

    def stop(self) -> None:
        """Return when no question is under way; those that wait are dropped."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _answer(self, message: Message) -> None:
        try:
            self._say(list(self._take([message])))
        except Exception as error:  # noqa: BLE001 - the station hears nothing, and decides itself
            log.error("message_not_taken", topic=message.topic, **where(error))
        finally:
            self._room.release()


def _asks(message: Message) -> bool:
    return message.topic.rpartition("/")[2] == topics.ASK
