"""A hub without a broker: real ledger, real catalogue, real keys; stations that speak to it."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import insert

from circulation import envelopes, messages, sealing, signing, topics
from circulation.certificates import request
from circulation.facts import (
    Asked,
    Checkin,
    Checkout,
    Fact,
    Outcome,
    Settled,
    Unswitched,
    Wish,
)
from circulation.identifiers import BranchCode, CardNumber, ItemId, StationId
from circulation.instants import Instant
from circulation.messages import (
    Ack,
    Answer,
    AnswerBody,
    Ask,
    FactBatch,
    Question,
    Resend,
    State,
    WriteQuestion,
)
from hub.answers import Answers
from hub.catalogue import tables
from hub.catalogue.own import OwnCatalogue
from hub.catalogue.port import Catalogue
from hub.catalogue.staff import StaffDesk
from hub.database import open_database
from hub.enrolment import Authority, NewStation, enrol
from hub.inbox import Inbox
from hub.keeping import Outgoing
from hub.keys import SealingRing
from hub.poster import Poster
from hub.shelves import Shelves
from tests import databases
from tests.hub.catalogue.cast import NOW_MS, make_catalogue

PRIVATE = sealing.new_private_key()
KEY = sealing.SealingKey("2026-1", sealing.public_half(PRIVATE))
RING = sealing.KeyRing({KEY.id: PRIVATE})
HUB_KEY = ec.generate_private_key(ec.SECP256R1())
DUE = date(2026, 12, 21)
NOW = datetime.fromtimestamp(NOW_MS / 1000, UTC)
AUTHORITY = Authority.create("Umeåregionen", NOW)


@dataclass
class SpeakingStation:
    """A station as the hub knows it: a key, a chain of facts, and a voice."""

    id: StationId
    partition: str
    key: ec.EllipticCurvePrivateKey
    epoch: int = 1
    head: str = envelopes.GENESIS
    raws: list[bytes] = field(default_factory=list)
    clock_ms: int = NOW_MS
    trusted: bool = True
    ahead_ms: int = 0
    """How much the wall clock is ahead of the monotonic one."""
    boot: str = "boot"

    @property
    def signer(self) -> signing.KeySigner:
        return signing.KeySigner(self.id, self.key)

    def at(self) -> Instant:
        self.clock_ms += 1_000
        return Instant(
            wall_ms=self.clock_ms + self.ahead_ms,
            mono_ms=self.clock_ms,
            boot=self.boot,
            trusted=self.trusted,
        )

    def record_at(self, wall_ms: int, *, mono_ms: int) -> "SpeakingStation":
        """Set both clocks so that the next fact has these times; return the station."""
        self.clock_ms, self.ahead_ms = mono_ms - 1_000, wall_ms - mono_ms
        return self

    def clone(self) -> "SpeakingStation":
        """Return another station on a copy of this one's card."""
        return replace(self, raws=list(self.raws))

    def record(self, fact: Fact) -> int:
        """Return the fact's number, once it is the newest of the chain."""
        raw = envelopes.enclose(
            fact,
            station=self.id,
            epoch=self.epoch,
            seq=len(self.raws) + 1,
            prev=self.head,
            key=KEY,
        )
        self.raws.append(raw)
        self.head = envelopes.digest(raw)
        return len(self.raws)

    def asks(self, item: str, card: str, wish: Wish = Wish.LOAN) -> int:
        return self.record(Asked(at=self.at(), wish=wish, item=ItemId(item), card=CardNumber(card)))

    def settles(self, asked: int, outcome: Outcome, due: date | None = None) -> int:
        return self.record(Settled(at=self.at(), asked=asked, outcome=outcome, due=due))

    def lends(self, item: str, card: str, due: date = DUE) -> int:
        return self.record(
            Checkout(at=self.at(), item=ItemId(item), card=CardNumber(card), due=due)
        )

    def takes_back(self, item: str) -> int:
        return self.record(Checkin(at=self.at(), item=ItemId(item)))

    def could_not_switch(self, item: str, *, armed: bool) -> int:
        sealed = sealing.seal(item.encode(), KEY)
        return self.record(Unswitched(at=self.at(), armed=armed, key=KEY.id, item=sealed))

    def topic(self, lane: str) -> str:
        return topics.topic(self.partition, self.id, lane)

    def framed(self, lane: str, message: object) -> bytes:
        return signing.wrap(self.topic(lane), messages.encode(message), self.signer)

    def batch(self, first: int = 1, last: int | None = None) -> FactBatch:
        return FactBatch(epoch=self.epoch, first=first, envelopes=self.raws[first - 1 : last])


