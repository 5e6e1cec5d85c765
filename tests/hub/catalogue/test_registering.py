"""A patron, a card or a copy is entered or altered wholly or not at all, with who did it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec import structs
from sqlalchemy import select

from circulation.verdicts import Accepted, Reason
from hub.catalogue import patrons, tables
from hub.catalogue.feeds.lines import ItemLine, PatronLine
from hub.catalogue.own import OwnCatalogue
from hub.catalogue.registering import Register, Wrong, card_number
from hub.catalogue.staff import StaffDesk
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


def seen(engine, patron):
    with engine.connect() as db:
        return patrons.details(db, patron)


def test_what_is_told_of_a_patron_is_written_otherwise_and_holds_for_the_next_loan(
    engine, register, catalogue
):
    before = seen(engine, "child")
    now = structs.replace(before, name="Clara Öberg", birth_year=1990, kind="teacher")
    told = {"seen": before.mark, "entitled": None, "at_ms": NOW_MS, "by": "maja"}

    assert register.amend("child", now, **told) is None

    assert seen(engine, "child") == now
    lent = catalogue.checkout(
        "B-FILM", "K-CHILD", posting="p", at_ms=NOW_MS, due=None, no_block=False
    )
    assert isinstance(lent, Accepted)
    assert log(engine) == [("amended", "child", None, None, "maja")]


def test_what_another_wrote_meanwhile_is_not_overwritten(engine, register):
    before = seen(engine, "anna")
    first, second = (structs.replace(before, name=name) for name in ("Anna A", "Anna B"))
    told = {"seen": before.mark, "entitled": None, "at_ms": NOW_MS}

    assert register.amend("anna", first, **told) is None
    assert register.amend("anna", second, **told) is Wrong.MEANWHILE
    assert seen(engine, "anna") == first


def test_who_is_entitled_is_in_no_word_of_the_log(engine, register):
    as_before = seen(engine, "anna")
    told = {"seen": as_before.mark, "at_ms": NOW_MS}

    def entitled():
        return [row.patron for row in rows(engine, tables.entitlement)[0]]

    for said, is_so in ((True, ["anna"]), (True, ["anna"]), (None, ["anna"]), (False, [])):
        assert register.amend("anna", as_before, entitled=said, **told) is None
        assert entitled() == is_so
    # Said again it stands there again, so that nobody can tell that it was so; None is no change.
    assert [entry[0] for entry in log(engine)] == ["amended"] * 3


def test_nobody_is_amended_who_is_not_there_or_into_a_town_that_is_not(engine, register):
    anna = seen(engine, "anna")
    told = {"seen": anna.mark, "entitled": True, "at_ms": NOW_MS}
    nowhere = structs.replace(anna, municipality="nowhere")

    assert register.amend("nobody", anna, **told) is Wrong.PATRON
    assert register.amend("anna", nowhere, **told) is Wrong.MUNICIPALITY
    assert rows(engine, tables.entitlement) == [[]]
    assert log(engine) == []


def test_a_copy_that_is_lost_is_lent_and_counted_no_more(engine, register, catalogue):
    assert register.withdraw("B-1", "t-novel", at_ms=NOW_MS, by="maja") is None

    assert catalogue.item("B-1") is None
    assert sum(each.copies for each in catalogue.copies("t-novel").at) == 1
    assert register.withdraw("B-1", "t-novel", at_ms=NOW_MS) is Wrong.COPY
    assert register.withdraw("B-2", "t-film", at_ms=NOW_MS) is Wrong.COPY, "another title's"
    assert log(engine) == [("withdrawn", None, None, "B-1", "maja")]
    assert register.copy(COPY, at_ms=NOW_MS) is None, "it is found again, or another is bought"


def test_a_copy_on_loan_is_not_withdrawn(engine, register, catalogue):
    catalogue.checkout("B-1", "K-BO", posting="p", at_ms=NOW_MS, due=None, no_block=False)

    assert register.withdraw("B-1", "t-novel", at_ms=NOW_MS) is Wrong.ON_LOAN
    assert catalogue.item("B-1").loan.patron == "bo"
    assert log(engine) == []


@pytest.mark.parametrize("at", ["VIN", "GRA"])
def test_who_a_withdrawn_copy_was_kept_for_waits_on_and_gets_the_next(
    engine, register, catalogue, at
):
    staff = StaffDesk(engine)
    staff.reserve("t-novel", "anna", "VIN", at_ms=NOW_MS)
    staff.trap("B-1", at, at_ms=NOW_MS)
    assert catalogue.item("B-1").reserved_for == "anna"

    assert register.withdraw("B-1", "t-novel", at_ms=NOW_MS) is None
    catalogue.checkin("B-2", "VIN", posting=None, at_ms=NOW_MS)

    assert catalogue.item("B-2").reserved_for == "anna"
    assert rows(engine, tables.transit) == [[]]
