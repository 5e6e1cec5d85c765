"""What the hub notes of a library system, and when it looks again."""

from datetime import date

import pytest
from sqlalchemy import insert

from circulation.identifiers import ItemId, PatronId
from hub.catalogue.port import Change
from hub.catalogue.sip2 import observations
from hub.catalogue.sip2.inferring import Begun, Known, Seen
from hub.catalogue.sip2.tables import seen_event
from tests.hub.catalogue.cast import NOW_MS

DUE = date(2026, 12, 24)
CALL = Begun("p1", Change.LENT, "anna", NOW_MS)


@pytest.fixture
def db(engine):
    with engine.begin() as db:
        yield db


def keep(db, item, *, holder="anna", seen_ms=NOW_MS):
    observations.keep(db, item, holder=holder, due=DUE, seen_ms=seen_ms)


def test_how_a_copy_was_found_last_is_known(db):
    assert observations.known(db, "B-1") is None
    keep(db, "B-1")
    keep(db, "B-1", holder=None, seen_ms=NOW_MS + 1)

    assert observations.known(db, "B-1") == Known(None, DUE, NOW_MS + 1)


def test_a_call_is_in_doubt_until_it_is_seen_or_a_quarter_has_passed(db):
    observations.begin(db, "B-1", CALL, NOW_MS)
    observations.begin(db, "B-2", Begun("p2", Change.RETURNED, None, NOW_MS), NOW_MS)
    assert observations.to_look_at(db, NOW_MS) == ["B-1", "B-2"]

    made = Seen(change=Change.LENT, patron="anna", due=DUE, at_ms=NOW_MS, posting="p1")
    observations.enter(db, "B-1", [made])

    assert observations.begun(db, "B-1") == []
    assert observations.to_look_at(db, NOW_MS + 60_000) == ["B-2"]
    assert observations.to_look_at(db, NOW_MS + 16 * 60_000) == []


def test_what_is_in_doubt_is_not_looked_at_without_a_pause(db):
    observations.begin(db, "B-1", CALL, NOW_MS)
    keep(db, "B-1", holder=None)

    assert observations.to_look_at(db, NOW_MS + 5_000) == []
    assert observations.to_look_at(db, NOW_MS + 25_000) == ["B-1"]


def test_what_is_long_out_is_looked_at_a_few_at_a_time_the_longest_first(db):
    for number in range(30):
        keep(db, f"B-{number:02}", seen_ms=NOW_MS + number)
    keep(db, "B-IN", holder=None)

    due = observations.to_look_at(db, NOW_MS + observations.ROUND_MS + 100)

    assert due == [f"B-{number:02}" for number in range(observations.ROUND_ITEMS_MAX)]


def test_only_what_others_did_is_behind_us(db):
    mine = Seen(change=Change.LENT, patron="anna", due=DUE, at_ms=NOW_MS, posting="p1")
    theirs = Seen(change=Change.RETURNED, patron=None, due=None, at_ms=NOW_MS)
    observations.enter(db, "B-1", [mine])
    observations.enter(db, "B-2", [theirs])

    assert observations.changed(db, 0) == ["B-2"]
    assert observations.changed(db, observations.version(db)) == []
    assert observations.done(db, "p1", Change.LENT).patron == "anna"
    assert observations.done(db, "p1", Change.RETURNED) is None


def test_whoever_is_in_the_log_and_has_it_no_more_is_found_by_name_and_by_token(db):
    keep(db, "B-1", holder="bo")
    for patron, at_ms in (("anna", 1), ("bo", 2), (None, 3)):
        row = {"change": "lent", "item": "B-1", "patron": patron, "at_ms": NOW_MS + at_ms}
        db.execute(insert(seen_event).values(**row, inferred=True))

    assert observations.named(db, NOW_MS + 1) == []
    assert observations.named(db, NOW_MS + 2) == ["B-1"]
    assert observations.marked(db) == []

    observations.forget(db, ItemId("B-1"), PatronId("bo"), lambda _: "~1")

    assert observations.named(db, NOW_MS + 9) == []
    assert observations.marked(db) == ["B-1"]
