import pytest
from flask import Flask, session
from sqlalchemy import select

from hub.web.visits import PATRON, STAFF, begin, end, end_all, visit, visitor
from tests.hub.catalogue.cast import NOW_MS

MINUTE_MS = 60_000


@pytest.fixture
def engine(rig):
    return rig.engine


@pytest.fixture
def browser():
    app = Flask(__name__)
    app.secret_key = b"only in tests"
    with app.test_request_context():
        yield session


def test_a_visit_goes_on_while_it_is_used_and_ends_when_it_is_not(engine, browser):
    begin(engine, PATRON, "K-ANNA", NOW_MS)

    assert visitor(engine, PATRON, NOW_MS + 14 * MINUTE_MS) == "K-ANNA"
    assert visitor(engine, PATRON, NOW_MS + 28 * MINUTE_MS) == "K-ANNA"
    assert visitor(engine, PATRON, NOW_MS + 43 * MINUTE_MS) is None


def test_a_visit_that_was_ended_cannot_be_taken_up_with_the_same_token(engine, browser):
    begin(engine, PATRON, "K-ANNA", NOW_MS)
    token = browser[PATRON.name]
    end(engine, PATRON)

    browser[PATRON.name] = token
    assert visitor(engine, PATRON, NOW_MS) is None


def test_an_earlier_visit_of_a_browser_ends_when_somebody_signs_in_there(engine, browser):
    begin(engine, PATRON, "K-ANNA", NOW_MS)
    token = browser[PATRON.name]
    begin(engine, PATRON, "K-BO", NOW_MS)

    assert visitor(engine, PATRON, NOW_MS) == "K-BO"
    browser[PATRON.name] = token
    assert visitor(engine, PATRON, NOW_MS) is None


def test_a_patron_is_no_staff(engine, browser):
    begin(engine, PATRON, "K-ANNA", NOW_MS)
    browser[STAFF.name] = browser[PATRON.name]

    assert visitor(engine, STAFF, NOW_MS) is None


def test_all_visits_of_somebody_can_be_ended(engine, browser):
    begin(engine, STAFF, "maja", NOW_MS)
    with engine.begin() as db:
        end_all(db, STAFF, "maja")

    assert visitor(engine, STAFF, NOW_MS) is None


def test_the_database_alone_lets_nobody_in(engine, browser):
    begin(engine, PATRON, "K-ANNA", NOW_MS)

    with engine.connect() as db:
        assert db.execute(select(visit)).one().token_hash != browser[PATRON.name]


def test_old_visits_are_cleared_away(engine, browser):
    begin(engine, PATRON, "K-ANNA", NOW_MS)
    browser.clear()
    begin(engine, PATRON, "K-BO", NOW_MS + 60 * MINUTE_MS)

    with engine.connect() as db:
        assert [row.who for row in db.execute(select(visit))] == ["K-BO"]
