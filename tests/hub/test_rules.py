"""What stood when a book was lent decides, and neither arrival nor repetition has a say."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from hub.catalogue.port import CardSince, HoldEvent, StandingChange
from hub.reconcile import CATALOGUE, WINDOW_MS, Kind, reconcile
from hub.rules import done_waiting, holds_broken, loans, over_limit, unasked, was_good
from tests.hub.test_reconcile import HOUR_MS, back, happening, loan, renewal

ITEMS = ("B-1", "B-2")


def lent(station, at, patron, told="checkout", **more):
    return loan(station, at, patron, told=told, **more)


def hold(change, at_ms, patron, *, version, item=None):
    change = StandingChange(change)
    return HoldEvent(version=version, change=change, patron=patron, at_ms=at_ms, item=item)


def broken(log, **lives):
    """Return the exceptions of each copy, whose facts are folded first."""
    merged = {item.replace("_", "-"): reconcile(life).merged for item, life in lives.items()}
    found = holds_broken(log, merged)
    return {item: [(each.kind, each.happening.rank) for each in found[item]] for item in found}


PLACED = [hold("placed", 10, "q", version=1)]


@pytest.mark.parametrize(
    ("log", "life", "found"),
    [
        ([], [lent("a", 100, "p")], []),
        (PLACED, [lent("a", 100, "p")], [("lent_over_hold", 100)]),
        (PLACED, [lent("a", 100, "p", told="accepted")], []),
        (PLACED, [loan(CATALOGUE, 100, "p")], []),
        (PLACED, [lent("a", 5, "p")], []),
        (PLACED, [lent("a", 100, "q")], []),
        ([*PLACED, hold("cancelled", 50, "q", version=2)], [lent("a", 100, "p")], []),
        (
            [*PLACED, hold("cancelled", 150, "q", version=2)],
            [lent("a", 100, "p")],
            [("lent_over_hold", 100)],
        ),
        (PLACED, [lent("a", 5, "p"), lent("a", 1_100, "p")], []),
        (PLACED, [lent("a", 5, "p"), back("b", 100)], [("trap_for_hold", 100)]),
        (PLACED, [loan(CATALOGUE, 5, "p"), back(CATALOGUE, 100)], []),
        (
            [*PLACED, hold("trapped", 200, "q", version=2, item="B-1")],
            [lent("a", 5, "p"), back("b", 100)],
            [],
        ),
        (
            [*PLACED, hold("cancelled", 200, "q", version=2)],
            [lent("a", 5, "p"), back("b", 100)],
            [],
        ),
        (PLACED, [lent("a", 5, "p"), back("b", 100), lent("b", 2_000, "q", seq=9)], []),
        (
            PLACED,
            [lent("a", 5, "p"), back("b", 100), lent("b", 2_000, "r", seq=9)],
            [("lent_over_hold", 2_000)],
        ),
    ],
)
def test_every_way_to_meet_a_queue(log, life, found):
    assert broken(log, B_1=life)["B-1"] == found


def test_a_loan_of_staffs_own_fills_a_hold_where_it_was_merged():
    """Staff took the book back and lent it to who waits; a moment before, somebody had taken it."""
    staff_at = 104
    filled = [*PLACED, hold("filled", staff_at, "q", version=3, item="B-1")]
    life = [
        lent("a", 5, "p", told="accepted"),
        back(CATALOGUE, staff_at, seq=1),
        lent("b", 102, "r", seq=7),
        back("b", 90_000, seq=8),
        loan(CATALOGUE, staff_at, "q", seq=2),
    ]
    merged = [each.rank for each in reconcile(life).merged]

    assert merged == [5, staff_at, 102, 90_000, staff_at]
    assert broken(filled, B_1=life)["B-1"] == [("lent_over_hold", 102)]
    assert broken(filled, B_1=[lent("b", 200, "r")])["B-1"] == [], "of a life that is not told"


def test_who_got_another_copy_waits_no_more():
    without = broken(PLACED, B_1=[lent("a", 200, "p")])
    filled = broken(PLACED, B_1=[lent("a", 200, "p")], B_2=[lent("b", 100, "q")])

    assert without["B-1"] == [("lent_over_hold", 200)]
    assert filled == {"B-1": [], "B-2": []}


def test_a_copy_kept_for_one_leaves_the_other_free_for_whom_it_likes():
    log = [*PLACED, hold("trapped", 50, "q", version=2, item="B-2")]

    assert broken(log, B_1=[lent("a", 100, "p")], B_2=[]) == {"B-1": [], "B-2": []}


def test_a_hold_that_is_cancelled_leaves_its_copy_to_the_next():
    log = [
        *PLACED,
        hold("placed", 20, "r", version=2),
        hold("cancelled", 500, "q", version=3),
    ]
    life = [lent("a", 5, "p"), back("b", 100)]

    assert broken(log, B_1=life)["B-1"] == [("trap_for_hold", 100)]
    fetched = [*log, hold("trapped", 600, "r", version=4, item="B-1")]
    assert broken(fetched, B_1=life)["B-1"] == []


def test_a_clock_that_nobody_trusts_holds_up_no_later_fact():
    wild = lent("a", 10**12, "p", trusted=False, seq=1)
    life = [wild, back("b", 100)]

    assert broken(PLACED, B_1=life)["B-1"] == [
        ("lent_over_hold", 10**12),
        ("trap_for_hold", 100),
    ]


def test_a_card_is_judged_by_what_was_so_at_that_instant():
    past = [CardSince(0, good=True), CardSince(100, good=False), CardSince(200, good=True)]

    assert [was_good(past, at) for at in (-5, 0, 99, 100, 199, 200)] == [
        True,
        True,
        True,
        False,
        False,
        True,
    ]


def test_only_what_gave_the_book_to_another_is_a_loan():
    life = [
        lent("a", 0, "p"),
        lent("a", HOUR_MS, "p"),
        renewal("a", 2 * HOUR_MS, "p"),
        back("a", 3 * HOUR_MS),
        lent("a", 4 * HOUR_MS, "p"),
    ]

    assert [each.rank for each in loans(reconcile(life).merged)] == [0, 4 * HOUR_MS]


def test_the_loans_beyond_the_limit_are_named_and_a_return_makes_room():
    held = {
        f"B-{n}": reconcile([lent("a", n * 1000, "p", told=told)]).holder
        for n, told in enumerate(["checkout", "accepted", "offline", "accepted", "checkout"])
    }

    assert sorted(over_limit(2, held)) == ["B-2", "B-4"]
    del held["B-0"]
    assert sorted(over_limit(2, held)) == ["B-4"]
    del held["B-3"], held["B-1"]
    assert over_limit(2, held) == {}


def test_a_renewed_loan_is_as_old_as_it_was():
    old = reconcile([lent("a", 0, "p"), renewal("a", HOUR_MS, "p")]).holder
    new = reconcile([lent("b", 1000, "p")]).holder

    assert list(over_limit(1, {"B-1": old, "B-2": new})) == ["B-2"]


# --- whatever happens ------------------------------------------------------------------------


@st.composite
def towns(draw, trust=(True, False)):
    """Return a queue's log and what happens to its copies, each by a clock as *trust* has it."""
    at, log = 0, []
    for version in range(1, draw(st.integers(0, 6)) + 1):
        at += draw(st.integers(0, HOUR_MS))
        change = draw(st.sampled_from(["placed", "placed", "trapped", "cancelled", "filled"]))
        item = draw(st.sampled_from(ITEMS)) if change in ("trapped", "filled") else None
        patron = draw(st.sampled_from(["p", "q", "r"]))
        log.append(hold(change, at, patron, version=version, item=item))
    lives = {}
    for item in ITEMS:
        lives[item] = []
        for station in ("a", "b", CATALOGUE):
            at = 0
            for seq in range(1, draw(st.integers(0, 3)) + 1):
                at += draw(st.integers(0, HOUR_MS))
                kind = draw(st.sampled_from([Kind.LOAN, Kind.RETURN]))
                patron = draw(st.sampled_from(["p", "q"])) if kind is Kind.LOAN else None
                trusted = station == CATALOGUE or draw(st.sampled_from(trust))
                told = draw(st.sampled_from(["checkout", "accepted"])) if patron else "checkin"
                lives[item].append(
                    happening(kind, station, at, patron, seq=seq, trusted=trusted, told=told)
                )
    return log, lives


