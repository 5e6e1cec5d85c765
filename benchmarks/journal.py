"""Durable append of a sealed fact, against a floor that seals, hashes and syncs a raw file."""

import os
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


def _sealed() -> bytes:
    raw = envelopes.enclose(FACT, station=STATION, epoch=1, seq=1, prev=envelopes.GENESIS, key=KEY)
    envelopes.digest(raw)
    return raw


def measure() -> dict[str, float]:
    """Return medians in milliseconds, the three taken in turn round by round."""
    plain = _sealed()
    taken: dict[str, list[float]] = {"journal": [], "sealing floor": [], "raw fdatasync": []}
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            taken["journal"].append(_journal(folder))
            taken["sealing floor"].append(_raw(folder, _sealed))
            taken["raw fdatasync"].append(_raw(folder, lambda: plain))
    return {name: median(times) for name, times in taken.items()}


def main() -> None:
    """Print the promise: how many times the floor a durable fact costs."""
    took = measure()
    for name, milliseconds in took.items():
        print(f"{name:16} {milliseconds:8.3f} ms")
    print(f"journal : sealing floor = {took['journal'] / took['sealing floor']:.2f}")
    print(f"journal : raw fdatasync = {took['journal'] / took['raw fdatasync']:.2f}")


if __name__ == "__main__":
    main()
