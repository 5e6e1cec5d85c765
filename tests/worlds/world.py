"""One region's hours under one seed: visitors, misfortune, and then quiet."""

import heapq
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric import ec

from circulation.facts import Fact
from circulation.identifiers import BranchCode, StationId
from hub.enrolment import NewStation, enrol, request
from hub.errors import CatalogueUnavailableError
from tests.hub.catalogue.cast import NOW_MS, make_catalogue
from tests.hub.rig import AUTHORITY, HUB_KEY, KEY, NOW, RING
from tests.worlds.disk import Disk, PowerCut
from tests.worlds.hub import SimHub
from tests.worlds.network import SimBroker
from tests.worlds.stations import SimStation

STATIONS = 4
VISITS = 55
HOURS_MS = 40 * 60_000
CARDS = ("K-ANNA", "K-BO", "K-CHILD", "K-BLOCKED", "K-NOBODY")
ITEMS = ("B-1", "B-2", "B-MAP", "B-FILM", "B-REF", "B-GONE")
CALM_MS = 20 * 60_000
FAST = Path("/dev/shm")


@cache
def _keys() -> list[ec.EllipticCurvePrivateKey]:
    return [ec.generate_private_key(ec.SECP256R1()) for _ in range(STATIONS)]


@cache
def template() -> Path:
    """Return a hub's database with the cast and the stations in it, made once."""
    folder = Path(tempfile.mkdtemp(prefix="worlds-", dir=FAST if FAST.is_dir() else None))
    engine = make_catalogue(folder / "hub.sqlite")
    for number, key in enumerate(_keys(), start=1):
        name = f"vindeln-{number}"
        new = NewStation(
            id=StationId(name),
            number=number,
            municipality="Vindeln",
            branch=BranchCode("VIN"),
            kind="loan",
            partition="vindeln",
            card_key=bytes([number]) * 32,
        )
        enrol(engine, new, AUTHORITY.issue(request(key, name), name, NOW))
    engine.dispose()
    return folder / "hub.sqlite"


