"""Librarians see the circulation rules at the desk, try others, and keep them."""

import re

import pytest
from sqlalchemy import select

from hub.catalogue import rulebook, tables
from hub.catalogue.log import Write
from hub.catalogue.terms import Rule
from tests.hub.catalogue.cast import NOW_MS
from tests.hub.desk.test_circulation_page import desk, words
from tests.hub.web.rig import PASSWORD, post

__all__ = ["desk"]

PAGE = "/desk/rules"
ONE = f"{PAGE}/one"
FILMS = Rule(item_kind="film", loan_days=7)


def rules(rig):
    with rig.engine.connect() as db:
        return rulebook.of(db).rules


def keep(rig, *told):
    with rig.engine.begin() as db:
        rulebook.keep(db, told, Write(posting=None, at_ms=NOW_MS))


def press(desk, what, form=ONE, **typed):
    """Press a button of the form that stands at *form*, with what it has hidden."""
    page = desk.get(form).text
    hidden = {
        name: re.search(rf'name="{name}" value="([^"]*)"', page)[1]
        for name in ("csrf_token", "seen", "number")
    }
    return desk.post(ONE, data=hidden | {"what": what} | typed)


@pytest.mark.parametrize("path", [PAGE, ONE])
def test_nobody_sees_it_without_an_account_and_no_technician(client, path):
    assert client.get(path).location == "/desk/sign-in"
    post(client, "/desk/sign-in", "/desk/sign-in", account="teknik", password=PASSWORD)

    assert client.get(path).status_code == 403


def test_what_holds_is_told_in_words(desk, rig):
    keep(rig, Rule(item_kind="film", branch="GRA", loan_days=1, renewals=0, offline=False))

    asked = {"item_kind": "film", "patron_kind": "adult", "branch": "GRA"}
    page = words(post(desk, PAGE, PAGE, **asked))

    assert "Film · vuxen · Granö Lånetid en dag" in page
    assert "Halva lånetiden när 3 eller fler väntar" in page
    assert "Omlån 0 gånger" in page
    assert "Åldersgräns 15 år" in page
    assert "Lånas ut när uppkopplingen är nere nej" in page
    assert post(desk, PAGE, PAGE, **asked | {"branch": "none"}).status_code == 400


def test_the_rules_are_listed_in_words(desk, rig):
    keep(rig, FILMS, Rule(patron_kind="school", loans=300))

    page = words(desk.get(PAGE))

    assert "Film · alla låntagare · alla bibliotek Lånetid: 7 dagar" in page
    assert "allt · skola · alla bibliotek Lån i allt, högst: 300" in page
    assert "Film · alla låntagare · alla bibliotek Åldersgräns: 15 år" in page


def test_a_rule_is_tried_before_it_is_kept(desk, rig):
    tried = press(desk, "try", item_kind="film", branch="VIN", loan_days="14")

    assert tried.status_code == 200
    assert "Film · alla låntagare · Vindeln Lånetid: 14 dagar (nu 28 dagar)" in words(tried)
    assert "Inget är ändrat än." in words(tried)
    assert 'value="14"' in tried.text
    assert rules(rig) == ()


def test_a_rule_is_kept_with_who_kept_it_and_holds(desk, rig):
    kept = press(desk, "keep", item_kind="film", loan_days="7")

    assert "Regeln gäller nu." in words(desk.get(kept.location))
    assert rules(rig) == (FILMS,)
    event = tables.standing_event
    with rig.engine.connect() as db:
        (row,) = db.execute(select(event)).all()
    assert (row.change, row.by) == ("ruled", "maja")


def test_a_rule_is_changed_in_its_place_and_taken_away(desk, rig):
    keep(rig, FILMS, Rule(loan_days=21))
    form = f"{ONE}?number=0"
    assert 'value="7"' in desk.get(form).text

    press(desk, "keep", form, item_kind="film", loan_days="10")
    assert rules(rig) == (Rule(item_kind="film", loan_days=10), Rule(loan_days=21))
    dropped = press(desk, "drop", form)

    assert "Regeln är borttagen." in words(desk.get(dropped.location))
    assert rules(rig) == (Rule(loan_days=21),)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({}, "Regeln säger inget."),
        ({"loan_days": "0"}, "Skriv ett heltal"),
        ({"loans": "3", "branch": "VIN"}, "gäller hela regionen"),
        ({"holds": "3", "item_kind": "film"}, "kan inte sättas för ett slag"),
        ({"age": "7", "item_kind": "film"}, "Det finns redan en regel för detsamma."),
        ({"age": "7", "patron_kind": "Skola!"}, "Så kan det inte heta."),
        ({"age": "7", "branch": "NOWHERE"}, "Biblioteket finns inte längre."),
    ],
)
def test_a_mistake_is_named_and_changes_nothing(desk, rig, typed, told):
    keep(rig, FILMS)

    answer = press(desk, "keep", **typed)

    assert answer.status_code == 400
    assert told in words(answer)
    assert "Inget är ändrat än." in words(answer)
    assert rules(rig) == (FILMS,)


def test_what_another_changed_meanwhile_is_not_overwritten(desk, rig):
    keep(rig, FILMS, Rule(loan_days=21))
    page = desk.get(f"{ONE}?number=0").text
    hidden = {
        name: re.search(rf'name="{name}" value="([^"]*)"', page)[1]
        for name in ("csrf_token", "seen", "number")
    }
    keep(rig, Rule(loan_days=21))

    answer = desk.post(ONE, data=hidden | {"what": "drop"})

    assert answer.status_code == 400
    assert "Någon annan har ändrat reglerna." in words(answer)
    assert rules(rig) == (Rule(loan_days=21),)


@pytest.mark.parametrize("number", ["7", "-1", "x", "²"])
def test_a_rule_that_is_not_there_has_no_page(desk, number):
    assert desk.get(f"{ONE}?number={number}").status_code == 404


def test_an_address_tells_nothing_that_was_not_done(desk):
    assert "Regeln gäller nu." not in words(desk.get(f"{PAGE}?told=keptx"))


def test_the_hint_names_kinds_of_patrons_in_words_beside_what_is_typed(desk):
    shown = words(desk.get(ONE))

    assert "De som finns: adult (vuxen), child (barn)." in shown
    desk.get("/language/en")
    assert "Those there are: adult, child." in words(desk.get(ONE))
