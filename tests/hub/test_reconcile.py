"""One rule for every order of arrival: the table's cases, and what holds whatever happens."""

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.reconcile import CATALOGUE, WINDOW_MS, Happening, Kind, reconcile

DUE = date(2026, 12, 21)
HOUR_MS = 3_600_000


def happening(kind: Kind, station: str, at: int, patron: str | None = None, **more) -> Happening:
    fields = {
        "station": station,
        "epoch": 1,
        "seq": more.pop("seq", at // 1000 + 1),
        "hash": f"{station}{at}{kind}",
        "kind": kind,
        "rank": at,
        "trusted": True,
        "patron": patron,
        "due": None if kind is Kind.RETURN else more.pop("due", DUE),
    }
    return Happening(**(fields | more))


def loan(station, at, patron, **more):
    return happening(Kind.LOAN, station, at, patron, **more)


def back(station, at, **more):
    return happening(Kind.RETURN, station, at, **more)


def renewal(station, at, patron, **more):
    return happening(Kind.RENEWAL, station, at, patron, **more)


def kinds(outcome):
    return sorted(each.kind for each in outcome.exceptions)


def holder(outcome):
    return outcome.holder.patron if outcome.holder else None


LATER = DUE.replace(day=28)
CASES = {
    "nothing": ([], None, []),
    "lent": ([loan("a", 0, "p")], "p", []),
    "lent again to the same": ([loan("a", 0, "p"), loan("a", HOUR_MS, "p", due=LATER)], "p", []),
    "lent to another unreturned": (
        [loan("a", 0, "q"), loan("b", HOUR_MS, "p")],
        "p",
        ["missing_return"],
    ),
    "returned": ([loan("a", 0, "p"), back("b", HOUR_MS)], None, []),
    "returned twice elsewhere": (
        [loan("a", 0, "p"), back("a", HOUR_MS), back("b", 2 * HOUR_MS)],
        None,
        ["double_return"],
    ),
    "returned and never lent": ([back("a", 0)], None, ["return_not_on_loan"]),
    "renewed": ([loan("a", 0, "p"), renewal("a", HOUR_MS, "p", due=LATER)], "p", []),
    "renewed by another": (
        [loan("a", 0, "p"), renewal("b", HOUR_MS, "q")],
        "p",
        ["renew_no_loan"],
    ),
    "a card nobody knows": ([loan("a", 0, None)], None, ["unknown_card"]),
}


@pytest.mark.parametrize("case", CASES)
def test_every_row_of_the_table(case):
    events, patron, exceptions = CASES[case]

    outcome = reconcile(events)

    assert holder(outcome) == patron
    assert kinds(outcome) == exceptions


def test_of_two_due_dates_the_later_stands():
    outcome = reconcile([loan("a", 0, "p", due=LATER), loan("a", HOUR_MS, "p", due=DUE)])

    assert outcome.holder.due == LATER


@pytest.mark.parametrize("early", [1, 60_000, WINDOW_MS])
def test_a_return_whose_clock_runs_early_still_closes_the_loan(early):
    outcome = reconcile([loan("a", WINDOW_MS, "p"), back("b", WINDOW_MS - early)])

    assert (holder(outcome), kinds(outcome)) == (None, [])


def test_a_return_by_a_clock_nobody_trusts_closes_the_loan():
    outcome = reconcile([loan("a", 10 * HOUR_MS, "p"), back("b", 0, trusted=False)])

    assert (holder(outcome), kinds(outcome)) == (None, [])


def test_a_renewal_goes_before_a_return_that_also_fits():
    outcome = reconcile([loan("a", 0, "p"), back("b", 1_000), renewal("a", 2_000, "p")])

    assert (holder(outcome), kinds(outcome)) == (None, [])


def test_what_the_station_had_seen_in_the_catalogue_comes_first():
    staff = loan(CATALOGUE, 5 * HOUR_MS, "q", seq=7)

    outcome = reconcile([staff, back("a", 0, trusted=False, seen=7), loan("a", 1, "p", seen=7)])

    assert (holder(outcome), kinds(outcome)) == ("p", [])


def test_an_order_that_cannot_be_known_is_named():
    events = [loan("a", 0, "p"), back("b", 1_000), loan("c", 2_000, "q")]
    unsure = [Happening(**{f: getattr(e, f) for f in e.__struct_fields__} | {"trusted": False})
              for e in events]  # fmt: skip

    assert "ambiguous_order" in kinds(reconcile(unsure))
    assert "ambiguous_order" not in kinds(
        reconcile([loan("a", 0, "p"), back("b", HOUR_MS), loan("c", 2 * HOUR_MS, "q")])
    )


COUNTS = ((), *(((tag, count),) for tag in ("e004", "e005") for count in range(1, 5)))


@st.composite
def lives(draw):
    """Return what happens to one item at four stations and in the catalogue."""
    events = []
    for station in ("a", "b", "c", CATALOGUE):
        at = draw(st.integers(0, WINDOW_MS))
        for seq in range(1, draw(st.integers(0, 3)) + 1):
            at += draw(st.integers(0, 2 * WINDOW_MS))
            kind = draw(st.sampled_from(Kind))
            patron = None if kind is Kind.RETURN else draw(st.sampled_from(["p", "q", None]))
            if station == CATALOGUE and kind is not Kind.RETURN:
                patron = patron or "p"
            trusted = station == CATALOGUE or draw(st.booleans())
            seen = 0 if station == CATALOGUE else draw(st.integers(0, 3))
            more = {"trusted": trusted, "seen": seen, "seq": seq}
            if station != CATALOGUE:
                more["counts"] = draw(st.sampled_from(COUNTS))
            events.append(happening(kind, station, at, patron, **more))
    return events


@given(lives(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_has_no_say(events, rng: random.Random):
    shuffled = list(events)
    rng.shuffle(shuffled)

    assert reconcile(shuffled) == reconcile(events)


@given(lives())
def test_everything_that_happened_is_in_the_merged_order_once(events):
    merged = reconcile(events).merged

    assert sorted(each.order for each in merged) == sorted(each.order for each in events)


@given(lives())
def test_no_station_is_contradicted_about_its_own_order_or_what_it_had_seen(events):
    merged = list(reconcile(events).merged)

    for place, event in enumerate(merged):
        later = merged[place + 1 :]
        assert all((e.epoch, e.seq) > (event.epoch, event.seq)
                   for e in later if e.station == event.station)  # fmt: skip
        assert all(e.seq > event.seen for e in later if e.station == CATALOGUE != event.station)


@given(lives(), st.integers(-(10**9), 10**9))
def test_shifting_every_clock_alike_changes_nothing(events, shift):
    fields = [{f: getattr(e, f) for f in e.__struct_fields__} for e in events]
    shifted = [Happening(**f | {"rank": f["rank"] + shift}) for f in fields]

    assert holder(reconcile(shifted)) == holder(reconcile(events))


@given(lives())
def test_what_does_not_fit_is_named(events):
    outcome = reconcile(events)
    known = [e for e in outcome.merged if e.patron or e.kind is Kind.RETURN]
    lent = sum(e.kind is Kind.LOAN for e in known)
    ended = sum(e.kind is Kind.RETURN for e in known)

    if lent != ended + (outcome.holder is not None):
        assert outcome.exceptions or any(
            a.patron == b.patron for a in known for b in known if a is not b
        )


def replayed(merged):
    """Walk through the table of docs/explanation/reconciliation.md, one row at a time."""
    with_, last_return, broken = None, None, []
    for event in merged:
        match event.kind:
            case Kind.LOAN if event.patron is None:
                broken.append("unknown_card")
            case Kind.LOAN:
                if with_ not in (None, event.patron):
                    broken.append("missing_return")
                with_ = event.patron
            case Kind.RETURN:
                if with_ is None:
                    twice = last_return not in (None, event.station)
                    broken.append("double_return" if twice else "return_not_on_loan")
                with_, last_return = None, event.station
            case Kind.RENEWAL if with_ is None or with_ != event.patron:
                broken.append("renew_no_loan")
    return with_, sorted(broken)


@given(lives())
def test_loans_and_exceptions_are_the_replay_of_the_merged_order(events):
    outcome = reconcile(events)

    found = [kind for kind in kinds(outcome) if kind != "ambiguous_order"]
    assert (holder(outcome), found) == replayed(outcome.merged)


@given(
    st.integers(0, 10**6),
    st.integers(-WINDOW_MS // 2, WINDOW_MS // 2),
    st.integers(-WINDOW_MS // 2, WINDOW_MS // 2),
    st.integers(1, 10**6),
    st.tuples(st.booleans(), st.booleans()),
)
def test_a_loan_here_and_a_return_there_end_returned_whatever_the_clocks_say(
    at, here_off, there_off, between, trusted
):
    lent = loan("a", at + here_off, "p", trusted=trusted[0], seq=1)
    returned = back("b", at + between + there_off, trusted=trusted[1], seq=1)

    outcome = reconcile([returned, lent])

    assert (holder(outcome), kinds(outcome)) == (None, [])


@given(lives(), st.integers(0, 10**9))
def test_what_an_untrusted_clock_says_beyond_its_place_in_the_lane_has_no_influence(events, ahead):
    """Ranks of untrusted facts are carried: all of them alike, whatever the clock said."""
    nobody_knows = [
        Happening(**{f: getattr(e, f) for f in e.__struct_fields__} | {"trusted": False, "rank": 0})
        for e in events
        if e.station != CATALOGUE
    ]
    shifted = [
        Happening(**{f: getattr(e, f) for f in e.__struct_fields__} | {"rank": ahead})
        for e in nobody_knows
    ]

    assert holder(reconcile(nobody_knows)) == holder(reconcile(shifted))


@st.composite
def counted_lives(draw):
    """Return one book's loans and returns in the order in which they were made, and counted."""
    events, seqs = [], dict.fromkeys("abc", 0)
    for count in range(1, draw(st.integers(2, 8)) + 1):
        station = draw(st.sampled_from("abc"))
        seqs[station] += 1
        lent = count % 2 == 1
        events.append(
            happening(
                Kind.LOAN if lent else Kind.RETURN,
                station,
                draw(st.integers(0, 10**9)),
                draw(st.sampled_from("pqr")) if lent else None,
                seq=seqs[station],
                trusted=draw(st.booleans()),
                counts=(("e004", count),),
            )
        )
    return events


@given(counted_lives(), st.randoms(use_true_random=False))
def test_a_tag_that_counts_knows_the_order_without_any_clock(events, rng: random.Random):
    arrived = list(events)
    rng.shuffle(arrived)

    outcome = reconcile(arrived)

    assert list(outcome.merged) == events
    assert kinds(outcome) == []


def test_tags_that_contradict_one_another_stop_nothing():
    a = [
        loan("a", 0, "p", seq=1, counts=(("e004", 5),)),
        back("a", 1, seq=2, counts=(("e005", 1),)),
    ]
    b = [
        loan("b", 0, "q", seq=1, counts=(("e005", 7),)),
        back("b", 1, seq=2, counts=(("e004", 4),)),
    ]

    assert len(reconcile([*a, *b]).merged) == 4
