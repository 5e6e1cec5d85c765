"""Many messages are one commit; nobody is answered before it, and none takes another with it."""

import sqlite3

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from circulation.errors import MessageError
from hub.database import METADATA, insert_once, open_database
from hub.keeping import Job, Keeping, Outgoing
from hub.tables import hub_meta, quarantine
from tests import databases
from tests.hub.catalogue.cast import NOW_MS


@pytest.fixture
def engine(tmp_path):
    engine = open_database(databases.url(tmp_path / "hub.sqlite"))
    METADATA.create_all(engine, [hub_meta, quarantine])
    yield engine
    engine.dispose()


def job(name: str, error: Exception | None = None) -> Job:
    def keep(db):
        insert_once(db, hub_meta, {"name": name, "value": ""})
        if error is not None:
            raise error
        return lambda: [said(name)]

    return Job(name, b"", keep)


def said(name: str) -> Outgoing:
    return Outgoing(name, b"", 1)


def kept(engine) -> set[str]:
    with engine.connect() as db:
        return set(db.scalars(select(hub_meta.c.name)))


def commits(engine) -> list[object]:
    found: list[object] = []
    event.listen(engine, "commit", found.append)
    return found


def test_all_are_kept_in_one_commit_and_answered_in_order(engine):
    seen = commits(engine)

    answers = list(Keeping(engine).together([job("a"), job("b"), job("c")], NOW_MS))

    assert answers == [said("a"), said("b"), said("c")]
    assert len(seen) == 1
    assert kept(engine) == {"a", "b", "c"}


def test_nobody_is_answered_before_the_commit(engine):
    seen = commits(engine)

    first = next(iter(Keeping(engine).together([job("a"), job("b")], NOW_MS)))

    assert (first, len(seen)) == (said("a"), 1)


def test_one_that_cannot_be_kept_takes_no_other_with_it_and_leaves_nothing(engine):
    jobs = [job("a"), job("b", RecursionError()), job("c")]

    assert list(Keeping(engine).together(jobs, NOW_MS)) == [said("a"), said("c")]
    assert kept(engine) == {"a", "c"}


def test_one_that_shows_itself_unreadable_is_set_aside(engine):
    jobs = [job("a"), job("b", MessageError("torn"))]

    assert list(Keeping(engine).together(jobs, NOW_MS)) == [said("a")]
    assert kept(engine) == {"a"}
    with engine.connect() as db:
        assert db.execute(select(quarantine.c.topic)).all() == [("b",)]


def test_nothing_is_said_of_what_was_not_committed(engine):
    def fails(_db):
        raise OperationalError("COMMIT", None, sqlite3.OperationalError("disk I/O error"))

    event.listen(engine, "commit", fails)
    assert list(Keeping(engine).together([job("a"), job("b")], NOW_MS)) == []
    event.remove(engine, "commit", fails)

    assert kept(engine) == set()


def test_whose_answer_fails_keeps_no_other_from_being_answered(engine):
    def keep(_db):
        def say():
            raise RecursionError

        return say

    assert list(Keeping(engine).together([Job("a", b"", keep), job("b")], NOW_MS)) == [said("b")]


def test_a_mistake_of_our_own_is_told_to_whoever_asked_for_one_alone(engine):
    with pytest.raises(RecursionError):
        Keeping(engine).alone(job("a", RecursionError()), NOW_MS)

    assert kept(engine) == set()
