"""Who a card belongs to, who is called so, and how they stand."""

import pytest
from sqlalchemy import insert

from hub.catalogue import tables
from hub.catalogue.feeds.lines import PatronLine
from hub.catalogue.patrons import FOUND_MAX, find, kinds, name_of, patron
from hub.catalogue.registering import Register
from hub.catalogue.staff import StaffDesk
from tests.hub.catalogue.cast import NOW_MS, wait_for


def test_a_librarian_finds_who_a_card_belongs_to(engine):
    assert name_of(engine, "K-ANNA-OLD") == "Anna Exempel"
    assert name_of(engine, "K-NOBODY") is None


def test_a_card_finds_who_has_it(engine):
    with engine.connect() as db:
        assert [each.id for each in find(db, " K-ANNA-OLD ").patrons] == ["anna"]


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ("anna", ["anna"]),
        ("EXEMPEL bo", ["bo"]),
        ("exempel", ["anna", "bo", "child", "blocked"]),
        ("xempel", []),
        ("a", []),
        ("e x", []),
        ("", []),
        ("åsa öb", ["asa"]),
        ("ASA", []),
        ("berg", ["asa"]),
    ],
)
def test_a_name_finds_who_is_called_so(engine, sought, found):
    row = {"id": "asa", "name": "ÅSA Öberg-Berg", "birth_year": 1980, "kind": "adult"}
    row |= {"state": "active", "pin_hash": "", "language": "sv", "municipality": ""}
    with engine.begin() as db:
        db.execute(insert(tables.patron).values(row))
        assert [each.id for each in find(db, sought).patrons] == found


def test_of_many_with_one_name_it_is_said_that_there_are_more(engine):
    register = Register(engine)
    for number in range(FOUND_MAX):
        register.patron(PatronLine(patron="?", name="Per Ek"), f"K-{number}", at_ms=NOW_MS)
        with engine.connect() as db:
            assert not find(db, "ek").more
    register.patron(PatronLine(patron="?", name="Per Ek"), "K-MORE", at_ms=NOW_MS)

    with engine.connect() as db:
        assert (len(find(db, "ek").patrons), find(db, "ek").more) == (FOUND_MAX, True)


def test_the_desk_is_shown_how_somebody_stands_and_who_did_what(engine):
    wait_for(engine, "t-map", "anna")
    StaffDesk(engine).lend("B-1", "K-ANNA", at_ms=NOW_MS)
    StaffDesk(engine).lose("K-ANNA", at_ms=NOW_MS + 1, by="maja")
    StaffDesk(engine).block("anna", at_ms=NOW_MS + 2, by="maja")
    StaffDesk(engine).block("bo", at_ms=NOW_MS + 3, by="maja")
    with engine.connect() as db:
        shown = patron(db, "anna")
        assert patron(db, "nobody") is None

    assert (shown.name, shown.state, shown.loans, shown.holds) == ("Anna Exempel", "blocked", 1, 1)
    assert [(card.number, card.state) for card in shown.cards] == [
        ("K-ANNA", "lost"),
        ("K-ANNA-OLD", "lost"),
    ]
    assert [(done.change, done.at_ms, done.by, done.card) for done in shown.latest] == [
        ("blocked", NOW_MS + 2, "maja", None),
        ("lost", NOW_MS + 1, "maja", "K-ANNA"),
    ]


def test_kinds_are_those_of_any_region_and_those_there_are(engine):
    register = Register(engine)
    register.patron(PatronLine(patron="?", kind="school"), "K-SCHOOL", at_ms=NOW_MS)

    with engine.connect() as db:
        assert kinds(db) == ["adult", "child", "school"]
