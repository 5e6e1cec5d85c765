from sqlalchemy import select

from hub.catalogue import tables
from hub.catalogue.upsert import enter_new, enter_or_replace

TOWN = {"code": "vannas", "name": "Vännäs", "pin_to_borrow": True, "pin_offline": "waive"}


def names(db):
    return set(db.scalars(select(tables.municipality.c.name)))


def test_a_row_that_is_there_is_replaced_or_left_as_asked(engine):
    with engine.begin() as db:
        enter_or_replace(db, tables.municipality, "code", [TOWN])
        assert enter_new(db, tables.municipality, [TOWN | {"name": "Annat"}]) == 0
        assert names(db) == {"Vindeln", "Vännäs"}
        enter_or_replace(db, tables.municipality, "code", [TOWN | {"name": "Vännäs stad"}])
        assert names(db) == {"Vindeln", "Vännäs stad"}


def test_of_rows_with_one_key_the_last_stands(engine):
    with engine.begin() as db:
        twice = [TOWN | {"name": name} for name in ("Vännäs", "Vännäs stad")]
        enter_or_replace(db, tables.municipality, "code", twice)
        assert names(db) == {"Vindeln", "Vännäs stad"}


def test_no_rows_are_no_work(engine):
    with engine.begin() as db:
        enter_or_replace(db, tables.municipality, "code", [])
        assert enter_new(db, tables.municipality, []) == 0
