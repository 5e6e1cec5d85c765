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

from circulation.certificates import request
from circulation.facts import Fact
from circulation.identifiers import BranchCode, StationId
from hub.enrolment import NewStation, enrol
from tests.hub.catalogue.cast import NOW_MS, make_catalogue
from tests.hub.rig import AUTHORITY, HUB_KEY, KEY, NOW, RING
from tests.worlds.disk import Disk, PowerCut
from tests.worlds.gaps import gaps
from tests.worlds.hub import SimHub
from tests.worlds.incidents import HOURS_MS, ROUND_MS, Incident, more, plan
from tests.worlds.network import SimBroker
from tests.worlds.stations import SimStation

STATIONS = 4
FACTS_MIN, CRASHES_MIN = 60, 5
CALM_MS = 20 * 60_000
QUIET_MS = 6 * 60_000
"""So long that each station has said again how it is, and a restored hub has heard it."""
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
    authority = AUTHORITY.certificate.public_key()

    def __init__(
        self, seed: int, without: frozenset[int] = frozenset(), turns: int | None = None
    ) -> None:
        self.seed = seed
        self.without = without
        """Numbers of incidents that are left out."""
        self.turns = turns
        """How often the hours are made longer; None until they have been hard enough."""
        self.rng = random.Random(seed)
        self.now_ms = NOW_MS
        self.folder = Path(tempfile.mkdtemp(prefix="world-", dir=template().parent))
        self.misfortune = True
        self.outage = self.rng.choice([0.0, 0.1, 0.4])
        self.backups = self.rng.random() < 0.5
        """Whether this region's stations keep facts until a backup has them."""
        self.old_cards: list[tuple[SimStation, int, Disk]] = []
        self.gaps_before_bench: list[str] = []
        """What was wrong with what is known of old cards, before they were read."""
        self.tick_ms = 30_000
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
            station.close()
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
        self._begin()
        self._suffer(plan(self.seed, backups=self.backups), HOURS_MS)
        turn = 0
        while turn < self.turns if self.turns is not None else not self.hard_enough():
            turn += 1
            self._suffer(more(self.seed, turn), ROUND_MS)
        self.turns = turn
        self._calm()

    def _suffer(self, incidents: list[Incident], ms: int) -> None:
        for incident in incidents:
            if incident.number not in self.without:
                self.later(incident.at_ms, lambda each=incident: each.happens(self))
        self.run_until(self.now_ms + ms)

    def hard_enough(self) -> bool:
        """Return whether as much has happened as is claimed of every world."""
        return len(self.told) >= FACTS_MIN and self.crashes >= CRASHES_MIN

    @property
    def crashes(self) -> int:
        """How many plugs have been pulled."""
        return self.faults["station died"] + self.faults["hub died"]

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
        self.run_until(self.now_ms + QUIET_MS)
        self.gaps_before_bench = list(gaps(self))
        for station, epoch, disk in self.old_cards:
            disk.free_bytes = None
            self.say(f"the old card of {station.id} is read on the bench")
            station.read_on_bench(epoch, disk)
        end_ms = self.now_ms + CALM_MS
        while self.now_ms < end_ms and not self.at_rest():
            self.run_until(self.now_ms + 60_000)

    def at_rest(self) -> bool:
        """Return whether everybody is up and nobody owes anything."""
        return (
            self.hub.alive
            and not self.hub.poster.owed()
            and all(
                station.alive and (station.journal is None or not station.journal.owed)
                for station in self.stations
            )
        )
