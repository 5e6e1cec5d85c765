"""A write to the catalogue is begun once, and its answer is kept."""

from datetime import date

import pytest

from circulation.identifiers import ItemId
from circulation.verdicts import Accepted, Reason, Refused
from hub import postings
from tests.hub.catalogue.cast import NOW_MS
from tests.hub.rig import TalkingHub

NAME = postings.name("vindeln-1", 1, 7, "ab" * 32)


@pytest.fixture
def db(tmp_path):
    hub = TalkingHub(tmp_path)
    with hub.engine.begin() as db:
        yield db
    hub.engine.dispose()


def begun(db, name=NAME):
    due = date(2026, 12, 21)
    return postings.begin(db, name, item=ItemId("B-1"), change="loan", due=due, now_ms=NOW_MS)


def test_a_write_is_named_by_its_fact_and_tells_nothing_of_anybody():
    assert NAME == "vindeln-1/1/7/abababababababab"


def test_a_write_is_begun_once(db):
    assert [begun(db), begun(db), begun(db, f"{NAME}+in@1")] == [True, False, True]


@pytest.mark.parametrize("verdict", [Accepted(date(2026, 12, 21)), Refused(Reason.LOAN_LIMIT)])
def test_what_the_catalogue_answered_is_read_back_as_it_was(db, verdict):
    begun(db)
    assert postings.verdict_of(db, NAME) is None

    postings.end(db, NAME, verdict, NOW_MS + 1)

    assert postings.verdict_of(db, NAME) == verdict
    assert not begun(db), "a write that was answered is never made again"


def test_an_answer_is_of_its_own_write_only(db):
    begun(db)
    begun(db, "vindeln-1/1/8/cd")

    postings.end(db, NAME, Refused(Reason.LOAN_LIMIT), NOW_MS)

    assert postings.verdict_of(db, "vindeln-1/1/8/cd") is None
    assert postings.verdict_of(db, "vindeln-1/1/9/ef") is None
