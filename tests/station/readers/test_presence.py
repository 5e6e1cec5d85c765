import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circulation.tags.content import Usage
from circulation.tags.image import Air, TagImage
from circulation.tags.iso28560_3 import encode_basic
from station.readers.port import FoundTag, TagGone, TagSeen, TagUnreadable
from station.readers.presence import Presence

UID, OTHER = "04a1b2112233aa", "04a1b2445566bb"
BOOK = encode_basic("30000001", usage=Usage.CIRCULATING, owner="SE-Um")


def found_tag(uid: str, memory: bytes) -> FoundTag:
    return FoundTag(uid, TagImage(uid=uid, air=Air.ISO14443A, memory=memory))


FOUND = found_tag(UID, BOOK)


def names(events) -> list[tuple[str, str]]:
    return [(type(event).__name__, event.uid) for event in events]


def test_a_card_lying_still_is_placed_once():
    presence = Presence()

    told = [presence.polled([FOUND], at) for at in range(0, 1000, 100)]

    assert [names(events) for events in told] == [[("TagSeen", UID)]] + [[]] * 9


def test_what_the_tag_says_comes_with_it():
    (seen,) = Presence().polled([FOUND], 0)

    assert seen.content.number == "30000001"
    assert seen.content.crc_held


def test_a_torn_memory_comes_as_it_is_and_is_not_vouched_for():
    (seen,) = Presence().polled([found_tag(UID, BOOK[:8] + bytes(28))], 0)

    assert isinstance(seen, TagSeen)
    assert not seen.content.crc_held


def test_a_book_on_its_way_over_the_pad_is_not_yet_placed():
    presence = Presence(stable_ms=300)

    assert presence.polled([FOUND], 0) == []
    assert presence.polled([FOUND], 200) == []
    assert names(presence.polled([FOUND], 300)) == [("TagSeen", UID)]


def test_a_book_that_trembles_on_its_way_begins_anew():
    presence = Presence(stable_ms=300)
    presence.polled([FOUND], 0)
    assert presence.polled([], 200) == []
    assert presence.polled([FOUND], 300) == []
    assert names(presence.polled([FOUND], 600)) == [("TagSeen", UID)]


def test_one_missed_poll_is_not_a_removal():
    presence = Presence()
    presence.polled([FOUND], 0)

    assert presence.polled([], 100) == []
    assert presence.polled([FOUND], 200) == []
    assert presence.polled([], 300) == []
    assert presence.polled([], 400) == [TagGone(UID)]
    assert presence.polled([], 500) == []


def test_a_tag_that_cannot_be_read_in_five_polls_is_said_to_be_unreadable_once():
    presence = Presence()
    torn = FoundTag(UID, None)

    told = [presence.polled([torn], at) for at in range(8)]

    assert told == [[]] * 4 + [[TagUnreadable(UID)]] + [[]] * 3


def test_a_tag_that_is_read_at_last_is_seen():
    presence = Presence()
    for at in range(5):
        presence.polled([FoundTag(UID, None)], at)

    assert names(presence.polled([FOUND], 5)) == [("TagSeen", UID)]


def test_one_tag_leaves_while_the_other_stays():
    presence = Presence()
    both = [FOUND, found_tag(OTHER, BOOK)]
    assert names(presence.polled(both, 0)) == [("TagSeen", UID), ("TagSeen", OTHER)]
    presence.polled([FOUND], 100)

    assert presence.polled([FOUND], 200) == [TagGone(OTHER)]


def test_a_lost_reader_vouches_for_nothing():
    presence = Presence(stable_ms=100)
    presence.polled([FOUND], 0)
    presence.polled([FOUND, found_tag(OTHER, BOOK)], 100)

    assert presence.lost() == [TagGone(UID)]
    assert names(presence.polled([FOUND], 200)) == []


@pytest.mark.parametrize("seed", range(50))
def test_coming_and_going_always_take_turns(seed):
    chance = random.Random(seed)
    presence = Presence(stable_ms=chance.choice((0, 300)))
    kinds = [
        [FOUND], [FoundTag(UID, None)], [], [],
    ]  # fmt: skip
    events = []
    for at in range(0, 20_000, 100):
        events += presence.polled(chance.choice(kinds), at)

    here = False
    for event in events:
        assert here or not isinstance(event, TagGone)
        here = not isinstance(event, TagGone)


def test_a_bank_card_is_told_of_as_something_that_says_nothing():
    presence = Presence(stable_ms=100)
    card = FoundTag("01020304", None, identity_only=True)

    assert presence.polled([card], 0) == []
    (seen,) = presence.polled([card], 100)

    assert (seen.content.format, seen.content.number) == ("identity-only", "")
    assert presence.polled([card], 200) == []


POLLS = st.lists(
    st.dictionaries(
        st.sampled_from([UID, OTHER, "08000000"]), st.sampled_from(["read", "torn", "identity"])
    ),
    max_size=60,
)


def _found(uid: str, how: str) -> FoundTag:
    return found_tag(uid, BOOK) if how == "read" else FoundTag(uid, None, how == "identity")


@given(polls=POLLS, stable_ms=st.sampled_from([0, 100, 300]))
def test_whatever_polls_find_each_tag_comes_and_goes_in_turn(polls, stable_ms):
    presence = Presence(stable_ms=stable_ms)
    here: dict[str, str] = {}
    for at, poll in enumerate([*polls, {}, {}]):
        for event in presence.polled([_found(*each) for each in poll.items()], at * 100):
            name = type(event).__name__
            before = here.pop(event.uid, "TagGone")
            assert (before, name) in {
                ("TagGone", "TagSeen"),
                ("TagGone", "TagUnreadable"),
                ("TagUnreadable", "TagSeen"),
                ("TagSeen", "TagGone"),
                ("TagUnreadable", "TagGone"),
            }
            if name != "TagGone":
                here[event.uid] = name
    assert here == {}


@given(missed=st.lists(st.booleans(), min_size=1, max_size=80))
def test_a_tag_that_lies_there_and_is_missed_now_and_then_is_placed_once(missed):
    presence = Presence()
    events = presence.polled([FOUND], 0)
    last = False
    for at, miss in enumerate(missed, start=1):
        # Never missed twice in a row: then it would have left.
        last = miss and not last
        events += presence.polled([] if last else [FOUND], at * 100)

    assert names(events) == [("TagSeen", UID)]
