"""A slow catalogue keeps no facts waiting, and no more questions than can be answered."""

import threading

from circulation import topics
from hub.askers import WAITING_MAX, Askers
from hub.keeping import Message, Outgoing

SECONDS_MAX = 30
ASK = Message(topics.topic("vindeln", "vindeln-1", topics.ASK), b"")
FACTS = Message(topics.topic("vindeln", "vindeln-1", topics.FACTS), b"")
ANSWER = [Outgoing("answer", b"", 0, False)]


class Slow:
    """A hub whose catalogue answers when it is let."""

    def __init__(self, *, at_once):
        self.go, self.heard, self.said = threading.Event(), [], []
        self.answered = threading.Semaphore(0)
        self.askers = Askers(self.take, self.say, at_once=at_once)

    def take(self, messages):
        for message in messages:
            self.heard.append(message)
            if message is ASK:
                assert self.go.wait(SECONDS_MAX)
            yield from ANSWER

    def say(self, outgoing):
        self.said.append(outgoing)
        self.answered.release()


def test_facts_are_taken_while_a_question_waits():
    slow = Slow(at_once=1)

    assert list(slow.askers.take([ASK, FACTS])) == ANSWER
    assert slow.said == []
    slow.go.set()
    assert slow.answered.acquire(timeout=SECONDS_MAX)
    slow.askers.stop()
    assert slow.said == [ANSWER]


def test_questions_that_nobody_waits_for_any_more_are_dropped():
    slow = Slow(at_once=1)
    for _ in range(50):
        slow.askers.take([ASK])

    slow.go.set()
    for _ in range(1 + WAITING_MAX):
        assert slow.answered.acquire(timeout=SECONDS_MAX)
    slow.askers.stop()
    assert len(slow.said) == 1 + WAITING_MAX


def test_a_question_that_fails_leaves_room_for_the_next():
    told = []

    def take(messages):
        told.extend(messages)
        raise ValueError("a card's number")

    askers = Askers(take, told.append, at_once=1)
    for _ in range(3):
        askers.take([ASK])
    askers.stop()
    assert told[:1] == [ASK]
    assert all(each is ASK for each in told)


def test_nothing_runs_on_after_the_end():
    slow = Slow(at_once=2)
    slow.askers.take([ASK])
    slow.go.set()
    slow.askers.stop()

    assert not [each for each in threading.enumerate() if each.name.startswith("asker")]
