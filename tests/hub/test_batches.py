"""Many threads' changes in few transactions."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, event, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from hub.batches import Batches
from hub.database import open_database

METADATA = MetaData()
row = Table("row", METADATA, Column("n", Integer, primary_key=True))


@pytest.fixture
def engine(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'a.sqlite'}")
    METADATA.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def batches(engine):
    batches = Batches(engine)
    yield batches
    batches.stop()


def rows(engine):
    with engine.connect() as db:
        return list(db.scalars(select(row.c.n).order_by(row.c.n)))


class Held:
    """A job that holds the batch it is in until it is let go."""

    def __init__(self):
        self.begun, self.let_go = threading.Event(), threading.Event()

    def __call__(self):
        self.begun.set()
        return self.let_go.wait(30)

    def alone(self, batches, threads):
        """Have this job under way, and nothing else, before anything is asked for."""
        under_way = threads.submit(batches.run, self)
        assert self.begun.wait(30)
        return under_way


def enter(batches, n):
    with batches.engine.begin() as db:
        db.execute(insert(row).values(n=n))
    return n


def test_what_is_told_is_on_disk(batches, engine):
    assert batches.run(lambda: enter(batches, 1)) == 1
    assert rows(engine) == [1]


def test_many_at_once_are_few_commits(batches, engine):
    commits = []
    event.listen(engine, "commit", commits.append)
    held = Held()
    with ThreadPoolExecutor(21) as threads:
        first = held.alone(batches, threads)
        others = [threads.submit(batches.run, lambda n=n: enter(batches, n)) for n in range(20)]
        while len(batches._jobs) < 20:
            time.sleep(0.001)
        held.let_go.set()
        assert sorted(each.result(10) for each in others) == list(range(20))
        assert first.result(10)

    assert rows(engine) == list(range(20))
    assert len(commits) == 2


def test_one_that_fails_leaves_nothing_and_spoils_nobody(batches, engine):
    def fails():
        enter(batches, 5)
        raise ValueError("no")

    held = Held()
    with ThreadPoolExecutor(3) as threads:
        first = held.alone(batches, threads)
        bad = threads.submit(batches.run, fails)
        good = threads.submit(batches.run, lambda: enter(batches, 6))
        while len(batches._jobs) < 2:
            time.sleep(0.001)
        held.let_go.set()
        with pytest.raises(ValueError, match="no"):
            bad.result(10)
        assert good.result(10) == 6
        first.result(10)

    assert rows(engine) == [6]


def test_where_the_commit_fails_everybody_is_told_and_nothing_is_left(batches, engine):
    def job():
        batches.at_end("x", lambda _db: 1 / 0)
        return enter(batches, 7)

    with pytest.raises(ZeroDivisionError):
        batches.run(job)
    assert rows(engine) == []
    assert batches.run(lambda: enter(batches, 8)) == 8
    assert rows(engine) == [8]


def test_where_the_store_ends_the_transaction_by_itself_nothing_of_the_batch_is_left(
    batches, engine
):
    # As SQLite does on a full disk; here it is told to (lang_conflict.html).
    taken = "INSERT OR ROLLBACK INTO row VALUES (1)"
    batches.run(lambda: enter(batches, 1))

    def fails():
        with batches.engine.begin() as db:
            db.execute(text(taken))

    held = Held()
    with ThreadPoolExecutor(4) as threads:
        first = held.alone(batches, threads)
        before = threads.submit(batches.run, lambda: enter(batches, 2))
        bad = threads.submit(batches.run, fails)
        after = threads.submit(batches.run, lambda: enter(batches, 3))
        while len(batches._jobs) < 3:
            time.sleep(0.001)
        held.let_go.set()
        for each in (before, bad, after):
            with pytest.raises(SQLAlchemyError):
                each.result(10)
        first.result(10)

    assert rows(engine) == [1]
    assert batches.run(lambda: enter(batches, 4)) == 4


def test_an_end_that_many_name_comes_once(batches):
    ended = []
    held = Held()

    def job():
        batches.at_end("lane", ended.append)

    with ThreadPoolExecutor(4) as threads:
        first = held.alone(batches, threads)
        jobs = [threads.submit(batches.run, job) for _ in range(3)]
        while len(batches._jobs) < 3:
            time.sleep(0.001)
        held.let_go.set()
        for each in (first, *jobs):
            each.result(10)

    assert len(ended) == 1


def test_outside_a_job_it_is_an_engine_like_any(batches, engine):
    assert enter(batches, 9) == 9
    assert rows(engine) == [9]
    with batches.engine.execution_options(read_only=True).begin() as db:
        assert db.scalar(select(row.c.n)) == 9


def test_who_waits_alone_is_done_by_their_own_thread(batches):
    assert batches.run(threading.current_thread) is threading.current_thread()


def test_the_first_of_those_who_came_meanwhile_carries_out_the_next(batches):
    held = Held()
    with ThreadPoolExecutor(4) as threads:
        first = held.alone(batches, threads)
        jobs = []
        for many in range(1, 4):
            jobs.append(threads.submit(batches.run, threading.current_thread))
            while len(batches._jobs) < many:
                time.sleep(0.001)
        held.let_go.set()
        by = {each.result(10) for each in jobs}
        first.result(10)

    assert len(by) == 1
    assert by != {threading.current_thread()}


def test_it_stops_when_what_is_under_way_is_done(batches, monkeypatch):
    monkeypatch.setattr("hub.batches.STOP_SECONDS_MAX", 0.05)
    held = Held()
    with ThreadPoolExecutor(1) as threads:
        held.alone(batches, threads)
        with pytest.raises(RuntimeError, match="did not end"):
            batches.stop()
        held.let_go.set()
    batches.stop()
