"""The processes of a soaked region: started, killed, started again, and measured."""

import random
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
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
from tests.soak import keys, station
from tests.soak.equality import owed
from tests.soak.hub import DATABASE

HUB, BROKER = "hub", "broker"
KILL_SECONDS = (0.5, 3.0)
MEASURE_SECONDS = 2.0
REST_SECONDS_MAX = 900.0


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


class Soak:
    """All of them, running; *told* says how it goes."""

    def __init__(self, folder: Path, *, stations: int, facts: int, seconds: float) -> None:
        """Have *stations* tell *facts* in all, in about two thirds of *seconds*."""
        each = facts // stations
        self._commands = {
            station.name(n): ["station", folder, n, each, seconds * 2 / 3 / each]
            for n in range(stations)
        }
        self._folder = folder
        self._broker = RunningBroker("mosquitto", folder)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._done: set[str] = set()
        self.kills: Counter[str] = Counter()
        self.rss: list[tuple[float, str, float, int]] = []
        """When, who, how old in seconds, and how many bytes."""
        self._begun: dict[str, float] = {}

    def run(self, seconds: float, rng: random.Random) -> None:
        """Kill at random for *seconds*; return when everybody has rested, or say who has not."""
        self._broker.start()
        try:
            for who in (HUB, *self._commands):
                self._start(who)
            end, kill, measure = time.monotonic() + seconds, 0.0, 0.0
            while (now := time.monotonic()) < end:
                if now > kill:
                    self._kill(rng)
                    kill = now + rng.uniform(*KILL_SECONDS)
                if now > measure:
                    self._measure(now)
                    measure = now + MEASURE_SECONDS
                self._rise()
                time.sleep(0.05)
            self._rest()
        finally:
            for process in self._running.values():
                process.kill()
                process.wait()
            self._broker.kill()

    def _start(self, who: str) -> None:
        if who == HUB:
            words: list[object] = ["hub", self._folder, self._broker.port]
        else:
            kind, folder, number, each, pause = self._commands[who]
            words = [kind, folder, number, self._broker.port, each, pause]
        command = [sys.executable, "-m", f"tests.soak.{words[0]}", *map(str, words[1:])]
        self._running[who] = subprocess.Popen(command)
        self._begun[who] = time.monotonic()

    def _kill(self, rng: random.Random) -> None:
        # Of twenty kills one is the hub's and one the broker's: each lives for half a minute.
        everybody = sorted(self._commands)
        who = rng.choice([HUB, BROKER, *(rng.choice(everybody) for _ in range(18))])
        self.kills[who if who in (HUB, BROKER) else "station"] += 1
        if who == BROKER:
            self._broker.kill()
            self._broker.start()
        elif who in self._running:
            self._running[who].kill()

    def _rise(self) -> None:
        """Start again who was killed; a station that has told all and owes nothing has ended."""
        for who, process in list(self._running.items()):
            if (code := process.poll()) is None:
                continue
            del self._running[who]
            if code == 0:
                self._done.add(who)
            else:
                assert code == -9, f"{who} ended by itself with {code}"
                self._start(who)

    def _measure(self, now: float) -> None:
        for who, process in self._running.items():
            try:
                used = psutil.Process(process.pid).memory_info().rss
            except psutil.NoSuchProcess:
                continue
            self.rss.append((now, who, now - self._begun[who], used))

    def _rest(self) -> None:
        end = time.monotonic() + REST_SECONDS_MAX
        while self._done != set(self._commands):
            self._measure(time.monotonic())
            self._rise()
            left = set(self._commands) - self._done
            assert time.monotonic() < end, f"{sorted(left)} still owe something"
            time.sleep(0.5)
        # The hub goes on until what it has is posted; who looks does so beside it.
        while owed(self._folder):
            assert time.monotonic() < end, "the catalogue never showed everything"
            time.sleep(0.5)
