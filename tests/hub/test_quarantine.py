"""What is not of the agreed form is kept whole and counted, and nobody reads it in the log."""

import pytest
import structlog
from sqlalchemy import select
from structlog.testing import LogCapture

from circulation.errors import ForgedError, MessageError, NewerMessageError
from hub import quarantine
from hub.tables import quarantine as kept
from tests.hub.catalogue.cast import NOW_MS, make_catalogue

TOPIC = "fingertopp/1/vindeln/vindeln-1/facts"
TORN = "torn K-ANNA 1234 Vägen genom myren".encode()


@pytest.fixture
def logged():
    capture = LogCapture()
    before = structlog.get_config()
    structlog.configure(processors=[capture])
    yield capture.entries
    structlog.configure(**before)


@pytest.fixture
def engine(tmp_path):
    made = make_catalogue(tmp_path / "hub.sqlite")
    yield made
    made.dispose()


def put(engine, payload=TORN, *, topic=TOPIC, error=None, now_ms=NOW_MS):
    with engine.begin() as db:
        quarantine.put(db, topic, payload, error=error or MessageError("torn"), now_ms=now_ms)


def rows(engine):
    with engine.connect() as db:
        return db.execute(select(kept).order_by(kept.c.first_ms)).all()


def test_the_same_message_twice_is_counted_and_kept_once(engine):
    put(engine)
    put(engine, now_ms=NOW_MS + 1)

    (row,) = rows(engine)
    assert (row.payload, row.count, row.first_ms) == (TORN, 2, NOW_MS)
    with engine.connect() as db:
        assert quarantine.count(db) == 2


def test_another_message_and_another_topic_are_kept_beside(engine):
    put(engine)
    put(engine, b"other", now_ms=NOW_MS + 1)
    put(engine, topic=TOPIC.replace("facts", "ask"), now_ms=NOW_MS + 2)

    assert [row.count for row in rows(engine)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MessageError("torn"), "torn"),
        (ForgedError("forged"), "forged"),
        (NewerMessageError("newer"), "newer"),
    ],
)
def test_it_is_said_what_was_wrong_and_nothing_of_what_was_sent(engine, logged, error, reason):
    put(engine, error=error)

    assert [row.reason for row in rows(engine)] == [reason]
    (line,) = logged
    assert set(line) == {"event", "log_level", "topic", "reason", "problem"}
    for private in ("K-ANNA", "1234", "myren"):
        assert private not in repr(line)


def test_when_very_many_are_kept_more_are_only_counted(engine, monkeypatch):
    monkeypatch.setattr(quarantine, "KEPT_MAX", 1)
    for number in range(5):
        put(engine, TORN + bytes(number))
        put(engine)

    assert sorted((row.payload, row.count) for row in rows(engine)) == [(b"", 4), (TORN, 6)]


def test_when_much_is_kept_more_is_only_named(engine, monkeypatch):
    monkeypatch.setattr(quarantine, "KEPT_BYTES_MAX", 2 * len(TORN))
    for letter in b"abc":
        put(engine, TORN[:-1] + bytes([letter]))

    assert sorted(len(row.payload) for row in rows(engine)) == [0, len(TORN), len(TORN)]


def test_after_thirty_days_only_the_count_is_left(engine):
    put(engine)
    put(engine)
    put(engine, b"of another version", error=NewerMessageError("newer"))
    put(engine, b"young", now_ms=NOW_MS + 5)

    for _ in range(2):
        with engine.begin() as db:
            quarantine.forget(db, NOW_MS + quarantine.KEPT_MS_MAX + 1)

    told = {(row.reason, row.payload, row.topic, row.count) for row in rows(engine)}
    assert told == {("torn", b"", "", 2), ("newer", b"", "", 1), ("torn", b"young", TOPIC, 1)}
    with engine.connect() as db:
        assert quarantine.count(db) == 4
