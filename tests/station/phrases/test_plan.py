from hypothesis import given
from hypothesis import strategies as st

from circulation.phrase_list import Entry
from station.phrases.plan import plan


def entry(number, size=100, version=0):
    return Entry(bytes([number]) * 16, bytes([number, version]) * 16, size)


FIRST, SECOND, THIRD = (entry(number) for number in (1, 2, 3))
LISTED = [FIRST, SECOND, THIRD]


def test_the_lists_order_stands_and_ends_at_the_budget():
    assert plan(LISTED, {}, {}, 250).fetch == [FIRST, SECOND]


def test_what_was_touched_here_most_comes_first():
    touched = {THIRD.words: 7, SECOND.words: 2}

    assert plan(LISTED, {}, touched, 1000).fetch == [THIRD, SECOND, FIRST]


def test_what_is_here_as_listed_is_not_fetched_again_and_what_changed_is():
    here = {FIRST.words: FIRST.sha256, SECOND.words: b"an older sound"}

    assert plan(LISTED, here, {}, 1000).fetch == [SECOND, THIRD]


def test_what_is_no_longer_listed_or_has_no_room_is_dropped():
    here = {THIRD.words: THIRD.sha256, b"old" * 5: b"sound"}

    assert sorted(plan(LISTED, here, {}, 200).drop) == sorted([THIRD.words, b"old" * 5])


def test_a_budget_of_nothing_wants_nothing():
    planned = plan(LISTED, {FIRST.words: FIRST.sha256}, {}, 0)

    assert (planned.fetch, planned.drop) == ([], [FIRST.words])


@given(
    st.lists(st.integers(0, 40), unique=True),
    st.lists(st.integers(0, 40), unique=True),
    st.integers(0, 3000),
)
def test_what_is_kept_and_fetched_never_exceeds_the_budget(listed, here, budget):
    entries = [entry(number, size=50 + number) for number in listed]
    there = {entry(number).words: entry(number).sha256 for number in here}

    planned = plan(entries, there, {}, budget)

    after = {words: sha256 for words, sha256 in there.items() if words not in planned.drop}
    after |= {each.words: each.sha256 for each in planned.fetch}
    sizes = {each.words: each.size for each in entries}
    assert sum(sizes[words] for words in after) <= budget
