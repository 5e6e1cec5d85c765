"""One question about a copy says what several would."""

from datetime import date

from sqlalchemy import delete, insert

from hub.catalogue import at_hand, tables
from hub.catalogue.policy import USAGE_ENTITLED
from hub.catalogue.port import Change
from tests.hub.catalogue.cast import NOW_MS, enter_talking_book, wait_for

DUE = date(2026, 12, 23)


def found(engine, item="B-1"):
    with engine.connect() as db:
        return at_hand.of(db, item)


def test_what_is_unknown_is_not_found(engine):
    assert found(engine, "nobody's") is None


def test_a_copy_in_its_place_has_nothing_about_it(engine):
    told = found(engine)

    assert (told.copy.item, told.copy.title, told.copy.branch) == ("B-1", "t-novel", "VIN")
    assert (told.copy.kind, told.title) == ("book", "Vägen genom myren")
    assert (told.held, told.waits, told.waits_at, told.sent_to, told.version) == (
        *[None] * 4,
        0,
    )


def test_a_loan_a_journey_and_the_log_are_of_this_copy(engine):
    with engine.begin() as db:
        for item, patron in (("B-1", "anna"), ("B-2", "bo")):
            row = {"item": item, "patron": patron, "due": DUE, "renewals": len(patron)}
            db.execute(insert(tables.loan).values(row))
            row = {"change": Change.LENT.value, "item": item, "at_ms": NOW_MS}
            db.execute(insert(tables.catalogue_event).values(row))
        sent = {"origin": "VIN", "destination": "GRA", "since_ms": NOW_MS}
        db.execute(insert(tables.transit).values(sent | {"item": "B-1"}))

    told, other = found(engine), found(engine, "B-2")

    assert (told.held.patron, told.held.due, told.held.renewals) == ("anna", DUE, 4)
    assert (told.version, other.version) == (1, 2)
    assert (told.sent_to, other.sent_to) == ("GRA", None)
    assert other.held.patron == "bo"


def test_whom_it_is_kept_for_comes_before_who_waits_first(engine):
    wait_for(engine, "t-novel", "anna")
    wait_for(engine, "t-novel", "bo", branch="GRA")
    first = found(engine)
    with engine.begin() as db:
        kept = tables.hold.update().where(tables.hold.c.patron == "bo")
        db.execute(kept.values(item="B-1", state="ready"))

    assert (first.waits, first.waits_at) == ("anna", "VIN")
    assert (found(engine).waits, found(engine).waits_at) == ("bo", "GRA")
    assert found(engine, "B-2").waits == "anna", "who has a copy does not wait for another"


def test_for_a_talking_book_only_who_may_have_it_waits(engine):
    enter_talking_book(engine)
    wait_for(engine, "t-talking", "anna")
    wait_for(engine, "t-talking", "bo")
    entitled = found(engine, "B-TALKING")
    with engine.begin() as db:
        db.execute(delete(tables.entitlement))

    assert (entitled.copy.usage, entitled.waits) == (USAGE_ENTITLED, "bo")
    assert found(engine, "B-TALKING").waits is None
