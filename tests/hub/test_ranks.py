"""A fact's place in time, from clocks that may be wrong: learnt later, never before its lane."""

from hypothesis import given
from hypothesis import strategies as st

from circulation.instants import Instant
from hub.ranks import Rank, Timed, ranks

NOON = 1_795_600_800_000
HOUR = 3_600_000


def at(wall: int, mono: int = 0, boot: str = "b1", *, trusted: bool = True) -> Instant:
    return Instant(wall_ms=wall, mono_ms=mono, boot=boot, trusted=trusted)


def lane(*instants: Instant | None) -> list[Timed]:
    return [Timed(seq, (instant,)) for seq, instant in enumerate(instants, start=1)]


def ranked(*instants: Instant | None, before: int = 0) -> list[tuple[int, bool]]:
    return [(rank.at_ms, rank.trusted) for (rank,) in ranks(lane(*instants), before)]


def test_a_trusted_clock_is_believed():
    assert ranked(at(NOON), at(NOON + HOUR, HOUR)) == [(NOON, True), (NOON + HOUR, True)]


def test_a_boot_that_learns_the_time_tells_it_of_what_it_did_before():
    asleep = at(10_000, 10_000, trusted=False)

    assert ranked(asleep, at(NOON, 10_000 + HOUR)) == [(NOON - HOUR, True), (NOON, True)]


def test_a_boot_that_forgets_the_time_is_told_by_what_it_knew():
    assert ranked(at(NOON, 0), at(5, 60_000, trusted=False))[1] == (NOON + 60_000, True)


def test_another_boot_is_no_help():
    asleep = at(10_000, 10_000, "b1", trusted=False)

    assert ranked(at(NOON, 0, "b0"), asleep, at(NOON + HOUR, 5, "b2"))[1] == (NOON, False)
    assert ranked(at(NOON, 0, "b0"), asleep)[1] == (NOON, False)


def test_a_clock_that_nobody_vouched_for_puts_nothing_after_what_came_after_it():
    ahead = at(NOON + 10_000 * HOUR, 5, "b1", trusted=False)

    told = ranked(ahead, ahead, at(NOON, 5, "b2"), at(NOON + HOUR, 6, "b2"))

    assert told == [(NOON, False), (NOON, False), (NOON, True), (NOON + HOUR, True)]


def test_no_rank_is_less_than_the_one_before():
    assert ranked(at(NOON), at(NOON - HOUR, 9, "b2")) == [(NOON, True), (NOON, True)]
    assert ranked(at(NOON - HOUR), before=NOON) == [(NOON, True)]


def test_what_could_not_be_read_has_the_rank_before_it():
    assert ranked(at(NOON), None) == [(NOON, True), (NOON, False)]


def test_two_facts_under_one_number_both_go_before_the_next():
    fork = [Timed(1, (at(NOON), at(NOON + HOUR, HOUR))), Timed(2, (at(NOON + 1, 1),))]

    assert ranks(fork, 0)[1] == (Rank(NOON + HOUR, trusted=True),)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 10 * HOUR), st.integers(0, HOUR), st.sampled_from("ab"), st.booleans()
        ),
        min_size=1,
        max_size=12,
    ),
    st.integers(0, 5 * HOUR),
)
def test_a_lane_never_goes_back(told, before):
    found = ranked(*(at(w, m, b, trusted=t) for w, m, b, t in told), before=before)

    times = [rank for rank, _ in found]
    assert times == sorted(times)
    assert times[0] >= before
