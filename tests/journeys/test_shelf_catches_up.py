"""A station that was away, or starts from an empty card, comes to its shelf by itself."""

import queue
import random
import time
from collections.abc import Iterator

import msgspec
import pytest
from sqlalchemy import insert, update

from circulation import messages, signing, topics
from circulation.facts import Checkin
from circulation.identifiers import ItemId, TitleId
from circulation.messages import ShelfPart, ShelfTitle, State
from circulation.shelf_rows import BURST_PARTS
from hub import fleet
from hub.catalogue import tables
from hub.line import Address as HubAddress
from hub.line import Line
from station.shelf import ShelfStore
from station.simulated_line import SimulatedLine
from station.uplink.connection import Address
from station.uplink.port import Identity
from station.uplink.uplink import Uplink
from tests.brokers import KINDS, running_broker
from tests.hub.rig import HUB_KEY, TalkingHub
from tests.station.rig import AT, open_journal

TITLES = 4_000
DAY_MS = 86_400_000


def eventually(condition, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.02)


def title(number: int, summary: str) -> dict:
    spoken = ShelfTitle(id=TitleId(f"t{number}"), title=f"Bok {number}", summary=summary)
    sought = {"sought_title": spoken.title, "sought_author": ""}
    return {
        "control_number": spoken.id,
        "marc": b"",
        "shelf_title": msgspec.to_builtins(spoken),
    } | sought


def fill(hub: TalkingHub) -> None:
    rng = random.Random(7)
    numbers = range(TITLES)
    copies = {"branch": "VIN", "usage": "circulating", "shelf": "Hc"}
    with hub.engine.begin() as db:
        db.execute(insert(tables.title), [title(n, rng.randbytes(120).hex()) for n in numbers])
        items = [copies | {"id": f"B{n}", "title": f"t{n}"} for n in numbers]
        db.execute(insert(tables.item), items)


class Hub:
    """The real inbox on the real line, and everything that went by."""

    def __init__(self, folder, port: int) -> None:
        self.talking = TalkingHub(folder)
        fill(self.talking)
        self.station = self.talking.enrol("vindeln-1", "VIN", 1)
        self.heard: list[tuple[str, bytes]] = []
        self.sent: list[ShelfPart] = []
        self.slow_seconds = 0.0
        self.line = Line(HubAddress("127.0.0.1", port, "hub", ["vindeln"]), self._take)
        self.line.start()

    def _take(self, messages) -> Iterator:
        for message in messages:
            yield from self._take_one(message)

    def _take_one(self, message) -> list:
        body = bytes(signing.unwrap(message.payload).body)
        self.heard.append((topics.parse(message.topic).lane, body))
        said = self.talking.takes(message.topic, message.payload)
        parts = [each for each in said if each.topic.endswith(topics.SHELF_PART)]
        self.sent += [
            messages.decode(bytes(signing.unwrap(each.payload).body), ShelfPart) for each in parts
        ]
        time.sleep(self.slow_seconds if parts else 0)
        return said

    def version(self) -> str:
        with self.talking.engine.connect() as db:
            enrolled = fleet.enrolled(db, self.station.id)
        return self.talking.inbox._shelves.settings(enrolled).shelf_version

    def close(self) -> None:
        self.line.stop()
        self.talking.engine.dispose()


