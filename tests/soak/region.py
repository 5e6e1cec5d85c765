"""The processes of a soaked region: started, killed, started again, and measured."""

import multiprocessing
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

import psutil
from sqlalchemy import insert

from circulation.certificates import request
from circulation.identifiers import BranchCode, StationId
from hub.catalogue import tables
from hub.enrolment import NewStation, enrol
from tests.brokers import RunningBroker
from tests.hub.catalogue.cast import make_catalogue
from tests.hub.rig import AUTHORITY
from tests.soak import hub, keys, station
from tests.soak.equality import Progress, progress
from tests.soak.hub import DATABASE

HUB, BROKER = "hub", "broker"
KILL_SECONDS = (0.5, 3.0)
MEASURE_SECONDS = 2.0
SAY_SECONDS = 30.0
STILL_SECONDS_MAX = 180.0
"""How long nothing may move while something is owed, when nobody is killed any more."""


def make(folder: Path, stations: int) -> None:
    """Make the keys and the hub's database of a region with so many *stations*."""
    known = keys.make(folder, stations)
    engine = make_catalogue(folder / DATABASE)
    books = [f"S{number}-{n}" for number in range(stations) for n in range(station.BOOKS)]
    books += [f"X-{n}" for n in range(station.SHARED)]
    people = {"birth_year": 1990, "kind": "adult", "state": "active", "pin_hash": ""}
    people |= {"language": "sv", "municipality": "vindeln"}
    patrons = [people | {"id": f"p-{n}", "name": f"P {n}"} for n in range(station.PATRONS)]
    cards = [
        {"number": f"C-{n}", "patron": f"p-{n}", "state": "active"} for n in range(station.PATRONS)
    ]
    with engine.begin() as db:
        db.execute(
            insert(tables.item), [{"id": b, "title": "t-map", "branch": "VIN"} for b in books]
        )
        db.execute(insert(tables.patron), patrons)
        db.execute(insert(tables.loan_card), cards)
    now = datetime.now(UTC)
    for number, pem in enumerate(known.stations):
        name = station.name(number)
        new = NewStation(
            id=StationId(name),
            number=number + 1,
            municipality="Vindeln",
            branch=BranchCode("VIN"),
            kind="loan",
            partition="vindeln",
            card_key=b"k" * 32,
        )
        enrol(engine, new, AUTHORITY.issue(request(keys.read(pem), name), name, now))
    engine.dispose()


@contextmanager
def nursery() -> Iterator[ForkServerContext]:
    """Give the start of processes that are forked from one which has imported all there is.

    Each is a process of its own, and killed as one. A machine of two cores that has to import
    everything again for each of them does little else.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([station.__name__, hub.__name__])
    try:
        yield context
    finally:
        forkserver._forkserver._stop()


class Soak:
    """All of them, running."""

    def __init__(self, folder: Path, *, stations: int, facts: int, seconds: float) -> None:
        """Have *stations* tell *facts* in all, in about two thirds of *seconds*."""
        each = facts // stations
        self._folder = folder
        self._broker = broker = RunningBroker("mosquitto", folder)
        pause = seconds * 2 / 3 / each
        self._programs = {HUB: (hub.main, (folder, broker.port))}
        for n in range(stations):
            words = (folder, n, broker.port, each, pause)
            self._programs[station.name(n)] = (station.main, words)
        self._stations = [who for who in self._programs if who != HUB]
        self._running: dict[str, ForkServerProcess] = {}
        self._done: set[str] = set()
        self.kills: Counter[str] = Counter()
        self.rss: list[tuple[float, str, float, int]] = []
        """When, who, how old in seconds, and how many bytes."""
        self._begun: dict[str, float] = {}
        self._said = 0.0

    def run(self, seconds: float, rng: random.Random) -> None:
        """Kill at random for *seconds*; return when everybody has rested, or say who has not."""
        with nursery() as context:
            self._broker.start()
            try:
                self._live(context, seconds, rng)
                self._rest(context)
            finally:
                for process in self._running.values():
                    process.kill()
                    process.join()
                self._broker.kill()

    def _live(self, context: ForkServerContext, seconds: float, rng: random.Random) -> None:
        for who in self._programs:
            self._start(context, who)
        end, kill, measure = time.monotonic() + seconds, 0.0, 0.0
        while (now := time.monotonic()) < end:
            if now > kill:
                self._kill(rng)
                kill = now + rng.uniform(*KILL_SECONDS)
            if now > measure:
                self._measure(now)
                measure = now + MEASURE_SECONDS
            self._rise(context)
            self._say()
            time.sleep(0.05)

    def _start(self, context: ForkServerContext, who: str) -> None:
        main, words = self._programs[who]
        self._running[who] = process = context.Process(target=main, args=words, name=who)
        process.start()
        self._begun[who] = time.monotonic()

    def _kill(self, rng: random.Random) -> None:
        # Of twenty kills one is the hub's and one the broker's: each lives for half a minute.
        who = rng.choice([HUB, BROKER, *(rng.choice(self._stations) for _ in range(18))])
        if who == BROKER:
            self._broker.kill()
            self._broker.start()
        elif who in self._running:
            self._running[who].kill()
        else:
            return
        self.kills[who if who in (HUB, BROKER) else "station"] += 1

    def _rise(self, context: ForkServerContext) -> None:
        """Start again who was killed; a station that has told all and owes nothing has ended."""
        for who, process in list(self._running.items()):
            if (code := process.exitcode) is None:
                continue
            del self._running[who]
            if code == 0:
                self._done.add(who)
            else:
                assert code == -signal.SIGKILL, f"{who} ended by itself with {code}"
                self._start(context, who)

    def _measure(self, now: float) -> None:
        for who, process in self._running.items():
            try:
                used = psutil.Process(process.pid).memory_info().rss
            except psutil.NoSuchProcess:
                continue
            self.rss.append((now, who, now - self._begun[who], used))

    def _say(self) -> Progress | None:
        """Say now and then how far it has come; return it where it was said."""
        if time.monotonic() - self._said < SAY_SECONDS:
            return None
        self._said = time.monotonic()
        now = progress(self._folder)
        print(f"{now.facts} facts at the hub, {now.owed} of them owed to its catalogue", flush=True)
        return now

    def _rest(self, context: ForkServerContext) -> None:
        """Wait until nothing is owed: for as long as it takes, if only something moves."""
        before, moved = None, time.monotonic()
        # The hub goes on until what it has is posted; who looks does so beside it.
        while self._done != set(self._stations) or progress(self._folder).owed:
            self._measure(time.monotonic())
            self._rise(context)
            now = self._say()
            if now is not None and now != before:
                before, moved = now, time.monotonic()
            left = sorted(set(self._stations) - self._done)
            assert time.monotonic() - moved < STILL_SECONDS_MAX, f"nothing moves; owing: {left}"
            time.sleep(0.5)
