"""In every world every promise is kept; and each promise is one that a mutant breaks."""

import multiprocessing
import os
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import apsw
import pytest

from tests.worlds import mutants, story
from tests.worlds.incidents import more, plan

SEEDS = range(1, 51)
MORE = range(51, 2_001)
CHUNK = 20
MORE_SECONDS = 60
"""So long are more worlds lived through, as many as there is time for."""
KINDS = {
    "backed up",
    "broker died",
    "card blocked",
    "card full",
    "card replaced",
    "catalogue cut after",
    "catalogue cut before",
    "clock jumped",
    "delayed",
    "doubled",
    "hub died",
    "hub restored",
    "line cut",
    "line down",
    "line up",
    "lost",
    "no clock at first",
    "queue changed",
    "staff meddled",
    "station died",
    "torn",
}


@pytest.fixture(scope="module")
def worlds():
    context, begun = multiprocessing.get_context("spawn"), time.monotonic()
    lived: list[story.Lived] = []
    with ProcessPoolExecutor(os.cpu_count(), context, initializer=story.quiet) as pool:
        lived += pool.map(story.live, SEEDS, chunksize=2)
        for at in range(MORE.start, MORE.stop, CHUNK):
            if time.monotonic() - begun > MORE_SECONDS or any(each.problems for each in lived):
                break
            lived += pool.map(story.live, range(at, at + CHUNK))
    return lived


@pytest.mark.timeout(900)
def test_every_promise_is_kept_in_every_world(worlds):
    print(f"{len(worlds)} worlds")
    for lived in worlds:
        if lived.problems:
            story.told(story.shortened(lived.seed), print)
        assert not lived.problems


def test_the_worlds_are_as_hard_as_they_claim(worlds):
    faults = Counter[str]()
    for lived in worlds[: len(SEEDS)]:
        faults.update(lived.faults)

    assert faults.keys() >= KINDS
    assert min(lived.told for lived in worlds) >= 60
    assert min(lived.crashes for lived in worlds) >= 5


def test_a_seed_is_always_the_same_world():
    first, again = story.live(7), story.live(7)

    assert first == again


def test_a_world_that_is_over_holds_no_memory():
    story.live(7)
    assert not [name for name in apsw.vfs_names() if name.startswith("world-")]


def test_a_night_of_worlds_ends_with_what_was_told():
    ended = subprocess.run(
        [sys.executable, "-m", "tests.worlds", "--worlds", "2", "--first", "51"],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )

    assert ended.stdout.startswith("2 worlds, ")
    assert "every promise was kept" in ended.stdout


def test_an_incident_that_is_left_out_changes_no_other():
    whole = [*plan(7, backups=True), *more(7, 1), *more(7, 2)]

    assert [each.dice for each in whole] == [f"7 {each.number}" for each in whole]
    assert len({each.number for each in whole}) == len(whole)
    assert whole[: len(plan(7, backups=True))] == plan(7, backups=True)


def problems_of(seed: int) -> list[str]:
    try:
        return story.live(seed).problems
    except AssertionError:
        # The product's own assertions have noticed first: another world must show the promise.
        return []


@pytest.mark.parametrize("name", mutants.MUTANTS)
@pytest.mark.timeout(300)
def test_each_promise_is_broken_by_a_mutant_of_the_product(name, monkeypatch):
    mutant = mutants.MUTANTS[name]
    mutant.install(monkeypatch)

    # One world in which it shows is enough.
    found: list[str] = []
    for seed in mutant.seeds:
        found = problems_of(seed)
        if any(mutant.breaks in problem for problem in found):
            return
    raise AssertionError(f"in no world: {found[:3]}")
