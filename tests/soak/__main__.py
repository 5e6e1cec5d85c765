"""`python -m tests.soak`: soak a region, and say what it came to."""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.soak.equality import differences
from tests.soak.region import HUB, Soak, make

GROWS_MAX = 1.15
"""How much the second half's greatest memory may be of the first half's."""
JUDGED_SECONDS_MIN = 300.0
"""In a shorter soak everybody is young, and grows."""
OLD_SECONDS = 5.0
"""A process younger than that is still starting."""


def main() -> int:
    """Return 1 where something is not equal, or memory has grown."""
    words = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    words.add_argument("--stations", type=int, default=50)
    words.add_argument("--facts", type=int, default=100_000)
    words.add_argument("--seconds", type=float, default=600.0)
    words.add_argument("--seed", type=int, default=1)
    asked = words.parse_args()
    return soak(asked.stations, asked.facts, asked.seconds, asked.seed)


def soak(stations: int, facts: int, seconds: float, seed: int) -> int:
    """Return 1 where something is not equal, or memory has grown."""
    with tempfile.TemporaryDirectory(prefix="soak-") as place:
        folder, begun = Path(place), time.monotonic()
        make(folder, stations)
        region = Soak(folder, stations=stations, facts=facts, seconds=seconds)
        region.run(seconds, random.Random(seed))
        rested = time.monotonic() - begun
        wrong = list(differences(folder, stations, facts // stations))
    kills = ", ".join(f"{who} {times}" for who, times in sorted(region.kills.items()))
    print(f"{stations} stations, {facts} facts, {rested:.0f} s until at rest; killed: {kills}")
    for line in wrong[:20]:
        print(f"NOT EQUAL: {line}")
    grown = memory("hub", region, seconds, lambda who: who == HUB)
    grown += memory("a station", region, seconds, lambda who: who != HUB)
    if seconds >= JUDGED_SECONDS_MIN:
        wrong += grown
    return 1 if wrong else 0


def memory(name: str, region: Soak, seconds: float, is_it) -> list[str]:
    """Say how much memory *name* took; return what is wrong with that."""
    found = [(at, rss) for at, who, age, rss in region.rss if is_it(who) and age > OLD_SECONDS]
    if not found:
        print(f"memory of {name}: it never lived long enough")
        return []
    middle = found[0][0] + seconds / 2
    halves = [[rss for at, rss in found if (at > middle) is late] for late in (False, True)]
    if not all(halves):
        return []
    first, second = (sorted(half)[len(half) * 95 // 100] / 2**20 for half in halves)
    print(f"memory of {name}: {first:.0f} MiB in the first half, {second:.0f} in the second")
    return [f"{name} grows"] if second > first * GROWS_MAX else []


if __name__ == "__main__":
    sys.exit(main())
