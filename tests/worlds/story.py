"""A world that broke a promise, told as shortly as it still does."""

import gc
import itertools
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from tests.worlds.incidents import more, plan
from tests.worlds.invariants import broken
from tests.worlds.world import World


@dataclass
class Lived:
    """What became of a world."""

    seed: int
    problems: list[str]
    lines: list[str] = field(default_factory=list)
    faults: dict[str, int] = field(default_factory=dict)
    told: int = 0
    crashes: int = 0
    turns: int = 0


def quiet() -> None:
    """Keep the programs of a world from logging, and the collector from looking at it all day."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def live(seed: int, without: frozenset[int] = frozenset(), turns: int | None = None) -> Lived:
    """Live through the world of *seed*, all but *without*, and look at what it has come to."""
    with World(seed, without, turns) as world:
        world.live()
        return Lived(
            seed,
            list(broken(world)),
            world.lines,
            dict(world.faults),
            len(world.told),
            world.crashes,
            world.turns or 0,
        )


def shortened(seed: int, tries: int = 120) -> Lived:
    """Return the world of *seed* without the incidents that its broken promise does not need."""
    best, without = live(seed), frozenset[int]()
    numbers = _numbers(seed, best.turns)
    size = len(numbers) // 2
    while size and tries > 0:
        for at in range(0, len(numbers), size):
            left_out = without | set(numbers[at : at + size])
            if left_out == without or tries <= 0:
                continue
            tries -= 1
            if (found := live(seed, left_out, best.turns)).problems:
                best, without = found, left_out
        size //= 2
    return best


def _numbers(seed: int, turns: int) -> list[int]:
    rounds = [more(seed, turn) for turn in range(1, turns + 1)]
    return [each.number for each in itertools.chain(plan(seed, backups=True), *rounds)]


def told(lived: Lived, say: Callable[[str], None]) -> None:
    """Say what happened and what was broken, and how to see it again."""
    say(f"World {lived.seed}:")
    for line in lived.lines:
        say(f"  {line}")
    for problem in lived.problems:
        say(f"  BROKEN: {problem}")
    say(f"  again: make world SEED={lived.seed}")