def named(log, lives):
    found = holds_broken(log, {item: reconcile(life).merged for item, life in lives.items()})
    return {each.key(item) for item, each_ones in found.items() for each in each_ones}


@given(towns(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_has_no_say_about_queues(town, rng: random.Random):
    log, lives = town
    shuffled = {item: rng.sample(life, len(life)) for item, life in lives.items()}
    items = dict(rng.sample(list(shuffled.items()), len(shuffled)))

    assert named(rng.sample(log, len(log)), items) == named(log, lives)


@given(towns())
def test_only_what_nobody_could_ask_about_and_stations_returned_is_named(town):
    log, lives = town
    by_key = {
        f"{item}:{each.station}:{each.epoch}:{each.seq}": each
        for item, life in lives.items()
        for each in life
    }

    for key in named(log, lives):
        kind, _, place = key.partition(":")
        cause = by_key[place]
        if kind == "lent_over_hold":
            assert cause.kind is Kind.LOAN
            assert unasked(cause)
        else:
            assert (kind, cause.kind) == ("trap_for_hold", Kind.RETURN)
            assert cause.station != CATALOGUE


@given(towns())
def test_staff_who_fetch_and_cancel_everything_leave_nothing_to_fetch(town):
    log, lives = town
    late = [
        hold("cancelled", 10**9, patron, version=100 + n)
        for n, patron in enumerate(["p", "q", "r"])
    ]

    assert not [key for key in named([*log, *late], lives) if key.startswith("trap")]


@given(towns(), st.data())
def test_a_fact_that_comes_late_ends_as_if_it_had_come_in_time(town, data):
    """Findings for a part may go when the rest comes: they are of the whole, not added up."""
    log, lives = town
    first = {
        item: [each for each in life if data.draw(st.booleans())] for item, life in lives.items()
    }
    named(log, first)

    late = {
        item: [*first[item], *(e for e in lives[item] if e not in first[item])] for item in lives
    }
    assert named(log, late) == named(log, lives)


def done(log, lives, through_ms):
    merged = {item: reconcile(life).merged for item, life in lives.items()}
    return done_waiting(log, merged, through_ms)


@given(towns(trust=(True,)), towns(), st.integers(0, 4 * HOUR_MS))
def test_without_who_is_done_waiting_all_that_comes_is_judged_alike(town, later, through_ms):
    """Whatever happens afterwards: to the queue, and to the copies at stations and at the desk."""
    (log, lives), (more_log, more_lives) = town, later
    gone = done(log, lives, through_ms)
    after = through_ms + WINDOW_MS + 1
    log = [*log, *(_later(each, after, version=each.version + 50) for each in more_log)]
    lives = {
        item: [*lives[item], *(_later(each, after, seq=each.seq + 50) for each in more_lives[item])]
        for item in ITEMS
    }

    left = [each for each in log if each.at_ms > through_ms or each.patron not in gone]
    assert named(left, lives) == named(log, lives)


def _later(each, by_ms, **more):
    at = "at_ms" if isinstance(each, HoldEvent) else "rank"
    return structs.replace(each, **{at: getattr(each, at) + by_ms}, **more)


@pytest.mark.parametrize(
    ("log", "lives", "gone"),
    [
        ([], {}, set()),
        (PLACED, {}, set()),
        ([*PLACED, hold("cancelled", 50, "q", version=2)], {}, {"q"}),
        ([*PLACED, hold("cancelled", 2_000, "q", version=2)], {}, set()),
        ([*PLACED, hold("filled", 50, "q", version=2, item="B-1")], {}, {"q"}),
        ([*PLACED, hold("cancelled", 50, "q", version=2)], {"B-1": [lent("a", 40, "p")]}, set()),
        ([*PLACED, hold("cancelled", 50, "q", version=2)], {"B-1": [lent("a", 60, "p")]}, {"q"}),
        (
            [*PLACED, hold("cancelled", 50, "q", version=2)],
            {"B-1": [lent("a", 60, "p", trusted=False)]},
            set(),
        ),
        ([*PLACED, hold("cancelled", 50, "q", version=2)], {"B-1": [back("a", 60)]}, set()),
        (
            [*PLACED, hold("placed", 20, "r", version=2), hold("expired", 50, "q", version=3)],
            {},
            {"q"},
        ),
        (
            [
                *PLACED,
                hold("cancelled", 50, "q", version=2),
                hold("placed", 60, "q", version=3),
            ],
            {},
            set(),
        ),
    ],
    ids=[
        "nobody waited",
        "who waits yet",
        "who left",
        "who left only since",
        "who was served",
        "a loan that went over them is still judged",
        "a loan after they had left",
        "a loan that nobody knows when",
        "a return whose loan may yet come",
        "before somebody else who waits yet",
        "who waits again",
    ],
)
def test_who_is_done_waiting(log, lives, gone):
    assert done(log, {item: lives.get(item, []) for item in ITEMS}, 1_000) == gone


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=9), st.integers(0, 4))
def test_as_many_as_are_too_many_are_named_at_most(told, limit):
    held = {
        f"B-{n}": reconcile([lent("a", at * 1000, "p", told="checkout" if off else "accepted")])
        for n, (at, off) in enumerate(told)
    }
    held = {item: folded.holder for item, folded in held.items()}
    found = over_limit(limit, held)

    assert len(found) <= max(0, len(held) - limit)
    assert over_limit(limit, dict(reversed(held.items()))) == found
    assert over_limit(len(held), held) == {}


@given(
    st.lists(
        st.tuples(st.integers(0, 99), st.booleans()),
        min_size=1,
        max_size=6,
        unique_by=lambda e: e[0],
    ),
    st.integers(0, 120),
)
def test_a_block_set_or_lifted_later_changes_nothing_of_what_was(changes, at_ms):
    past = [CardSince(0, good=True), *(CardSince(at, good=good) for at, good in sorted(changes))]
    until = [each for each in past if each.since_ms <= at_ms]

    assert was_good(past, at_ms) == was_good(until, at_ms) == until[-1].good


def test_what_is_said_twice_is_one():
    life = [lent("a", 100, "p")]
    again = structs.replace(life[0])

    assert broken(PLACED, B_1=life)["B-1"] == broken(PLACED, B_1=[again])["B-1"]
