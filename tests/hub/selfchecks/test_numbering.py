"""Terminals that write numbers with other zeros and spaces than the hub has them."""

import pytest
from sqlalchemy import insert

from hub.catalogue import tables
from hub.catalogue.sip2 import observations
from hub.selfchecks.numbering import Numbering
from tests.hub.catalogue.cast import NOW_MS, make_catalogue
from tests.hub.selfchecks.rig import Counter
from tests.hub.selfchecks.test_service import checkin, checkout, patron


def enter(engine, *, items=(), cards=()):
    with engine.begin() as db:
        for item in items:
            row = {"id": item, "title": "t-novel", "branch": "VIN"}
            db.execute(insert(tables.item).values(row))
        for card in cards:
            row = {"number": card, "patron": "anna", "state": "active"}
            db.execute(insert(tables.loan_card).values(row))


@pytest.fixture
def engine(tmp_path):
    engine = make_catalogue(tmp_path / "hub.sqlite")
    yield engine
    engine.dispose()


@pytest.mark.parametrize("gathered", [True, False])
def test_a_terminal_without_zeros_lends_and_takes_back_the_same_book(tmp_path, gathered):
    counter = Counter(tmp_path, gathered=gathered)
    enter(counter.hub.engine, items=["0012345"], cards=["00777"])
    with counter.terminal() as terminal:
        told = terminal.ask(checkout(counter, "12345", " 777"))
        assert told.yes("ok")
        assert (told.get("AB"), told.get("AA")) == ("12345", " 777"), "as it was asked for"
        assert counter.loan("0012345") == "anna"
        assert terminal.ask(patron(counter, "777", pin="1234", summary="  Y       ")).all("AU") == [
            "0012345"
        ]

        back = terminal.ask(checkin(counter, "000012345  "))
        assert (back.yes("ok"), back.yes("alert")) == (True, False)
        assert counter.loan("0012345") is None
    counter.close()


def test_the_same_request_with_other_spaces_is_the_same(tmp_path):
    counter = Counter(tmp_path)
    with counter.terminal() as terminal:
        first = terminal.ask(checkout(counter))
        again = terminal.ask(checkout(counter, " B-1 ", "K-ANNA "))
        assert again == first
    assert counter.kinds() == ["asked", "settled"]
    counter.close()


def test_a_number_that_is_there_as_it_was_told_is_meant(engine):
    enter(engine, items=["12345", "0012345"], cards=["777", "00777"])
    numbering = Numbering(engine)
    for number in ("12345", "0012345"):
        assert numbering.item(f" {number} ") == number
    for number in ("777", "00777"):
        assert numbering.card(number) == number


def test_of_several_and_of_none_what_was_told_is_meant(engine):
    enter(engine, items=["012345", "0012345"])
    numbering = Numbering(engine)
    assert numbering.item("12345") == "12345"
    assert numbering.item("99") == "99"
    assert numbering.card("") == ""


def test_a_copy_that_a_library_system_was_asked_about_is_known_too(engine):
    with engine.begin() as db:
        observations.keep(db, "0012345", holder=None, due=None, seen_ms=NOW_MS)
    assert Numbering(engine).item("12345") == "0012345"


def test_what_is_entered_later_is_found_from_then_on(engine):
    enter(engine, items=["0012345"])
    numbering = Numbering(engine)
    assert numbering.item("12345") == "0012345"

    enter(engine, items=["12345"])
    assert numbering.item("12345") == "12345"