class TalkingHub:
    """The hub's inbox and poster over the cast's catalogue."""

    ring: SealingRing | sealing.KeyRing = RING

    def __init__(self, folder: Path, catalogue: Catalogue | None = None) -> None:
        self.url = databases.url(folder / "hub.sqlite")
        self.engine = make_catalogue(folder / "hub.sqlite")
        self.own = OwnCatalogue(self.engine)
        self.catalogue = catalogue or self.own
        self.touched: set[str] = set()
        self.now_ms = NOW_MS
        self.erase_after_backup = False
        self.hub_id = "hub-1"
        self.put_together()

    @property
    def staff(self) -> StaffDesk:
        """Return the desk at which staff do what no station is told of."""
        return StaffDesk(self.engine)

    def put_together(self) -> None:
        """Make the parts anew, as a restart does."""
        self.poster = Poster(
            self.engine, self.catalogue, now_ms=lambda: self.now_ms, today=NOW.date
        )
        self.inbox = Inbox(
            self.engine,
            signing.KeySigner("hub", HUB_KEY),
            self.ring,
            hub_id=self.hub_id,
            answers=Answers(self.engine, self.catalogue, self.ring, today=NOW.date),
            shelves=Shelves(self.engine, lambda: self.now_ms, self._sealing_key),
            touched=self.touched.update,
            erase_after_backup=self.erase_after_backup,
        )

    def _sealing_key(self) -> sealing.VouchedKey | None:
        return self.ring.newest() if isinstance(self.ring, SealingRing) else None

    def restart(self) -> None:
        """Come back as after kill -9: only the database remains."""
        self.engine.dispose()
        self.engine = open_database(self.url)
        self.own = OwnCatalogue(self.engine)
        self.catalogue = self.own
        self.put_together()

    def enrol(self, id_: str, branch: str, number: int) -> SpeakingStation:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = AUTHORITY.issue(request(key, id_), id_, NOW)
        new = NewStation(
            id=StationId(id_),
            number=number,
            municipality="Vindeln",
            branch=BranchCode(branch),
            kind="loan",
            partition="vindeln",
            card_key=b"k" * 32,
        )
        enrol(self.engine, new, certificate)
        return SpeakingStation(StationId(id_), "vindeln", key)

    def enters(self, item: str) -> None:
        """Let a librarian enter *item* in the catalogue."""
        with self.engine.begin() as db:
            db.execute(insert(tables.item).values(id=item, title="t-map", branch="VIN"))

    def takes(self, topic: str, payload: bytes) -> list[Outgoing]:
        return self.inbox.take(topic, payload, self.now_ms)

    def takes_facts(self, station: SpeakingStation, first: int = 1, last: int | None = None):
        """Return the hub's word after a batch of *station*'s facts, and post what it can."""
        frame = station.framed(topics.FACTS, station.batch(first, last))
        said = [self.word(out) for out in self.takes(station.topic(topics.FACTS), frame)]
        self.post()
        return said

    def post(self) -> None:
        for item in sorted(self.touched):
            self.poster.post(ItemId(item))
        self.touched.clear()

    def word(self, out: Outgoing) -> Ack | Resend:
        frame = signing.unwrap(out.payload)
        return messages.decode(signing.verify(out.topic, frame, HUB_KEY.public_key()), Ack | Resend)

    def answers(self, station: SpeakingStation, question: Question, private: bytes) -> AnswerBody:
        sealed = sealing.seal(messages.encode(question), KEY)
        ask = Ask(id="q1", key=KEY.id, sealed=sealed)
        (out,) = self.takes(station.topic(topics.ASK), station.framed(topics.ASK, ask))
        body = signing.verify(out.topic, signing.unwrap(out.payload), HUB_KEY.public_key())
        answer = messages.decode(body, Answer)
        ring = sealing.KeyRing({"reply": private})
        return messages.decode(ring.open("reply", answer.sealed), AnswerBody)

    def asked(self, station: SpeakingStation, seq: int) -> AnswerBody:
        """Return the answer to *station*'s question with its fact *seq*."""
        private = sealing.new_private_key()
        question = WriteQuestion(
            reply_to=sealing.public_half(private), envelope=station.raws[seq - 1]
        )
        return self.answers(station, question, private)

    def born(self, station: SpeakingStation, connection: int = 1) -> list[Outgoing]:
        state = State(alive=True, connection=connection, epoch=station.epoch)
        return self.takes(station.topic(topics.STATE), station.framed(topics.STATE, state))
