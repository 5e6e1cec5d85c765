"""A prepared statement says and gives what SQLAlchemy would, and fails as it would."""

from datetime import date

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    LargeBinary,
    MetaData,
    String,
    Table,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError, OperationalError

from hub.database import open_database
from hub.prepared import Prepared
from tests import databases

THINGS = Table(
    "prepared_thing",
    MetaData(),
    Column("id", String, primary_key=True),
    Column("due", Date),
    Column("told", JSON),
    Column("raw", LargeBinary),
    Column("good", Boolean),
)
ENTER = Prepared(insert(THINGS), THINGS.c.keys())
OF = Prepared(select(THINGS).where(THINGS.c.id == bindparam("of")))
ALL = Prepared(select(THINGS).order_by(THINGS.c.id))
ONE = {"id": "a", "due": date(2026, 11, 29), "told": {"å": [1]}, "raw": b"\0\xff", "good": True}


@pytest.fixture
def engine(tmp_path):
    engine = open_database(databases.url(tmp_path / "hub.sqlite"))
    yield engine
    engine.dispose()


@pytest.fixture
def db(engine):
    with engine.connect() as db, db.begin() as work:
        THINGS.create(db)
        yield db
        work.rollback()


def test_values_of_every_type_come_back_as_they_were(db):
    assert ENTER.do(db, ONE) == 1

    row = OF.first(db, {"of": "a"})
    assert (row.id, row.due, row.told, bytes(row.raw), row.good) == tuple(ONE.values())
    assert row.good is True
    assert OF.scalar(db, {"of": "a"}) == "a"
    assert OF.first(db, {"of": "b"}) is None
    assert OF.scalar(db, {"of": "b"}) is None


def test_sqlalchemy_reads_what_it_wrote_and_the_other_way_round(db):
    ENTER.do(db, ONE)
    db.execute(insert(THINGS), [ONE | {"id": "b", "due": None, "good": False}])

    assert [tuple(row) for row in ALL.all(db)] == [tuple(row) for row in db.execute(select(THINGS))]


def test_many_are_entered_at_once_and_none_is_nothing(db):
    ENTER.do_all(db, [ONE | {"id": name} for name in "abc"])
    ENTER.do_all(db, [])

    assert [row.id for row in ALL.all(db)] == ["a", "b", "c"]


def test_more_than_a_statement_holds_are_entered_in_several(db, monkeypatch):
    monkeypatch.setattr("hub.prepared.ROWS_AT_ONCE", 2)

    ENTER.enter_all(db, [ONE | {"id": name} for name in "abcde"])
    ENTER.enter_all(db, [])

    assert [row.id for row in ALL.all(db)] == ["a", "b", "c", "d", "e"]
    assert {(row.due, row.told["å"][0], bytes(row.raw), row.good) for row in ALL.all(db)} == {
        (ONE["due"], 1, ONE["raw"], True)
    }


@pytest.mark.sqlite
def test_many_rows_are_one_statement(db):
    said = []
    db.connection.driver_connection.set_trace_callback(said.append)

    ENTER.enter_all(db, [ONE | {"id": name} for name in "abc"])

    assert len(said) == 1
    assert len(ALL.all(db)) == 3


def test_what_the_statement_says_itself_needs_no_value(db):
    ENTER.do(db, ONE)
    let_go = Prepared(
        update(THINGS).where(THINGS.c.id == bindparam("of")).values(due=None, good=False)
    )

    assert let_go.do(db, {"of": "a"}) == 1
    assert let_go.do(db, {"of": "b"}) == 0
    assert (OF.first(db, {"of": "a"}).due, OF.first(db, {"of": "a"}).good) == (None, False)


def test_a_key_that_is_there_is_sqlalchemys_own_error_and_tells_no_value(db):
    ENTER.do(db, ONE)

    nested = db.begin_nested()
    with pytest.raises(IntegrityError) as raised:
        ENTER.do(db, ONE)
    nested.rollback()
    assert "2026" not in str(raised.value.args)
    assert OF.first(db, {"of": "a"}) is not None


@pytest.mark.sqlite
def test_a_table_that_is_not_there_is_sqlalchemys_own_error(engine):
    with engine.begin() as db, pytest.raises(OperationalError, match="no such table"):
        ALL.all(db)


def test_a_transaction_is_begun_where_none_is_open(engine):
    with engine.connect() as db:
        THINGS.create(db)
        db.commit()
        ENTER.do(db, ONE)
        db.rollback()
        assert ALL.all(db) == []


def test_a_list_whose_length_is_not_known_cannot_be_prepared(db):
    of_these = Prepared(select(THINGS).where(THINGS.c.id.in_(bindparam("these", expanding=True))))

    with pytest.raises(AssertionError, match="not known beforehand"):
        of_these.all(db, {"these": ["a"]})
