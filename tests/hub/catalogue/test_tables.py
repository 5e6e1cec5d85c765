from datetime import date

import pytest
from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError

from hub.catalogue import tables
from hub.catalogue.search import search


def test_what_is_there_already_is_left_alone(engine):
    tables.ensure(engine)
    tables.ensure(engine)

    with engine.connect() as db:
        assert search(db, "myren").total == 1


def test_a_title_that_is_removed_is_found_no_more(engine):
    with engine.begin() as db:
        db.execute(delete(tables.item).where(tables.item.c.title == "t-film"))
        db.execute(delete(tables.title).where(tables.title.c.control_number == "t-film"))
        assert search(db, "natten").total == 0


def test_an_item_is_out_with_one_patron_at_a_time(engine):
    loan = {"item": "B-1", "due": date(2026, 12, 1)}
    with engine.begin() as db:
        db.execute(insert(tables.loan).values(loan | {"patron": "anna"}))
        with pytest.raises(IntegrityError):
            db.execute(insert(tables.loan).values(loan | {"patron": "bo"}))
