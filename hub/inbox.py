"""The inbox: messages in, messages out; what is told was committed first."""

from collections.abc import Callable
from typing import Protocol

import structlog
from msgspec import Struct
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from circulation import envelopes, messages, sealing, signing, topics
from circulation.errors import MessageError
from circulation.messages import (
    Ack,
    Ask,
    FactBatch,
    OrderDone,
    Resend,
    Settings,
    SettingsInForce,
    ShelfPart,
    ShelfWant,
    State,
)
from circulation.topics import Lane
from hub import exceptions, fleet, ledger, orders, quarantine
from hub.answers import Answers
from hub.database import reading
from hub.fleet import Enrolled

log = structlog.get_logger()


class Outgoing(Struct, frozen=True):
    """A signed message for the broker."""

    topic: str
    payload: bytes
    qos: int
    retain: bool = False


class Shelves(Protocol):
    """What the inbox needs of the shelves."""

    def settings(self, station: Enrolled) -> Settings:
        """Return what *station* is to go by, its version still open."""
        ...

    def parts(self, station: Enrolled, want: ShelfWant) -> list[ShelfPart]:
        """Return a burst of the parts that *want* asks for, none where nothing is missing."""
        ...


class Inbox:
    """Takes what stations say; one thread calls."""

    def __init__(
        self,
        engine: Engine,
        signer: signing.Signer,
        opener: sealing.Opener,
        *,
        hub_id: str,
        answers: Answers,
        shelves: Shelves,
        touched: Callable[[frozenset[str]], None],
        erase_after_backup: bool = False,
    ) -> None:
        """Speak as *signer*; *touched* hears which items have new facts, after the commit.

        With *erase_after_backup* stations keep their facts until a verified backup has them,
        else until they are committed here.
        """
        self._engine = engine
        self._signer = signer
        self._opener = opener
        self._hub_id = hub_id
        self._answers = answers
        self._shelves = shelves
        self._touched = touched
        self._erase_after_backup = erase_after_backup

    def take(self, topic: str, payload: bytes, now_ms: int) -> list[Outgoing]:
        """Return what to say after *payload*; what cannot be read is quarantined.

        Nothing is said where the store takes nothing: who sent it sends it again.
        """
        try:
            return self._take(topic, payload, now_ms)
        except OperationalError as error:
            log.error("message_not_taken", topic=topic, problem=str(error.orig))
            return []

    def _take(self, topic: str, payload: bytes, now_ms: int) -> list[Outgoing]:
        try:
            lane, station, body = self._open(topic, payload)
            return self._handle(lane, station, body, now_ms=now_ms)
        except MessageError as error:
            with self._engine.begin() as db:
                quarantine.put(db, topic, payload, error=error, now_ms=now_ms)
            return []

    def _open(self, topic: str, payload: bytes) -> tuple[Lane, Enrolled, bytes]:
        lane = topics.parse(topic)
        if lane.lane not in topics.FROM_STATION:
            raise MessageError(f"no station speaks on {lane.lane!r}")
        frame = signing.unwrap(payload)
        if frame.by != lane.station:
            raise MessageError(f"{frame.by!r} speaks on the topic of {lane.station!r}")
        with reading(self._engine) as db:
            station, key = fleet.speaker(db, lane.station, lane.partition)
        return lane, station, signing.verify(topic, frame, key)

    def _handle(self, lane: Lane, station: Enrolled, body: bytes, *, now_ms: int) -> list[Outgoing]:
        match lane.lane:
            case topics.FACTS:
                return self._facts(station, messages.decode(body, FactBatch), now_ms)
            case topics.ASK:
                return self._ask(station, messages.decode(body, Ask), now_ms)
            case topics.STATE:
                return self._state(station, messages.decode(body, State), now_ms)
            case topics.SHELF_WANT:
                want = messages.decode(body, ShelfWant)
                parts = self._shelves.parts(station, want)
                return [self._say(station, topics.SHELF_PART, part) for part in parts]
            case topics.SETTINGS_IN_FORCE:
                return self._in_force(station, messages.decode(body, SettingsInForce), now_ms)
            case topics.ORDERS_DONE:
                told = messages.decode(body, OrderDone)
                with self._engine.begin() as db:
                    orders.done(db, station.id, told, now_ms)
        return []

    def orders(self, now_ms: int) -> list[Outgoing]:
        """Return the orders that are to be said now."""
        with self._engine.execution_options(read_only=True).begin() as db:
            if not orders.waits(db, now_ms):
                return []
        with self._engine.begin() as db:
            due = orders.due(db, now_ms)
        return [self._say(station, topics.ORDERS, order) for station, order in due]

    def _in_force(self, station: Enrolled, told: SettingsInForce, now_ms: int) -> list[Outgoing]:
        with self._engine.begin() as db:
            fleet.enter_in_force(db, station.id, told)
            if told.settings is None or not fleet.overtaken(db, station.id, told.settings):
                return []
        return [self.settings(station, now_ms)]

    def _facts(self, station: Enrolled, batch: FactBatch, now_ms: int) -> list[Outgoing]:
        for number, raw in enumerate(batch.envelopes, start=batch.first):
            envelope = envelopes.address(raw)
            if (envelope.station, envelope.epoch, envelope.seq) != (
                station.id,
                batch.epoch,
                number,
            ):
                raise MessageError(f"an envelope out of its place in a batch of {station.id}")
        with self._engine.begin() as db:
            ledger.enter_all(db, batch.envelopes, self._opener, now_ms)
            entered = exceptions.advance(db, station.id, batch.epoch, now_ms)
            reached = ledger.as_seen_by(db, entered.lane, batch.first, batch.envelopes)
        self._touched(entered.items)
        told = [self._ack(station, reached)]
        if batch.envelopes and batch.first > entered.lane.up_to_seq + 1:
            gap = Resend(
                hub=self._hub_id, epoch=batch.epoch, resend_from=entered.lane.up_to_seq + 1
            )
            told.append(self._say(station, topics.ACKS, gap))
        return told

    def _ack(self, station: Enrolled, lane: ledger.Lane) -> Outgoing:
        safe = min(lane.safe_seq, lane.up_to_seq) if self._erase_after_backup else lane.up_to_seq
        ack = Ack(
            hub=self._hub_id,
            epoch=lane.epoch,
            up_to_seq=lane.up_to_seq,
            head=lane.head,
            safe_to_seq=safe,
        )
        return self._say(station, topics.ACKS, ack)

    def _ask(self, station: Enrolled, ask: Ask, now_ms: int) -> list[Outgoing]:
        answer = self._answers.answer(station, ask, now_ms)
        return [] if answer is None else [self._say(station, topics.ANSWER, answer, qos=0)]

    def _state(self, station: Enrolled, state: State, now_ms: int) -> list[Outgoing]:
        asked = self._shelves.settings(station) if state.alive else None
        with self._engine.begin() as db:
            knows = asked is not None and fleet.goes_by(db, station.id, state, asked)
            if not fleet.enter_state(db, station.id, state, now_ms) or asked is None:
                return []
            lane = ledger.lane_of(db, station.id, state.epoch)
            exceptions.enter_claim(db, station.id, state, now_ms)
            asked = fleet.in_order(db, station.id, asked, now_ms)
        # A hub restored from a backup may know of less, or of nothing: the station must hear it.
        answer = [self._ack(station, lane)]
        return answer if knows else [*answer, self._asking(station, asked)]

    def settings(self, station: Enrolled, now_ms: int) -> Outgoing:
        """Return what *station* is to go by, for its retained lane."""
        asked = self._shelves.settings(station)
        with self._engine.begin() as db:
            asked = fleet.in_order(db, station.id, asked, now_ms)
        return self._asking(station, asked)

    def _asking(self, station: Enrolled, asked: Settings) -> Outgoing:
        return self._say(station, topics.SETTINGS, asked, retain=True)

    def _say(
        self, station: Enrolled, lane: str, message: object, *, qos: int = 1, retain: bool = False
    ) -> Outgoing:
        topic = topics.topic(station.partition, station.id, lane)
        payload = signing.wrap(topic, messages.encode(message), self._signer)
        return Outgoing(topic, payload, qos, retain)
