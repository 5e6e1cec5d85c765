"""A backlog drained by the hub, against a floor that unseals, decodes and inserts in batches.

And what one late fact costs, as the ledger behind it grows tenfold.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Column, LargeBinary, MetaData, String, Table, insert

from circulation import envelopes, messages, sealing, signing, topics
from circulation.certificates import request
from circulation.facts import Checkin
from circulation.identifiers import BranchCode, ItemId, StationId
from circulation.instants import Instant
from circulation.messages import FactBatch
from hub.answers import Answers
from hub.app import upgrade
from hub.catalogue.own import OwnCatalogue
from hub.database import open_database
from hub.enrolment import Authority, NewStation, enrol
from hub.inbox import Inbox
from hub.poster import Poster
from hub.shelves import Shelves

STATIONS = 50
FACTS_EACH = 100
BATCH = 50
ROUNDS = 3
NOW_MS = 1_795_600_800_000
NOW = datetime.fromtimestamp(NOW_MS / 1000, UTC)
PRIVATE = sealing.new_private_key()
KEY = sealing.SealingKey("bench", sealing.public_half(PRIVATE))
RING = sealing.KeyRing({KEY.id: PRIVATE})
SIGNING_KEY = ec.generate_private_key(ec.SECP256R1())


class Station:
    """A station that owes facts."""

    def __init__(self, number: int) -> None:
        """Be station *number*, with nothing owed."""
        self.number = number
        self.id = StationId(f"bench-{number}")
        self.raws: list[bytes] = []
        self._head = envelopes.GENESIS

    def owe(self, count: int, items: int = 1_000) -> None:
        """Take *count* books back."""
        for _ in range(count):
            seq = len(self.raws) + 1
            at = Instant(wall_ms=NOW_MS + seq * 1_000, mono_ms=seq, boot="b", trusted=True)
            fact = Checkin(at=at, item=ItemId(f"{(self.number * 7919 + seq) % items:08}"))
            raw = envelopes.enclose(
                fact, station=self.id, epoch=1, seq=seq, prev=self._head, key=KEY
            )
            self._head = envelopes.digest(raw)
            self.raws.append(raw)

    def frames(self, first: int = 1) -> Iterator[tuple[str, bytes]]:
        """Yield the messages that bring what is owed from *first* on."""
        topic = topics.topic("bench", self.id, topics.FACTS)
        signer = signing.KeySigner(self.id, SIGNING_KEY)
        for at in range(first - 1, len(self.raws), BATCH):
            batch = FactBatch(epoch=1, first=at + 1, envelopes=self.raws[at : at + BATCH])
            yield topic, signing.wrap(topic, messages.encode(batch), signer)


@contextmanager
def hub(folder: Path, stations: list[Station]) -> Iterator[tuple[Inbox, Poster, set[str]]]:
    """Run a hub's inbox and poster on a database in *folder*, without their threads."""
    url = f"sqlite:///{folder / 'hub.sqlite'}"
    upgrade(url)
    engine = open_database(url)
    authority = Authority.create("bench", NOW)
    for station in stations:
        new = NewStation(
            id=station.id,
            number=station.number,
            municipality="Bench",
            branch=BranchCode("BEN"),
            kind="loan",
            partition="bench",
            card_key=b"k" * 32,
        )
        certificate = authority.issue(request(SIGNING_KEY, station.id), station.id, NOW)
        enrol(engine, new, certificate)
    catalogue, touched = OwnCatalogue(engine), set[str]()

    def today() -> date:
        return NOW.date()

    inbox = Inbox(
        engine,
        signing.KeySigner("hub", SIGNING_KEY),
        RING,
        hub_id="bench",
        answers=Answers(engine, catalogue, RING, today=today),
        shelves=Shelves(engine, lambda: NOW_MS),
        touched=touched.update,
    )
    yield inbox, Poster(engine, catalogue, now_ms=lambda: NOW_MS, today=today), touched
    engine.dispose()


def _clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _since(begun: tuple[float, float]) -> tuple[float, float]:
    """Return seconds since *begun*, and those of the processor."""
    now = _clocks()
    return now[0] - begun[0], now[1] - begun[1]


def _of(floor: list[tuple[float, float]], ours: list[tuple[float, float]], clock: int) -> str:
    return f"{median(each[clock] for each in floor) / median(each[clock] for each in ours):.2f}"


def _drained(folder: Path, stations: list[Station]) -> tuple[float, float]:
    with hub(folder, stations) as (inbox, _, _):
        frames = [frame for station in stations for frame in station.frames()]
        begun = _clocks()
        for topic, payload in frames:
            inbox.take(topic, payload, NOW_MS)
        return _since(begun)


def _floor(folder: Path, stations: list[Station]) -> tuple[float, float]:
    """Unseal, decode and insert in as many commits as there are batches."""
    metadata = MetaData()
    kept = Table("kept", metadata, Column("hash", String), Column("envelope", LargeBinary))
    engine = open_database(f"sqlite:///{folder / 'floor.sqlite'}")
    metadata.create_all(engine)
    begun = _clocks()
    for station in stations:
        for at in range(0, len(station.raws), BATCH):
            rows = []
            for raw in station.raws[at : at + BATCH]:
                envelopes.open_fact(envelopes.address(raw), RING)
                rows.append({"hash": envelopes.digest(raw), "envelope": raw})
            with engine.begin() as db:
                db.execute(insert(kept), rows)
    took = _since(begun)
    engine.dispose()
    return took


def _late(known: int) -> tuple[float, float]:
    """Return milliseconds for one more fact, taken and folded, where *known* are there.

    The second are the processor's own, which others on the machine do not lengthen.
    """
    station = Station(1)
    station.owe(known, items=known // 5)
    with (
        tempfile.TemporaryDirectory() as name,
        hub(Path(name), [station]) as (inbox, poster, touched),
    ):
        for topic, payload in station.frames():
            inbox.take(topic, payload, NOW_MS)
        times = []
        for _ in range(20):
            touched.clear()
            first = len(station.raws) + 1
            station.owe(1, items=known // 5)
            (frame,) = station.frames(first)
            begun = _clocks()
            inbox.take(*frame, NOW_MS)
            for item in touched:
                poster.post(ItemId(item))
            times.append(_since(begun))
    return median(each[0] for each in times) * 1000, median(each[1] for each in times) * 1000


def main() -> None:
    """Print the promises."""
    stations = [Station(number) for number in range(1, STATIONS + 1)]
    for station in stations:
        station.owe(FACTS_EACH)
    drained, floor = [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as name:
            drained.append(_drained(Path(name), stations))
            floor.append(_floor(Path(name), stations))
    facts = STATIONS * FACTS_EACH
    took, least = (median(each[0] for each in times) for times in (drained, floor))
    print(f"hub drained      {took:8.2f} s for {facts} facts of {STATIONS} stations")
    print(f"floor            {least:8.2f} s: unseal, decode, batched insert")
    print(f"floor : hub drained = {_of(floor, drained, 0)}, {_of(floor, drained, 1)} by processor")
    _late(200)  # statements are put together once, which is no fact's cost
    small, large = _late(2_000), _late(20_000)
    print(
        f"one late fact    {small[0]:8.2f} ms behind 2,000 facts, {large[0]:.2f} ms behind 20,000"
    )
    print(f"of the processor {small[1]:8.2f} ms, {large[1]:.2f} ms")
    print(f"20,000 : 2,000 = {large[0] / small[0]:.2f}, {large[1] / small[1]:.2f} of the processor")


if __name__ == "__main__":
    main()
