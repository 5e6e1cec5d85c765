"""What holds of any region's facts in any order, tried on the real hub: P1 to P10.

The pure rule has its own in `test_reconcile.py` (P3 to P8) and `test_rules.py` (holds, blocks,
limits); `docs/explanation/reconciliation.md` says which is where. Here facts go the whole way:
sealed, signed, through inbox, ledger and poster, into the catalogue and onto the desk.
"""

import random
import shutil
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from circulation.identifiers import ItemId
from hub import exceptions
from hub.catalogue import tables
from hub.happenings import of_item
from hub.reconcile import reconcile
from hub.tables import fact, posting
from tests import databases
from tests.hub.catalogue.cast import NOW_MS
from tests.hub.rig import SpeakingStation, TalkingHub

ITEMS = ("B-1", "B-2", "B-MAP")
CARDS = ("K-ANNA", "K-BO", "K-BLOCKED")
FEW = settings(
    max_examples=6,
    derandomize=True,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
"""Each example is a whole hub, on disk; to make one shorter would take minutes."""

SEEDS = st.integers(0, 2**32)


def write_down(stations: list[SpeakingStation], rng: random.Random) -> None:
    """Have the stations lend and take back, each by a clock of its own."""
    for _ in range(10):
        station = rng.choice(stations)
        station.clock_ms += rng.randrange(3_600_000)
        station.trusted = rng.random() < 0.8
        if rng.random() < 0.6:
            station.lends(rng.choice(ITEMS), rng.choice(CARDS))
        else:
            station.takes_back(rng.choice(ITEMS))


@contextmanager
def region(seed: int):
    """Give a hub, and three stations that have written facts which nobody has heard of."""
    folder = Path(tempfile.mkdtemp(prefix="properties-"))
    hub = TalkingHub(folder)
    try:
        stations = [hub.enrol(f"vindeln-{number}", "VIN", number) for number in (1, 2, 3)]
        for station, told in zip(stations, facts_of(seed), strict=True):
            station.raws, station.head = list(told.raws), told.head
        yield hub, stations
    finally:
        hub.engine.dispose()
        shutil.rmtree(folder)


@cache
def facts_of(seed: int) -> list[SpeakingStation]:
    """Return stations with the facts of *seed*, sealed once: a sealed box is never the same."""
    folder = Path(tempfile.mkdtemp(prefix="properties-"))
    hub = TalkingHub(folder)
    stations = [hub.enrol(f"vindeln-{number}", "VIN", number) for number in (1, 2, 3)]
    write_down(stations, random.Random(seed))
    hub.engine.dispose()
    shutil.rmtree(folder)
    return [replace(station) for station in stations]


def pieces(stations, rng: random.Random):
    """Return every fact in batches, in disorder; what no batch could reach comes at the end."""
    parts = [
        (station, first, first + rng.randrange(3))
        for station in stations
        for first in range(1, len(station.raws) + 1)
    ]
    rng.shuffle(parts)
    return parts + [(station, 1, len(station.raws)) for station in stations]


def end(hub):
    """Return what stands at last: loans, exceptions, and what the ledger holds."""
    loans = {}
    for item in ITEMS:
        loan = hub.own.item(ItemId(item)).loan
        loans[item] = (loan.patron, loan.due) if loan else None
    with hub.engine.connect() as db:
        desk = sorted(each.key for each in exceptions.open_exceptions(db))
        ledger = sorted(db.execute(select(fact.c.station, fact.c.epoch, fact.c.seq)).all())
    return loans, desk, ledger


def lived(seed: int, arrival: int, *, twice: bool = False, dies_after: int | None = None):
    """Return the end of *seed*'s facts, arriving by the dice of *arrival*."""
    with region(seed) as (hub, stations):
        parts = pieces(stations, random.Random(arrival))
        for number, (station, first, last) in enumerate(parts):
            hub.takes_facts(station, first, last)
            if twice:
                hub.takes_facts(station, first, last)
            if number == dies_after:
                hub.restart()
                hub.touched.update(hub.poster.owed())
        hub.post()
        return end(hub)


@FEW
@given(SEEDS, SEEDS, SEEDS)
def test_p1_any_order_of_arrival_with_writes_in_between_ends_alike(seed, one, another):
    assert lived(seed, one) == lived(seed, another)


@FEW
@given(SEEDS, SEEDS)
def test_p2_what_comes_twice_changes_nothing_and_is_written_once(seed, arrival):
    with region(seed) as (hub, stations):
        for station, first, last in pieces(stations, random.Random(arrival)):
            hub.takes_facts(station, first, last)
        before, written = end(hub), writes(hub)

        for station in stations:
            hub.takes_facts(station)

        assert (end(hub), writes(hub)) == (before, written)


def writes(hub) -> list[str]:
    """Return each write to the catalogue; none was made twice, or without a record."""
    with hub.engine.connect() as db:
        log = db.execute(select(tables.catalogue_event)).all()
        recorded = set(db.scalars(select(posting.c.id)))
    made = [(row.posting, row.change) for row in log]
    assert {name for name, _ in made} <= recorded
    assert max(Counter(made).values(), default=1) == 1
    return [name for name, _ in made]


@FEW
@given(SEEDS, SEEDS)
def test_p5_and_p7_the_catalogue_and_the_desk_are_the_fold_of_the_ledger(seed, arrival):
    with region(seed) as (hub, stations):
        for station, first, last in pieces(stations, random.Random(arrival)):
            hub.takes_facts(station, first, last)
        loans, desk, ledger = end(hub)

        assert len(ledger) == sum(len(station.raws) for station in stations)
        for item in ITEMS:
            folded = fold(hub, item)
            holder = folded.holder
            assert loans[item] == ((holder.patron, holder.due) if holder else None)
            assert {each.key(item) for each in folded.exceptions} <= set(desk)


def fold(hub, item: str):
    def patron(card):
        known = hub.own.borrower(card)
        return known.patron if known else None

    log = hub.own.log(ItemId(item))
    with hub.engine.connect() as db:
        told = of_item(db, item, log, patron, now_ms=hub.now_ms)
    return reconcile(told.happenings)


@FEW
@given(SEEDS, SEEDS, st.sampled_from(ITEMS))
def test_p9_who_has_a_book_depends_on_what_happened_to_that_book_only(seed, arrival, item):
    with region(seed) as (hub, stations):
        for station, first, last in pieces(stations, random.Random(arrival)):
            hub.takes_facts(station, first, last)
        before = fold(hub, item)
        other = next(each for each in ITEMS if each != item)

        # By a clock that is known, a fact may tell when others of its boot were.
        stations[0].trusted = False
        stations[0].lends(other, "K-ANNA")
        hub.takes_facts(stations[0])

        assert fold(hub, item) == before


@FEW
@given(SEEDS, SEEDS, st.integers(0, 12))
def test_p10_a_hub_that_dies_anywhere_ends_as_one_that_never_did(seed, arrival, after):
    assert lived(seed, arrival, dies_after=after, twice=True) == lived(seed, arrival)


@FEW
@given(SEEDS, SEEDS)
def test_fees_nobody_pays_for_the_line_a_return_is_entered_as_of_when_it_was_made(seed, arrival):
    with region(seed) as (hub, stations):
        hub.now_ms = NOW_MS + 40 * 86_400_000
        for station, first, last in pieces(stations, random.Random(arrival)):
            hub.takes_facts(station, first, last)

        with hub.engine.connect() as db:
            log = db.execute(select(tables.catalogue_event)).all()
            made = {
                f"{row.station}/{row.epoch}/{row.seq}/{row.hash[:16]}": row
                for row in db.execute(select(fact).where(fact.c.kind == "checkin"))
                if row.body["at"]["trusted"]
            }
            last_ms = max(db.scalars(select(fact.c.rank)))
    for row in log:
        if row.change == "returned":
            # Whatever the clocks knew, nobody hears of it forty days after it was.
            assert NOW_MS < row.at_ms <= last_ms
            if (caused_by := made.get(row.posting.partition("+")[0])) is not None:
                assert row.at_ms <= caused_by.rank


def test_these_are_tried_where_the_hub_keeps_its_rows():
    """On the server of `make test-postgresql` they say something about PostgreSQL."""
    with region(1) as (hub, _):
        assert hub.engine.dialect.name == ("postgresql" if databases.on_server() else "sqlite")