class World:
    """Everything that happens, in the order of a clock of its own."""

    sealing_key = KEY
    ring = RING
    hub_key = HUB_KEY
    hub_public = HUB_KEY.public_key()

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rng = random.Random(seed)
        self.now_ms = NOW_MS
        self.folder = Path(tempfile.mkdtemp(prefix="world-", dir=template().parent))
        self.misfortune = True
        self.outage = self.rng.choice([0.0, 0.1, 0.4])
        self.backups = self.rng.random() < 0.5
        """Whether this region's stations keep facts until a backup has them."""
        self.old_cards: list[tuple[SimStation, int, Disk]] = []
        self.tick_ms = 20_000
        self.tried: dict[tuple[str, int, int], Fact] = {}
        """What was asked of a journal, by (station, epoch, seq): it may be on disk."""
        self.told: dict[tuple[str, int, int], Fact] = {}
        """What a journal said it had kept: a visitor may have been told."""
        self.faults: Counter[str] = Counter()
        self.lines: list[str] = []
        self._queue: list[tuple[int, int, Callable[[], Any]]] = []
        self._events = 0
        self.broker = SimBroker(self)
        self.hub = SimHub(self, template())
        self.stations = [
            SimStation(self, number, bytes([number]) * 32, key)
            for number, key in enumerate(_keys(), start=1)
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for station in self.stations:
            if station.alive:
                station.die()
            station.disk.close()
        if self.hub.alive:
            self.hub.die()
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- time --------------------------------------------------------------------------------

    def later(self, wait_ms: int, what: Callable[[], Any]) -> None:
        self._events += 1
        heapq.heappush(self._queue, (self.now_ms + wait_ms, self._events, what))

    def run_until(self, end_ms: int) -> None:
        while self._queue and self._queue[0][0] <= end_ms:
            self.now_ms, _, what = heapq.heappop(self._queue)
            what()
        self.now_ms = end_ms

    def guarded(self, who: SimStation | SimHub, what: Callable[[], Any]) -> None:
        """Do *what*; where the plug is pulled in the midst of it, *who* is dead for a while."""
        try:
            what()
        except PowerCut:
            self.count("hub died" if who is self.hub else "station died")
            who.die()
            self.later(self.rng.randrange(500, 60_000), who.boot)

    def count(self, fault: str) -> None:
        self.faults[fault] += 1

    def say(self, line: str) -> None:
        self.lines.append(f"{(self.now_ms - NOW_MS) / 60_000:7.2f} min  {line}")

    # --- a day -------------------------------------------------------------------------------

    def live(self) -> None:
        """Live through the hours of misfortune and the quiet after them."""
        rng = self.rng
        self._begin()
        for times, what in (
            (VISITS, self._visit),
            (rng.randrange(6, 10), self._plug_pulled),
            (rng.randrange(2, 6), self._line_cut),
            (rng.randrange(1, 3), self._broker_dies),
            (rng.randrange(4), self._staff),
            (rng.randrange(2), self._clock_jumps),
            (rng.randrange(2), self._card_replaced),
            (rng.randrange(2), self._disk_fills),
            (3 if self.backups else 0, self._backed_up),
            (rng.randrange(2) if self.backups else 0, self._hub_lost),
        ):
            for _ in range(times):
                self.later(rng.randrange(HOURS_MS), what)
        self.run_until(self.now_ms + HOURS_MS)
        self._calm()

    def _begin(self) -> None:
        self.hub.boot()
        for station in self.stations:
            if self.rng.random() < 0.3:
                station.hands.known_from_ms = self.now_ms + self.rng.randrange(HOURS_MS)
                self.count("no clock at first")
            self.later(self.rng.randrange(1_000), station.boot)
        self.run_until(self.now_ms + 15_000)

    def _calm(self) -> None:
        self.misfortune = False
        for station in self.stations:
            station.left = None
            station.line_up = True
            station.disk.free_bytes = None
        self.hub.left = None
        self.run_until(self.now_ms + CALM_MS // 4)
        for station, epoch, disk in self.old_cards:
            disk.free_bytes = None
            self.say(f"the old card of {station.id} is read on the bench")
            station.read_on_bench(epoch, disk)
        self.run_until(self.now_ms + CALM_MS)

    def _visit(self) -> None:
        rng, station = self.rng, self.rng.choice(self.stations)
        items = rng.sample(ITEMS, rng.randrange(1, 4))
        at = 0
        if rng.random() < 0.55:
            card = rng.choices(CARDS, (5, 5, 2, 1, 1))[0]
            self.say(f"{station.id}: a visitor with {card} and {items}")
            station.card(card)
            at = rng.randrange(200, 4_000)
        else:
            self.say(f"{station.id}: {items} come back")
        for item in items:
            self.later(at, lambda item=item: station.book(item))
            at += rng.randrange(50, 1_500)
        at += rng.randrange(500, 6_000)
        self.later(at, lambda: station.press("done"))
        self.later(at + 500, lambda: station.press("done"))
        for item in items:
            self.later(at + 1_000, lambda item=item: station.lift(item))

    def _plug_pulled(self) -> None:
        who = self.rng.choice([*self.stations, self.hub])
        self.say(f"the plug of {who.id} will be pulled")
        who.left = self.rng.randrange(1, 60)

    def _line_cut(self) -> None:
        station = self.rng.choice(self.stations)
        self.say(f"the line of {station.id} is cut")
        self.count("line cut")
        station.line_up = False
        station.line_lost()
        self.later(self.rng.randrange(10_000, HOURS_MS // 3), lambda: self._line_mended(station))

    def _line_mended(self, station: SimStation) -> None:
        station.line_up = True

    def _broker_dies(self) -> None:
        self.say("the broker dies")
        self.broker.die()
        self.later(self.rng.randrange(1_000, 120_000), self.broker.rise)

    def _clock_jumps(self) -> None:
        station = self.rng.choice(self.stations)
        self.say(f"the clock of {station.id} jumps")
        self.count("clock jumped")
        station.hands.off_ms = self.rng.choice([-1, 1]) * self.rng.randrange(3_600_000, 10**11)
        station.hands.known_from_ms = self.now_ms + self.rng.randrange(HOURS_MS // 2)

    def _card_replaced(self) -> None:
        station = self.rng.choice(self.stations)
        if station.alive:
            station.die()
        self.say(f"the card of {station.id} is replaced")
        self.count("card replaced")
        self.old_cards.append((station, station.epoch, station.new_card()))
        self.later(self.rng.randrange(1_000, 60_000), station.boot)

    def _disk_fills(self) -> None:
        station = self.rng.choice(self.stations)
        self.say(f"the card of {station.id} is nearly full")
        self.count("card full")
        station.disk.free_bytes = self.rng.randrange(40_000)
        self.later(self.rng.randrange(60_000, HOURS_MS // 2), lambda: self._room_again(station))

    def _room_again(self, station: SimStation) -> None:
        station.disk.free_bytes = None

    def _backed_up(self) -> None:
        self.say("a backup is made")
        self.count("backed up")
        self.hub.back_up()

    def _hub_lost(self) -> None:
        self.say("the hub's machine is lost, and restored from the backup")
        self.hub.lose_all()
        self.later(self.rng.randrange(1_000, 120_000), self.hub.boot)

    def _staff(self) -> None:
        if not self.hub.alive:
            return
        item = self.rng.choice(ITEMS[:3])
        self.count("staff meddled")
        try:
            if self.rng.random() < 0.5:
                self.say(f"staff lend {item} at their desk")
                self.hub.staff_lend(item, self.rng.choice(CARDS[:2]))
            else:
                self.say(f"staff take {item} back at their desk")
                self.hub.staff_take_back(item)
        except (PowerCut, CatalogueUnavailableError):
            self.guarded(self.hub, lambda: self.hub.effect("staff"))
