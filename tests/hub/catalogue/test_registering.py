"""A patron, a card or a copy is entered wholly or not at all, with who did it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from circulation.verdicts import Reason
from hub.catalogue import tables
from hub.catalogue.feeds.lines import ItemLine, PatronLine
from hub.catalogue.own import OwnCatalogue
from hub.catalogue.registering import Register, Wrong, card_number
from tests.hub.catalogue.cast import NOW_MS
from tests.hub.catalogue.contract import TODAY
from tests.hub.catalogue.faults import without
from tests.hub.catalogue.test_log import FAILS

NEW = PatronLine(patron="?", name="Åsa Öberg", birth_year=1980, municipality="vindeln", pin="1357")
COPY = ItemLine(item="B-NEW", title="t-novel", branch="GRA", shelf="Hc")


@pytest.fixture
def register(engine):
    return Register(engine)


@pytest.fixture
def catalogue(engine):
    return OwnCatalogue(engine)


def refusal(catalogue, card):
    return catalogue.standing(card, "VIN", TODAY).refused


def rows(engine, *which):
    with engine.connect() as db:
        return [db.execute(select(each)).all() for each in which]


def log(engine):
    with engine.connect() as db:
        told = db.execute(select(tables.standing_event).order_by(tables.standing_event.c.version))
        return [(row.change, row.patron, row.card, row.item, row.by) for row in told]


def test_a_new_patron_borrows_and_signs_in_at_once(engine, register, catalogue):
    id_ = register.patron(NEW, " K-NEW ", at_ms=NOW_MS, by="maja")

    assert catalogue.standing("K-NEW", "VIN", TODAY).patron == id_
    assert refusal(catalogue, "K-NEW") is None
    assert catalogue.pin_refused("K-NEW", "1357", NOW_MS) is None
    assert log(engine) == [
        ("registered", id_, None, None, "maja"),
        ("issued", id_, "K-NEW", None, "maja"),
    ]
    assert "1357" not in str(rows(engine, tables.patron))


@pytest.mark.parametrize(
    ("told", "card", "wrong"),
    [
        (NEW, "K-ANNA", Wrong.CARD_KNOWN),
        (NEW, "", Wrong.CARD),
        (NEW, "9" * 101, Wrong.CARD),
        (NEW, "1|2", Wrong.CARD),
        (NEW, "1\r2", Wrong.CARD),
        (PatronLine(patron="?", municipality="nowhere"), "K-NEW", Wrong.MUNICIPALITY),
    ],
)
def test_what_is_wrong_enters_nobody(engine, register, told, card, wrong):
    touched = (tables.patron, tables.loan_card, tables.entitlement)
    before = rows(engine, *touched)

    assert register.patron(told, card, at_ms=NOW_MS) is wrong
    assert rows(engine, *touched) == before
    assert log(engine) == []


def test_nobody_is_left_without_the_card_when_the_store_fails_between_the_two(engine, register):
    before = rows(engine, tables.patron)

    with without(engine, "loan_card"), pytest.raises(FAILS, match="loan_card"):
        register.patron(NEW, "K-NEW", at_ms=NOW_MS)

    assert rows(engine, tables.patron) == before


def test_of_two_at_once_with_one_number_one_has_it(engine, register):
    with ThreadPoolExecutor(2) as pool:
        came = list(pool.map(lambda _: register.patron(NEW, "K-NEW", at_ms=NOW_MS), range(2)))

    assert came.count(Wrong.CARD_KNOWN) == 1
    assert sum(row.name == "Åsa Öberg" for row in rows(engine, tables.patron)[0]) == 1


def test_who_is_entitled_may_have_talking_books(engine, register):
    told = PatronLine(patron="?", entitled=True)
    id_ = register.patron(told, "K-NEW", at_ms=NOW_MS)

    assert [row.patron for row in rows(engine, tables.entitlement)[0]] == [id_]


def test_a_card_more_is_as_good_as_the_first(engine, register, catalogue):
    assert register.card("anna", "K-ANNA-3", at_ms=NOW_MS, by="maja") is None

    assert catalogue.standing("K-ANNA-3", "VIN", TODAY).patron == "anna"
    assert refusal(catalogue, "K-ANNA") is None
    assert register.card("anna", "K-BO", at_ms=NOW_MS) is Wrong.CARD_KNOWN
    assert register.card("nobody", "K-4", at_ms=NOW_MS) is Wrong.PATRON
    assert register.card("anna", "", at_ms=NOW_MS) is Wrong.CARD
    assert log(engine) == [("issued", "anna", "K-ANNA-3", None, "maja")]


def test_a_lost_card_is_replaced_at_one_stroke(engine, register, catalogue):
    assert register.replace("K-BO", "K-ANNA", at_ms=NOW_MS) is Wrong.CARD_KNOWN
    assert refusal(catalogue, "K-BO") is None, "half a replacement"
    assert register.replace("K-NOBODY", "K-NEW", at_ms=NOW_MS) is Wrong.CARD_UNKNOWN

    assert register.replace("K-BO", "K-NEW", at_ms=NOW_MS) is None

    assert refusal(catalogue, "K-BO") is Reason.CARD_REFUSED
    assert catalogue.standing("K-NEW", "VIN", TODAY).patron == "bo"
    assert [entry[0] for entry in log(engine)] == ["lost", "issued"]


def test_a_new_pin_opens_a_card_that_rested(engine, register, catalogue):
    for _ in range(6):
        catalogue.pin_refused("K-ANNA", "0000", NOW_MS)
    assert catalogue.pin_refused("K-ANNA", "1234", NOW_MS) is Reason.PIN_LOCKED

    assert register.pin("anna", "2468", at_ms=NOW_MS, by="maja") is None

    assert catalogue.pin_refused("K-ANNA", "2468", NOW_MS) is None
    assert catalogue.pin_refused("K-ANNA", "1234", NOW_MS) is Reason.PIN_WRONG
    assert register.pin("nobody", "2468", at_ms=NOW_MS) is Wrong.PATRON
    assert log(engine) == [("pin", "anna", None, None, "maja")]


def test_a_copy_is_lent_at_once(engine, register, catalogue):
    assert register.copy(COPY, at_ms=NOW_MS, by="maja") is None

    assert catalogue.item("B-NEW").title == "Vägen genom myren"
    assert log(engine) == [("entered", None, None, "B-NEW", "maja")]


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        (ItemLine(item="B-1", title="t-film", branch="GRA"), Wrong.ITEM_KNOWN),
        (ItemLine(item="B-NEW", title="none", branch="GRA"), Wrong.TITLE),
        (ItemLine(item="B-NEW", title="t-novel", branch="none"), Wrong.BRANCH),
    ],
)
def test_a_copy_that_cannot_be_changes_nothing(engine, register, told, wrong):
    before = rows(engine, tables.item)

    assert register.copy(told, at_ms=NOW_MS) is wrong
    assert rows(engine, tables.item) == before
    assert log(engine) == []


def test_a_number_is_a_number_without_the_room_around_it():
    assert card_number("  0061 2 ") == "0061 2"
