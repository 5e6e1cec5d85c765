"""The rule over a million facts, against sorting the same facts by time."""

import random
import time
from datetime import date

from circulation.identifiers import PatronId
from hub.reconcile import Happening, Kind, reconcile

ITEMS = 100_000
FACTS_EACH = 10
DUE = date(2026, 12, 21)


def _life(rng: random.Random, item: int) -> list[Happening]:
    told, at = [], 0
    for number in range(FACTS_EACH):
        at += rng.randrange(1, 10_000_000)
        lent = number % 2 == 0
        told.append(
            Happening(
                station=f"s{rng.randrange(4)}",
                epoch=1,
                seq=item * FACTS_EACH + number,
                hash="",
                kind=Kind.LOAN if lent else Kind.RETURN,
                rank=at,
                trusted=True,
                patron=PatronId(f"p{rng.randrange(50)}") if lent else None,
                due=DUE if lent else None,
            )
        )
    return told


def main() -> None:
    """Print how long the fold of a million facts takes."""
    rng = random.Random(1)
    lives = [_life(rng, item) for item in range(1_000)]
    rounds = ITEMS // len(lives)
    begun = time.perf_counter()
    for _ in range(rounds):
        for life in lives:
            reconcile(life)
    folded = time.perf_counter() - begun
    begun = time.perf_counter()
    for _ in range(rounds):
        for life in lives:
            sorted(life, key=lambda each: each.order)
    sort = time.perf_counter() - begun
    print(f"fold             {folded:8.1f} s for {ITEMS * FACTS_EACH} facts of {ITEMS} items")
    print(f"sort by time     {sort:8.1f} s")
    print(f"fold : sort = {folded / sort:.1f}")


if __name__ == "__main__":
    main()
