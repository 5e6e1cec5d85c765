"""`python -m tests.worlds`: live through many worlds, or through one and tell its story."""

import argparse
import multiprocessing
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from tests.worlds import story


def main() -> int:
    """Return 1 where a promise was broken."""
    words = argparse.ArgumentParser(prog="python -m tests.worlds", description=__doc__)
    words.add_argument("--worlds", type=int, default=200, help="how many")
    words.add_argument("--first", type=int, default=1, help="the first seed")
    words.add_argument("--seed", type=int, help="only this one, told as a story")
    asked = words.parse_args()
    story.quiet()
    if asked.seed is not None:
        lived = story.live(asked.seed)
        story.told(lived, print)
        return 1 if lived.problems else 0
    return many(range(asked.first, asked.first + asked.worlds))


def many(seeds: range) -> int:
    """Live through the worlds of *seeds* on every core; tell the first that broke a promise."""
    begun, faults, facts = time.monotonic(), Counter[str](), 0
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), context, initializer=story.quiet) as pool:
        for number, lived in enumerate(pool.map(story.live, seeds, chunksize=4), start=1):
            faults.update(lived.faults)
            facts += lived.told
            if lived.problems:
                pool.shutdown(cancel_futures=True)
                story.told(story.shortened(lived.seed), print)
                return 1
            if number % 100 == 0:
                print(f"{number} worlds, {facts} facts", file=sys.stderr)
    seconds = time.monotonic() - begun
    print(f"{len(seeds)} worlds, {facts} facts told, {seconds:.0f} s: every promise was kept")
    print(", ".join(f"{fault} {times}" for fault, times in sorted(faults.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
