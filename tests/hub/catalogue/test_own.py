from datetime import date
from sqlite3 import connect

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError

from circulation.verdicts import Accepted, Reason, Refused
from hub.catalogue import tables
from hub.catalogue.own import OwnCatalogue
from hub.catalogue.port import HoldVerdict
from hub.errors import CatalogueUnavailableError
from tests.hub.catalogue.cast import NOW_MS, enter_talking_book, wait_for
from tests.hub.catalogue.contract import DUE, TODAY, CatalogueContract, lend, renew
from tests.hub.catalogue.faults import without


@pytest.fixture
def catalogue(engine):
    return OwnCatalogue(engine)


@pytest.fixture
def reserve(engine):
    return lambda title, patron: wait_for(engine, title, patron)


class TestOwnCatalogue(CatalogueContract):
    """The embedded catalogue keeps the contract of any catalogue."""


def test_the_same_posting_twice_changes_nothing_and_says_the_same(catalogue):
    lend(catalogue, "B-1", "K-ANNA", "p1")
    catalogue.checkin("B-1", "VIN", posting="p2", at_ms=NOW_MS)
    lend(catalogue, "B-1", "K-BO", "p3")
    version = catalogue.version()

    assert lend(catalogue, "B-1", "K-ANNA", "p1") == Accepted(DUE)
    assert catalogue.checkin("B-1", "VIN", posting="p2", at_ms=NOW_MS)
    assert catalogue.version() == version
    assert catalogue.item("B-1").loan.patron == "bo"


def test_the_same_renewal_twice_is_one_renewal(catalogue):
    lend(catalogue, "B-1", "K-ANNA")
    later = NOW_MS + 7 * 86_400_000

    first = renew(catalogue, "B-1", "K-ANNA", "r1", at_ms=later)
    second = renew(catalogue, "B-1", "K-ANNA", "r1", at_ms=later + 9 * 86_400_000)

    assert first == second
    assert len(catalogue.log("B-1")) == 2


def test_a_refusal_binds_nobody_when_the_loan_has_happened_after_all(catalogue, reserve):
    reserve("t-novel", "bo")
    assert lend(catalogue, "B-1", "K-ANNA", "p1") == Refused(Reason.RESERVED)

    told = date(2026, 12, 1)
    assert lend(catalogue, "B-1", "K-ANNA", "p1", due=told, no_block=True) == Accepted(told)


def test_thirty_loans_are_enough(engine, catalogue):
    with engine.begin() as db:
        for number in range(30):
            db.execute(insert(tables.item).values(id=f"C-{number}", title="t-map", branch="VIN"))
            db.execute(insert(tables.loan).values(item=f"C-{number}", patron="anna", due=TODAY))

    assert lend(catalogue, "B-1", "K-ANNA") == Refused(Reason.LOAN_LIMIT)


def test_a_long_queue_halves_the_loan(engine, catalogue, reserve):
    for patron in ("anna", "bo", "child"):
        reserve("t-novel", patron)

    # 14 days on from Wednesday, with three waiting when it was lent.
    assert lend(catalogue, "B-1", "K-ANNA") == Accepted(date(2026, 12, 9))


def test_one_who_lost_the_copy_put_aside_waits_first_for_the_next(catalogue, reserve):
    lend(catalogue, "B-1", "K-ANNA")
    reserve("t-novel", "bo")
    catalogue.checkin("B-1", "VIN", posting="p2", at_ms=NOW_MS)

    lend(catalogue, "B-1", "K-ANNA", "p3", due=TODAY, no_block=True)

    assert catalogue.standing("K-BO", "VIN", TODAY).holds_ready == 0
    assert catalogue.item("B-2").reserved_for == "bo"


def test_a_floating_copy_stays_where_floating_stock_is_kept(engine, catalogue):
    catalogue.checkin("B-1", "GRA", posting="p1", at_ms=NOW_MS)
    with engine.connect() as db:
        home = db.execute(tables.item.select().where(tables.item.c.id == "B-1")).one().branch

    assert home == "VIN"


def test_a_loan_and_its_log_are_written_together_or_not_at_all(engine, catalogue):
    gone = (DBAPIError, CatalogueUnavailableError)
    with without(engine, "catalogue_event"), pytest.raises(gone, match="catalogue_event"):
        lend(catalogue, "B-1", "K-ANNA")

    assert catalogue.item("B-1").loan is None
    assert lend(catalogue, "B-1", "K-ANNA") == Accepted(DUE)


@pytest.mark.sqlite
def test_a_database_that_is_held_by_another_is_an_unavailable_catalogue(
    tmp_path, engine, catalogue
):
    impatient = engine.raw_connection()
    impatient.cursor().execute("PRAGMA busy_timeout = 1")
    impatient.close()
    other = connect(tmp_path / "hub.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(CatalogueUnavailableError, match="locked"):
        lend(catalogue, "B-1", "K-ANNA")
    other.close()


def test_a_talking_book_is_lent_to_whom_it_was_made_for_and_refused_to_others(engine, catalogue):
    enter_talking_book(engine)
    assert lend(catalogue, "B-TALKING", "K-ANNA") == Refused(Reason.TALKING_BOOK)
    assert isinstance(lend(catalogue, "B-TALKING", "K-BO", "p2"), Accepted)


def test_a_talking_book_is_waited_for_by_whom_it_was_made_for(engine, catalogue):
    enter_talking_book(engine)
    wait = {"pickup": "VIN", "at_ms": NOW_MS}

    refused = catalogue.place_hold("t-talking", "K-ANNA", **wait)

    assert refused == HoldVerdict(Reason.TALKING_BOOK)
    assert catalogue.place_hold("t-talking", "K-BO", **wait) == HoldVerdict(None, 1)


def test_a_talking_book_is_put_aside_only_for_whom_it_was_made(engine, catalogue):
    enter_talking_book(engine)
    with engine.begin() as db:
        db.execute(insert(tables.item).values(id="B-SOLD", title="t-talking", branch="VIN"))
    wait = {"pickup": "VIN", "at_ms": NOW_MS}
    catalogue.place_hold("t-talking", "K-ANNA", **wait)
    catalogue.place_hold("t-talking", "K-BO", **wait)

    for item in ("B-TALKING", "B-SOLD"):
        catalogue.checkin(item, "VIN", posting=f"p-{item}", at_ms=NOW_MS)

    assert catalogue.item("B-TALKING").reserved_for == "bo"
    assert catalogue.item("B-SOLD").reserved_for == "anna"


def test_whether_somebody_is_entitled_is_in_no_log(engine, catalogue):
    enter_talking_book(engine)
    lend(catalogue, "B-TALKING", "K-ANNA")
    catalogue.place_hold("t-talking", "K-ANNA", pickup="VIN", at_ms=NOW_MS)

    with engine.connect() as db:
        assert db.execute(select(tables.catalogue_event)).all() == []
        assert db.execute(select(tables.standing_event)).all() == []
