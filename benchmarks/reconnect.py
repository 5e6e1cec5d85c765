"""A thousand stations that are back at once, against a hub that reads and keeps nothing.

Each has been away, owes ten facts, and is done when the hub has acknowledged them.
"""

import selectors
import tempfile
import time
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path
from statistics import median

import msgspec
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from sqlalchemy import insert

from benchmarks.backlog import NOW_MS, RING, SIGNING_KEY, Station, hub
from circulation import envelopes, messages, signing, topics
from circulation.identifiers import StationId
from circulation.messages import Ack, FactBatch, State
from hub.catalogue import tables
from hub.catalogue.branches import Details
from hub.database import open_database
from hub.inbox import Inbox
from hub.keeping import Message, Outgoing
from hub.line import Address, Line
from tests.brokers import running_broker

STATIONS = 1_000
OWED = 10
SECONDS_MAX = 240.0
AGAIN_SECONDS = 5.0
"""How soon what was not acknowledged is sent again: a full broker drops messages."""
KEEPALIVE_SECONDS = 600

Take = Callable[[list[Message]], Iterable[Outgoing]]


class Returning:
    """A station that connects, says how it is and what it owes, and hears the hub's word."""

    def __init__(self, station: Station, port: int) -> None:
        """Begin to connect to the broker on *port*."""
        self.acknowledged_at: float | None = None
        self._sent_at: float | None = None
        self._acks = topics.topic("bench", station.id, topics.ACKS)
        self._birth = birth(station)
        self._facts = list(station.frames())
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2, station.id, protocol=MQTTProtocolVersion.MQTTv311
        )
        self.client.on_connect = lambda *_: self.client.subscribe(self._acks, 1)
        self.client.on_subscribe = self._subscribed
        self.client.on_message = self._heard
        self.client.connect("127.0.0.1", port, KEEPALIVE_SECONDS)

    def _subscribed(self, *_: object) -> None:
        self._sent_at = time.perf_counter()
        self.client.publish(*self._birth, qos=1, retain=True)
        for frame in self._facts:
            self.client.publish(*frame, qos=1)

    def send_again(self, now: float) -> None:
        """Say all once more where nobody has answered for long."""
        waits = self._sent_at is not None and self.acknowledged_at is None
        if waits and now - (self._sent_at or now) > AGAIN_SECONDS:
            self._subscribed()

    def _heard(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        body = bytes(signing.unwrap(message.payload).body)
        if messages.decode(body, Ack).up_to_seq == OWED:
            self.acknowledged_at = time.perf_counter()


def birth(station: Station) -> tuple[str, bytes]:
    """Return the first word of *station* on a new connection."""
    topic = topics.topic("bench", station.id, topics.STATE)
    state = State(alive=True, connection=1, epoch=1, owed=OWED)
    signer = signing.KeySigner(station.id, SIGNING_KEY)
    return topic, signing.wrap(topic, messages.encode(state), signer)


def come_back(stations: list[Station], port: int) -> list[float]:
    """Return after how many seconds each of *stations* was acknowledged, all connecting at once."""
    begun, waiting = time.perf_counter(), selectors.DefaultSelector()
    back = [Returning(station, port) for station in stations]
    for each in back:
        waiting.register(each.client.socket(), selectors.EVENT_READ, each.client)
    while any(each.acknowledged_at is None for each in back):
        assert time.perf_counter() - begun < SECONDS_MAX, "some were never acknowledged"
        for key, _ in waiting.select(0.1):
            key.data.loop_read()
        now = time.perf_counter()
        for each in back:
            each.send_again(now)
            if each.client.want_write():
                each.client.loop_write()
    for each in back:
        waiting.unregister(each.client.socket())
        each.client.disconnect()
    waiting.close()
    return [each.acknowledged_at - begun for each in back if each.acknowledged_at is not None]


def _measured(take: Take, stations: list[Station]) -> list[float]:
    with (
        tempfile.TemporaryDirectory() as name,
        running_broker("mosquitto", Path(name)) as broker,
    ):
        line = Line(Address("127.0.0.1", broker.port, "hub", ["bench"]), take)
        line.start()
        try:
            return come_back(stations, broker.port)
        finally:
            line.stop()


def _keeps_nothing(message: Message) -> list[Outgoing]:
    """Verify, unseal and decode what comes, and acknowledge it."""
    lane, frame = topics.parse(message.topic), signing.unwrap(message.payload)
    body = signing.verify(message.topic, frame, SIGNING_KEY.public_key())
    if lane.lane != topics.FACTS:
        return []
    batch = messages.decode(body, FactBatch)
    for raw in batch.envelopes:
        envelopes.open_fact(envelopes.address(raw), RING)
    head = envelopes.digest(batch.envelopes[-1])
    last = batch.first + len(batch.envelopes) - 1
    ack = Ack(hub="bench", epoch=batch.epoch, up_to_seq=last, head=head, safe_to_seq=last)
    topic = topics.topic("bench", StationId(lane.station), topics.ACKS)
    signer = signing.KeySigner("hub", SIGNING_KEY)
    return [Outgoing(topic, signing.wrap(topic, messages.encode(ack), signer), 1)]


def _enter_places(folder: Path) -> None:
    engine = open_database(f"sqlite:///{folder / 'hub.sqlite'}")
    nothing = Details(
        telephone="", drop="", drop_en="", loan_days=28, closed_days=[], hours=[], stops=[]
    )
    town = {"code": "bench", "name": "Bench", "pin_to_borrow": True, "pin_offline": "waive"}
    home = {"code": "BEN", "name": "Bench", "municipality": "bench", "floating": False}
    with engine.begin() as db:
        db.execute(insert(tables.municipality).values(town))
        db.execute(insert(tables.branch).values(home | {"details": msgspec.to_builtins(nothing)}))
    engine.dispose()


def _takes(inbox: Inbox) -> Take:
    return lambda messages: inbox.take_all(messages, NOW_MS)


def main() -> None:
    """Print how soon the last of them is served."""
    stations = [Station(number) for number in range(1, STATIONS + 1)]
    for station in stations:
        station.owe(OWED)
    floor = _measured(lambda messages: chain.from_iterable(map(_keeps_nothing, messages)), stations)
    with tempfile.TemporaryDirectory() as name, hub(Path(name), stations) as (inbox, _, _):
        _enter_places(Path(name))
        served = _measured(_takes(inbox), stations)
    print(
        f"hub              {max(served):8.2f} s until the last of {STATIONS} stations with "
        f"{OWED} owed facts each is acknowledged, {median(served):.2f} s at the median"
    )
    print(f"floor            {max(floor):8.2f} s: the same broker; verify, unseal, sign, no store")
    print(f"floor : hub = {max(floor) / max(served):.2f}")


if __name__ == "__main__":
    main()
