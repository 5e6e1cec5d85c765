"""A whole station whose clock is wrong or jumps: floored, not trusted, and nothing lost."""

import contextlib
import json
import os
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from circulation import envelopes
from station.clock import BUILD_MS
from tests.faults import recorder
from tests.faults.faulty import ROOT, program
from tests.journeys.region import Bench
from tests.station.machine import BOOKS, stock, write_station
from tests.station.rig import RING, open_journal

pytestmark = pytest.mark.faults

FIRST, SECOND = ({"name": f"book-{item}"} for item in BOOKS)
DAY_MS = 86_400_000
SLACK_MS = 60_000


class Station:
    """A station's own process, whose wall clock and time service the test sets."""

    def __init__(self, folder: Path) -> None:
        self.path = write_station(folder)
        stock(self.path)
        self.journal = folder / "data"
        self._offset = folder / "offset"
        self._service = folder / "bin" / "timedatectl"
        self._service.parent.mkdir()
        self._ready = folder / "ready.json"
        self.set_wrong("+0")
        self.vouch(yes=True)

    def set_wrong(self, offset: str) -> None:
        """Set the wall clock to be wrong by *offset*, as faketime says it."""
        new = self._offset.with_suffix(".new")
        new.write_text(f"{offset}\n")
        new.replace(self._offset)

    def vouch(self, *, yes: bool) -> None:
        """Let the time service vouch for the clock, or not."""
        self._service.write_text(f"#!/bin/sh\necho {'yes' if yes else 'no'}\n")
        self._service.chmod(0o755)

    @contextlib.contextmanager
    def running(self):
        """Run it, and give its bench."""
        env = {
            **os.environ,
            "PATH": f"{self._service.parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(Path(__file__).parent / "mended_sleep"),
            "LD_PRELOAD": faketime_library(),
            "FAKETIME_TIMESTAMP_FILE": str(self._offset),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        self._ready.unlink(missing_ok=True)
        command = program("station", "--config", self.path, "run", "--ready", self._ready)
        log = self.path.with_name("log")
        with log.open("ab") as out:
            process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=out, stderr=out)
        try:
            end = time.monotonic() + 40
            while not self._ready.exists():
                assert process.poll() is None, log.read_text()[-2000:]
                assert time.monotonic() < end, log.read_text()[-2000:]
                time.sleep(0.05)
            yield Bench({"id": "vindeln-1", "bench": json.loads(self._ready.read_text())["bench"]})
        finally:
            process.terminate()
            try:
                process.wait(20)
            finally:
                process.kill()
                process.wait()

    def facts(self):
        """Return all facts, whose chain must be whole."""
        recorder.kept(self.journal)
        journal = open_journal(self.journal)
        raws = [raw for _, raw in journal.owed_after(0, 1000)]
        journal.close()
        return [envelopes.open_fact(envelopes.address(raw), RING) for raw in raws]


def faketime_library() -> str:
    return str(next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")))


def now_ms() -> float:
    return time.time() * 1000


@pytest.fixture
def station(tmp_path):
    return Station(tmp_path)


def give_back(bench, book):
    bench.give_back(book)
    bench.leave(None, book)


def test_1970_at_start_is_floored_and_not_trusted_until_the_time_is_known(station):
    since = (datetime.now(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) - timedelta(minutes=5)
    station.set_wrong(f"-{int(since.total_seconds())}")
    station.vouch(yes=False)
    with station.running() as bench:
        give_back(bench, FIRST)
        station.set_wrong("+0")
        station.vouch(yes=True)
        give_back(bench, SECOND)

    before, after = station.facts()
    assert not before.at.trusted
    assert 0 <= before.at.wall_ms - BUILD_MS < SLACK_MS
    assert after.at.trusted
    assert abs(after.at.wall_ms - now_ms()) < SLACK_MS
    assert after.at.mono_ms > before.at.mono_ms


def test_a_day_ahead_that_nobody_vouches_for_is_not_trusted_and_forgotten(station):
    with station.running() as bench:
        give_back(bench, FIRST)
        station.vouch(yes=False)
        station.set_wrong("+1d")
        give_back(bench, SECOND)
        # First right, then vouched for: a day ahead that is vouched for would be believed.
        station.set_wrong("+0")
        station.vouch(yes=True)
        give_back(bench, FIRST)

    before, ahead, after = station.facts()
    assert before.at.trusted
    assert not ahead.at.trusted
    assert abs(ahead.at.wall_ms - now_ms() - DAY_MS) < SLACK_MS
    assert after.at.trusted
    assert abs(after.at.wall_ms - now_ms()) < SLACK_MS


def test_fifty_years_back_stands_at_the_latest_time_known_and_nothing_is_lost(station):
    with station.running() as bench:
        give_back(bench, FIRST)
        station.set_wrong("-50y")
        give_back(bench, SECOND)

    before, back = station.facts()
    assert before.at.trusted
    assert not back.at.trusted
    assert back.at.wall_ms >= before.at.wall_ms
    assert back.at.mono_ms > before.at.mono_ms

    with station.running() as bench:
        assert bench.owed() == 2
        give_back(bench, FIRST)

    *_, restarted = station.facts()
    assert restarted.at.wall_ms >= before.at.wall_ms
    assert not restarted.at.trusted
