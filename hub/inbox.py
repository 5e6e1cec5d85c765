"""The inbox: messages in, messages out; what is told was committed first."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from sqlalchemy import Connection, Engine
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
from hub import exceptions, fleet, ledger, orders
from hub.answers import Answers
from hub.database import reading
from hub.fleet import Enrolled
from hub.keeping import Job, Keeping, Message, Outgoing, Says, aside, not_taken, nothing, taking

_QUESTIONS = (f"/{topics.ASK}", f"/{topics.SHELF_WANT}")
FACTS_AT_ONCE = 200
"""So many facts, and those of one more batch, are one commit: the poster waits no longer."""


class Shelves(Protocol):
    """What the inbox needs of the shelves."""

    def settings(self, station: Enrolled) -> Settings:
        """Return what *station* is to go by, its version still open."""
        ...

    def keep_told(self, db: Connection, station: Enrolled, version: str) -> Callable[[], None]:
        """Keep that *station* is told of the shelf *version*; call the answer once it is kept."""
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
        self._keeping = Keeping(engine)
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
            if topic.endswith(_QUESTIONS):
                return list(self._answered(topic, payload, now_ms))
            return self._keeping.alone(self._job(Message(topic, payload), now_ms), now_ms)
        except OperationalError as error:
            not_taken(topic, error)
            return []

    def take_all(self, came: Iterable[Message], now_ms: int) -> Iterator[Outgoing]:
        """Yield what to say after each of *came*, in order; see `take`.

        What is to be kept of those that follow each other is one commit, and one that cannot be
        taken takes no other with it.
        """
        together: list[Job] = []
        for message in came:
            topic, payload, _ = message
            asks = topic.endswith(_QUESTIONS)
            if asks or sum(job.facts for job in together) >= FACTS_AT_ONCE:
                yield from self._keeping.together(together, now_ms)
                together = []
            with taking(topic):
                if asks:
                    yield from self._answered(topic, payload, now_ms)
                else:
                    together.append(self._job(message, now_ms))
        yield from self._keeping.together(together, now_ms)

    def _job(self, message: Message, now_ms: int) -> Job:
        topic, payload, retained = message
        try:
            lane, station, body = self._open(topic, payload)
            match lane.lane:
                case topics.FACTS:
                    batch = messages.decode(body, FactBatch)
                    keep = self._facts(station, batch, now_ms)
                    return Job(topic, payload, keep, len(batch.envelopes))
                case topics.STATE:
                    state = messages.decode_to_keep(body, State)
                    keep = self._state(station, state, now_ms, retained=retained)
                case topics.SETTINGS_IN_FORCE:
                    keep = self._in_force(
                        station, messages.decode_to_keep(body, SettingsInForce), now_ms
                    )
                case topics.ORDERS_DONE:
                    keep = _order_done(station, messages.decode_to_keep(body, OrderDone), now_ms)
            return Job(topic, payload, keep)
        except MessageError as error:
            return aside(topic, payload, error, now_ms)

    def _answered(self, topic: str, payload: bytes, now_ms: int) -> Iterator[Outgoing]:
        """Yield what answers a question, which keeps for itself what it has to keep."""
        try:
            lane, station, body = self._open(topic, payload)
            if lane.lane == topics.ASK:
                yield from self._ask(station, messages.decode_to_keep(body, Ask), now_ms)
            else:
                for part in self._shelves.parts(station, messages.decode_to_keep(body, ShelfWant)):
                    yield self._say(station, topics.SHELF_PART, part)
        except MessageError as error:
            yield from self._keeping.alone(aside(topic, payload, error, now_ms), now_ms)

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

    def orders(self, now_ms: int) -> list[Outgoing]:
        """Return the orders that are to be said now."""
        with self._engine.execution_options(read_only=True).begin() as db:
            if not orders.waits(db, now_ms):
                return []
        with self._engine.begin() as db:
            due = orders.due(db, now_ms)
        return [self._say(station, topics.ORDERS, order) for station, order in due]

    def _in_force(
        self, station: Enrolled, told: SettingsInForce, now_ms: int
    ) -> Callable[[Connection], Says]:
        def keep(db: Connection) -> Says:
            fleet.enter_in_force(db, station.id, told)
            if told.settings is None or not fleet.overtaken(db, station.id, told.settings):
                return nothing
            return lambda: [self.settings(station, now_ms)]

        return keep

    def _facts(
        self, station: Enrolled, batch: FactBatch, now_ms: int
    ) -> Callable[[Connection], Says]:
        addressed = [(envelopes.address(raw), raw) for raw in batch.envelopes]
        for number, (envelope, _) in enumerate(addressed, start=batch.first):
            if (envelope.station, envelope.epoch, envelope.seq) != (
                station.id,
                batch.epoch,
                number,
            ):
                raise MessageError(f"an envelope out of its place in a batch of {station.id}")

        def keep(db: Connection) -> Says:
            ledger.enter_all(db, addressed, self._opener, now_ms)
            entered = exceptions.advance(db, station.id, batch.epoch, now_ms)
            reached = ledger.as_seen_by(db, entered.lane, batch.first, batch.envelopes)
            return lambda: self._entered(station, batch, entered, reached)

        return keep

    def _entered(
        self, station: Enrolled, batch: FactBatch, entered: ledger.Entered, reached: ledger.Lane
    ) -> list[Outgoing]:
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

    def _state(
        self, station: Enrolled, state: State, now_ms: int, *, retained: bool
    ) -> Callable[[Connection], Says]:
        asked = self._shelves.settings(station) if state.alive else None

        def keep(db: Connection) -> Says:
            knows = asked is not None and fleet.goes_by(db, station.id, state, asked)
            new = fleet.enter_state(db, station.id, state, now_ms, retained=retained)
            if not new or asked is None:
                return nothing
            if knows and state.owed == 0 and not retained:
                # It answers on this line, so it has heard how far its facts are here.
                fleet.note_all_here(db, station.id, now_ms)
            lane = ledger.lane_of(db, station.id, state.epoch)
            exceptions.enter_claim(db, station.id, state, now_ms)
            in_order = fleet.in_order(db, station.id, asked, now_ms)
            kept = self._shelves.keep_told(db, station, asked.shelf_version)

            def say() -> list[Outgoing]:
                kept()
                # A hub restored from a backup may know of less, or of nothing: it must be heard.
                answer = [self._ack(station, lane)]
                return answer if knows else [*answer, self._asking(station, in_order)]

            return say

        return keep

    def settings(self, station: Enrolled, now_ms: int) -> Outgoing:
        """Return what *station* is to go by, for its retained lane."""
        asked = self._shelves.settings(station)
        with self._engine.begin() as db:
            asked = fleet.in_order(db, station.id, asked, now_ms)
            kept = self._shelves.keep_told(db, station, asked.shelf_version)
        kept()
        return self._asking(station, asked)

    def _asking(self, station: Enrolled, asked: Settings) -> Outgoing:
        return self._say(station, topics.SETTINGS, asked, retain=True)

    def _say(
        self, station: Enrolled, lane: str, message: object, *, qos: int = 1, retain: bool = False
    ) -> Outgoing:
        topic = topics.topic(station.partition, station.id, lane)
        payload = signing.wrap(topic, messages.encode(message), self._signer)
        return Outgoing(topic, payload, qos, retain)


def _order_done(station: Enrolled, told: OrderDone, now_ms: int) -> Callable[[Connection], Says]:
    def keep(db: Connection) -> Says:
        orders.done(db, station.id, told, now_ms)
        return nothing

    return keep