class Station:
    """A real uplink with a real shelf and journal; stopped and started as with its plug."""

    settings_version = -1

    def __init__(self, folder, hub: Hub, port: int) -> None:
        self.folder = folder
        self.line = SimulatedLine("127.0.0.1", port)
        self.line.start()
        self._who = Identity(
            hub.station.id, "vindeln", hub.station.signer, "hub", HUB_KEY.public_key()
        )
        self.journal = open_journal(folder)
        self.uplink: Uplink | None = None
        self.open()

    def open(self) -> None:
        self.shelf = ShelfStore(self.folder / "shelf.sqlite")

    def state(self, connection: int) -> State:
        arriving = self.shelf.arrivals.arriving
        return State(
            alive=True,
            connection=connection,
            epoch=1,
            shelf_version=self.shelf.version(),
            shelf_parts_here=arriving.here if arriving else 0,
            shelf_parts=arriving.parts if arriving else 0,
        )

    def start(self) -> None:
        self.uplink = Uplink(
            self._who,
            Address("127.0.0.1", self.line.port, "vindeln-1"),
            self.journal,
            reporter=self,
            tell=queue.Queue().put,
            mono_ms=lambda: time.monotonic_ns() // 1_000_000,
        )
        self.uplink.start()

    def stop(self) -> None:
        if self.uplink is not None:
            self.uplink.stop()
            self.uplink = None
        self.shelf.close()

    @property
    def here(self) -> int:
        arriving = self.shelf.arrivals.arriving
        return arriving.here if arriving else 0


@pytest.fixture(params=KINDS)
def broker(request, tmp_path):
    with running_broker(request.param, tmp_path) as running:
        yield running


@pytest.fixture
def hub(broker, tmp_path):
    folder = tmp_path / "hub"
    folder.mkdir()
    hub = Hub(folder, broker.port)
    yield hub
    hub.close()


@pytest.fixture
def station(broker, hub, tmp_path):
    station = Station(tmp_path, hub, broker.port)
    yield station
    station.stop()
    station.line.stop()
    station.journal.close()


def test_an_empty_card_is_filled_though_the_line_breaks_and_the_station_restarts(hub, station):
    hub.slow_seconds = 0.3
    station.start()
    eventually(lambda: station.here >= BURST_PARTS)
    station.line.plug(up=False)
    station.stop()
    station.open()
    here = station.here
    assert here >= BURST_PARTS

    hub.slow_seconds = 0
    sent = len(hub.sent)
    station.line.plug(up=True)
    station.start()
    eventually(lambda: station.shelf.version() == hub.version())

    parts = hub.sent[0].parts
    assert parts > 2 * BURST_PARTS
    assert {part.part for part in hub.sent} == set(range(parts))
    # What was on its way when the line broke may come twice; what was here does not.
    assert len(hub.sent) - sent <= parts - here + BURST_PARTS
    assert station.shelf.title(TitleId("t77")) is not None


def test_how_far_the_shelf_has_come_is_told(hub, station):
    hub.slow_seconds = 0.6
    station.start()
    eventually(lambda: station.shelf.version() == hub.version())

    states = [messages.decode(body, State) for lane, body in hub.heard if lane == topics.STATE]
    assert any(0 < state.shelf_parts_here < state.shelf_parts for state in states)


def test_a_station_that_was_away_for_a_month_is_sent_the_months_changes(hub, station):
    station.start()
    eventually(lambda: station.shelf.version() == hub.version())
    old, whole = hub.version(), sum(len(part.data) for part in hub.sent)
    station.line.plug(up=False)
    for day in range(30):
        hub.talking.now_ms += DAY_MS
        with hub.talking.engine.begin() as db:
            renamed = title(day, f"dag {day}")
            titles = update(tables.title).where(tables.title.c.control_number == f"t{day}")
            db.execute(titles.values(shelf_title=renamed["shelf_title"]))
        hub.talking.inbox._shelves.refresh()
    hub.talking.restart()
    hub.sent.clear()

    station.line.plug(up=True)
    eventually(lambda: station.shelf.version() == hub.version() != old)

    assert {part.base for part in hub.sent} == {old}
    assert sum(len(part.data) for part in hub.sent) < whole / 50
    changed = station.shelf.title(TitleId("t29"))
    assert changed is not None
    assert changed.summary == "dag 29"


def test_facts_go_first(hub, station):
    for _ in range(300):
        station.journal.record(Checkin(at=AT, item=ItemId("B1")))
    station.start()
    eventually(lambda: station.shelf.version() == hub.version())

    lanes = [lane for lane, _ in hub.heard]
    newest = max(number for number, lane in enumerate(lanes) if lane == topics.FACTS)
    assert newest < lanes.index(topics.SHELF_WANT)
