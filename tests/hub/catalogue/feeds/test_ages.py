"""How old the newest lists are."""

from sqlalchemy import insert

from hub.catalogue import tables
from hub.catalogue.feeds.ages import FeedAge, ages, cards_made_ms
from hub.catalogue.feeds.lines import Kind


def enter(engine, kind, made_ms, *, whole=True):
    row = {"kind": kind, "made_ms": made_ms, "taken_ms": made_ms, "lines": 7, "wrong": 1}
    with engine.begin() as db:
        db.execute(insert(tables.feed).values(row | {"whole": whole}))


def test_only_what_lists_all_of_a_kind_grows_old(engine):
    enter(engine, "loans", 2)
    enter(engine, "cards", 1)
    enter(engine, "items", 3, whole=False)

    with engine.connect() as db:
        assert ages(db) == [
            FeedAge(kind=Kind.CARDS, made_ms=1, lines=7, wrong=1, whole=True),
            FeedAge(kind=Kind.LOANS, made_ms=2, lines=7, wrong=1, whole=True),
        ]
        assert cards_made_ms(db) == 1


def test_where_nothing_was_listed_nothing_is_old(engine):
    enter(engine, "cards", 1, whole=False)

    with engine.connect() as db:
        assert (ages(db), cards_made_ms(db)) == ([], None)
