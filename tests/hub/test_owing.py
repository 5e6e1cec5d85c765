"""What waits to be posted is bounded, and nothing of it is forgotten."""

import pytest

from circulation import topics
from circulation.identifiers import ItemId
from hub.owing import Owing
from tests.hub.rig import TalkingHub

BOOKS = [ItemId(f"N-{number}") for number in range(7)]


@pytest.fixture
def hub(tmp_path):
    """A hub that owes its catalogue seven loans, of which the third and fourth came together."""
    talking = TalkingHub(tmp_path)
    station = talking.enrol("vindeln-1", "VIN", 1)
    for number, book in enumerate(BOOKS, start=1):
        talking.enters(book)
        station.lends(book, "K-ANNA")
        talking.now_ms += number != 4
        frame = station.framed(topics.FACTS, station.batch(number))
        talking.takes(station.topic(topics.FACTS), frame)
    yield talking
    talking.engine.dispose()


def test_all_that_is_owed_comes_page_by_page_oldest_first_and_then_begins_anew(hub):
    owing = Owing(hub.engine, 3)

    pages = [owing.next() for _ in range(4)]

    assert pages == [BOOKS[:3], BOOKS[3:6], BOOKS[6:], BOOKS[:3]]


def test_no_more_is_taken_in_hand_than_there_is_room_for(hub):
    owing = Owing(hub.engine, 3)
    owing.take(owing.next())

    owing.take_if_room(BOOKS[5])
    assert owing.next() == []
    assert (owing.items, owing.behind, owing.goes_well) == (BOOKS[:3], True, False)

    owing.posted(BOOKS[:2])
    owing.take_if_room(BOOKS[5])
    assert owing.items == [BOOKS[2], BOOKS[5]]
    assert owing.next() == [BOOKS[3]]


def test_what_the_ledger_does_not_know_of_is_taken_in_hand_whatever_the_room(hub):
    owing = Owing(hub.engine, 1)

    owing.take(BOOKS[:4])

    assert owing.items == BOOKS[:4]


def test_what_fails_on_its_own_account_takes_no_room(hub):
    owing = Owing(hub.engine, 2)
    owing.take(owing.next())
    for book in BOOKS[:2]:
        owing.failed(book)

    assert owing.goes_well
    assert owing.next() == BOOKS[2:4]
    owing.posted(BOOKS[:1])
    assert len(owing) == 1
