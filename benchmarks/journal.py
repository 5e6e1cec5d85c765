"""Durable append of a sealed fact, against a bare SQLite that seals, hashes and commits alike."""

import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from circulation import envelopes, sealing
from circulation.facts import Checkin
from circulation.identifiers import ItemId, StationId
from circulation.instants import Instant
from station.journal import Journal

FACTS = 300
ROUNDS = 5
AT = Instant(wall_ms=1_795_000_000_000, mono_ms=1, boot="boot", trusted=True)
FACT = Checkin(at=AT, item=ItemId("30000001"))
KEY = sealing.SealingKey("bench", sealing.public_half(sealing.new_private_key()))
STATION = StationId("bench-1")


def _milliseconds(act: Callable[[], object]) -> float:
    """Return the median time of *act*, over `FACTS` calls."""
    times = []
    for _ in range(FACTS):
        begun = time.perf_counter()
        act()
        times.append((time.perf_counter() - begun) * 1000)
    return median(times)


def _journal(folder: Path) -> float:
    journal = Journal(folder / "journal.sqlite", station=STATION, epoch=1, key=KEY)
    took = _milliseconds(lambda: journal.record(FACT))
    journal.close()
    return took


def _raw(folder: Path, make: Callable[[], bytes]) -> float:
    with (folder / "raw").open("ab") as file:

        def append() -> None:
            file.write(make())
            file.flush()
            os.fdatasync(file.fileno())

        return _milliseconds(append)


def _floor(folder: Path, make: Callable[[], bytes]) -> float:
    db = sqlite3.connect(folder / "floor.sqlite")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE owed (seq INTEGER PRIMARY KEY, envelope BLOB, hash TEXT) STRICT")

    def append() -> None:
        raw = make()
        with db:
            db.execute("INSERT INTO owed VALUES (NULL, ?, ?)", (raw, envelopes.digest(raw)))

    took = _milliseconds(append)
    db.close()
    return took


def _sealed() -> bytes:
    return envelopes.enclose(FACT, station=STATION, epoch=1, seq=1, prev=envelopes.GENESIS, key=KEY)


def measure() -> dict[str, float]:
    """Return medians in milliseconds, all taken in turn round by round."""
    plain = _sealed()
    taken: dict[str, list[float]] = {
        "journal": [],
        "floor": [],
        "raw commit": [],
        "raw fdatasync": [],
    }
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            taken["journal"].append(_journal(folder))
            taken["floor"].append(_floor(folder, _sealed))
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            taken["raw commit"].append(_floor(folder, lambda: plain))
            taken["raw fdatasync"].append(_raw(folder, lambda: plain))
    return {name: median(times) for name, times in taken.items()}


def main() -> None:
    """Print the promise: how many times the floor a durable fact costs."""
    took = measure()
    for name, milliseconds in took.items():
        print(f"{name:16} {milliseconds:8.3f} ms")
    print("floor: SQLite's WAL, synchronous FULL, that seals, hashes and commits one row")
    print(f"floor : journal = {took['floor'] / took['journal']:.2f} (aim: 0.9)")
    print(f"journal : raw commit = {took['journal'] / took['raw commit']:.2f}")
    print(f"journal : raw fdatasync = {took['journal'] / took['raw fdatasync']:.2f}")


if __name__ == "__main__":
    main()
