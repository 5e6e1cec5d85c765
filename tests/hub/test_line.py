"""The hub's line over a real broker: what one message breaks, the next does not notice."""

import queue
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from circulation import topics
from hub.keeping import Message, Outgoing
from hub.line import Address, Line
from station.uplink.connection import Address as StationAddress
from station.uplink.connection import Connection, Opened
from tests.brokers import KINDS, running_broker

TOPIC = topics.topic("vindeln", "vindeln-1", topics.FACTS)


@pytest.fixture(params=KINDS)
def broker(request, tmp_path):
    with running_broker(request.param, tmp_path) as running:
        yield running


@pytest.fixture
def station(broker):
    connection = Connection(
        StationAddress("127.0.0.1", broker.port, "vindeln-1"), "fingertopp/will", b"{}"
    )
    connection.open()
    assert connection.incoming.get(timeout=10) == Opened()
    yield connection
    connection.close()


@contextmanager
def hears(broker):
    """Give what a hub hears, while it does."""
    taken: queue.Queue[Message] = queue.Queue()

    def take(messages: list[Message]) -> list[Outgoing]:
        for message in messages:
            taken.put(message)
        return []

    line = Line(Address("127.0.0.1", broker.port, "hub", ["+"]), take)
    line.start()
    try:
        yield taken
    finally:
        line.stop()


def until_it_hears(taken, station):
    """Have *station* speak until the hub has subscribed, and nothing is under way any more."""
    for number in range(40):
        station.publish(TOPIC, b"%d" % number, qos=1)
        with suppress(queue.Empty):
            taken.get(timeout=0.5)
            break
    station.publish(TOPIC, b"last", qos=1)
    while taken.get(timeout=20).payload != b"last":
        pass


def test_what_a_broker_has_kept_is_known_for_that(broker, station):
    with hears(broker) as taken:
        until_it_hears(taken, station)
        station.publish(TOPIC, b"how it is", qos=1, retain=True)
        assert taken.get(timeout=20) == Message(TOPIC, b"how it is", retained=False)

    with hears(broker) as taken:
        assert taken.get(timeout=20) == Message(TOPIC, b"how it is", retained=True)


def test_a_message_that_cannot_be_taken_does_not_end_the_line(broker, station):
    taken: queue.Queue[bytes] = queue.Queue()

    def take(messages: list[Message]) -> list[Outgoing]:
        for message in messages:
            taken.put(message.payload)
            if message.payload == b"poison":
                raise RecursionError
        return []

    line = Line(Address("127.0.0.1", broker.port, "hub", ["+"]), take)
    line.start()
    try:
        for payload in (b"poison", b"food"):
            heard = b""
            end = time.monotonic() + 20
            # What is said before the hub has subscribed is nobody's: a station says it again.
            while heard != payload and time.monotonic() < end:
                station.publish(TOPIC, payload, qos=1)
                try:
                    heard = taken.get(timeout=0.5)
                except queue.Empty:
                    continue
            assert heard == payload
        assert line.is_alive()
    finally:
        line.stop()
    assert "line" not in {thread.name for thread in threading.enumerate()}
