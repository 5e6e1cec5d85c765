"""Librarians find a title at the desk, and enter or withdraw a copy of it."""

import pytest
from sqlalchemy import select

from hub.catalogue import tables
from tests.hub.desk.test_circulation_page import desk, words
from tests.hub.web.rig import post

__all__ = ["desk"]

PAGE = "/desk/copies"
NEW = {"title": "t-novel", "item": "B-NEW", "branch": "GRA", "usage": "circulating", "shelf": "Hcg"}


@pytest.mark.parametrize("sought", ["myren", "t-novel"])
def test_a_title_is_found_by_its_words_or_its_control_number(desk, sought):
    answer = words(post(desk, PAGE, PAGE, sought=sought))

    assert "En titel. Vägen genom myren Ett Exempel · t-novel · 2 exemplar" in answer


def test_a_title_that_is_not_there_is_said_not_to_be(desk):
    assert "Ingen titel hittades." in words(post(desk, PAGE, PAGE, sought="xyzzy"))
    assert post(desk, PAGE, f"{PAGE}/title", title="none").status_code == 404


def test_a_copy_is_entered_and_can_be_borrowed(desk, rig):
    before = words(post(desk, PAGE, f"{PAGE}/title", title="t-novel"))

    answer = post(desk, PAGE, f"{PAGE}/new", **NEW)

    assert "B-1 Vindeln, Vindeln · Hylla Hc" in before
    assert "Exemplaret B-NEW är infört och kan lånas." in words(answer)
    assert "B-NEW Granö, Vindeln · Hylla Hcg" in words(answer)
    assert rig.catalogue.item("B-NEW").loan is None
    event = tables.standing_event
    with rig.engine.connect() as db:
        (row,) = db.execute(select(event)).all()
    assert (row.change, row.item, row.by) == ("entered", "B-NEW", "maja")


def test_a_reference_copy_is_not_said_to_be_lent(desk):
    answer = words(post(desk, PAGE, f"{PAGE}/new", **NEW | {"usage": "reference"}))

    assert "för läsning på plats" in answer


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"item": "B-1"}, "Det finns redan ett exemplar med det numret."),
        ({"item": ""}, "Så kan inget exemplar heta"),
        ({"item": "1|2"}, "Så kan inget exemplar heta"),
        ({"branch": "none"}, "Biblioteket finns inte."),
        ({"usage": "none"}, "Så kan inget exemplar heta"),
    ],
)
def test_a_mistake_is_named_and_nothing_that_was_typed_is_lost(desk, rig, typed, told):
    answer = post(desk, PAGE, f"{PAGE}/new", **NEW | typed)

    assert answer.status_code == 400
    assert told in words(answer)
    assert 'value="Hcg"' in answer.text
    assert rig.catalogue.item("B-NEW") is None


def withdraw(desk, **typed):
    return post(desk, PAGE, f"{PAGE}/withdraw", title="t-novel", item="B-1", **typed)


def test_a_copy_is_withdrawn_by_who_is_sure_of_it(desk, rig):
    asked = withdraw(desk)
    assert "Ta bort exemplaret B-1?" in words(asked)
    assert rig.catalogue.item("B-1") is not None

    answer = words(withdraw(desk, sure="yes"))

    assert "Exemplaret B-1 är borttaget." in answer
    assert "B-1 Vindeln" not in answer
    assert rig.catalogue.item("B-1") is None
    event = tables.standing_event
    with rig.engine.connect() as db:
        (row,) = db.execute(select(event)).all()
    assert (row.change, row.item, row.by) == ("withdrawn", "B-1", "maja")
    typed = {"title": "nope", "item": "B-2", "sure": "yes"}
    assert post(desk, PAGE, f"{PAGE}/withdraw", **typed).status_code == 404
    assert rig.catalogue.item("B-2") is not None
    again = withdraw(desk, sure="yes")
    assert (again.status_code, "finns inte längre" in words(again)) == (400, True)


def test_a_copy_on_loan_is_kindly_kept(desk, rig):
    told = {"at_ms": rig.now_ms, "due": None, "no_block": False}
    rig.catalogue.checkout("B-1", "K-BO", posting="p", **told)

    listed = words(post(desk, PAGE, f"{PAGE}/title", title="t-novel"))
    answer = withdraw(desk, sure="yes")

    assert "B-1 Vindeln, Vindeln · Hylla Hc Utlånat B-2" in listed
    assert answer.status_code == 400
    assert "Exemplaret är utlånat. Ta emot det först. Inget är ändrat än." in words(answer)
    assert "Bo" not in words(answer)
    assert rig.catalogue.item("B-1").loan.patron == "bo"
