"""Librarians find, enter and help patrons at the desk; nothing of it stands where it would stay."""

import logging
import re

import pytest
from sqlalchemy import select, update

from circulation.verdicts import Reason
from hub.catalogue import rulebook, tables
from hub.catalogue.log import Write
from hub.catalogue.terms import Rule
from hub.desk.accounts import desk_opening
from tests.hub.catalogue.cast import NOW_MS, enter_talking_book
from tests.hub.catalogue.contract import TODAY
from tests.hub.desk.test_circulation_page import desk, words
from tests.hub.web.rig import PASSWORD, post

__all__ = ["desk"]

PAGE = "/desk/patrons"
NEW = {
    "card": "K-NEW",
    "name": "Åsa  Öberg",
    "birth_year": "2012",
    "kind": "child",
    "language": "sv",
    "municipality": "vindeln",
    "pin": "1357",
    "pin_again": "1357",
}


def find(desk, sought):
    return words(post(desk, PAGE, PAGE, sought=sought))


def change(desk, what, patron="anna", **typed):
    return post(desk, PAGE, f"{PAGE}/change", what=what, patron=patron, **typed)


def refusal(rig, card):
    return rig.catalogue.standing(card, "VIN", TODAY).refused


def openings(rig):
    with rig.engine.connect() as db:
        return [(row.account, row.key) for row in db.execute(select(desk_opening))]


def latest(rig):
    event = tables.standing_event
    with rig.engine.connect() as db:
        rows = db.execute(select(event).order_by(event.c.version)).all()
    return [(row.change, row.patron, row.card, row.by) for row in rows]


@pytest.mark.parametrize("path", ["/patrons", "/patrons/new", "/copies"])
def test_nobody_sees_it_without_an_account_and_no_technician(client, path):
    assert client.get(f"/desk{path}").location == "/desk/sign-in"
    post(client, "/desk/sign-in", "/desk/sign-in", account="teknik", password=PASSWORD)

    assert client.get(f"/desk{path}").status_code == 403
    assert path not in client.get("/desk/").text


@pytest.mark.parametrize(
    "path",
    [
        "/patrons",
        "/patrons/open",
        "/patrons/change",
        "/patrons/new",
        "/patrons/details",
        "/patrons/details/keep",
    ],
)
def test_a_form_of_another_site_does_nothing(desk, rig, path):
    sent = {"patron": "anna", "what": "block", "sought": "anna", **NEW}

    assert desk.post(f"/desk{path}", data=sent).status_code == 400
    assert refusal(rig, "K-ANNA") is None
    assert openings(rig) == []


def test_somebody_is_found_by_a_name_or_a_card_and_it_is_written_down(desk, rig):
    assert "En låntagare. Bo Exempel född 1975" in find(desk, "bo ex")
    assert "Anna Exempel" in find(desk, "K-ANNA-OLD")
    assert "4 låntagare." in find(desk, "exempel")
    assert "Ingen hittades." in find(desk, "x")
    assert openings(rig) == [("maja", "patrons")] * 4


def test_who_is_opened_is_shown_without_what_they_read_or_are_entitled_to(desk, rig):
    enter_talking_book(rig.engine)
    told = {"at_ms": NOW_MS, "due": None, "no_block": False}
    rig.catalogue.checkout("B-1", "K-BO", posting="p1", **told)

    answer = post(desk, PAGE, f"{PAGE}/open", patron="bo")

    assert "Bo Exempel" in words(answer)
    assert "Lån just nu 1" in words(answer)
    for private in ("Vägen", "B-1", "entitle", "talbok", "talböcker", "argon2"):
        assert private not in answer.text
    assert openings(rig) == [("maja", "patron:bo")]


def test_who_is_not_there_cannot_be_opened(desk, rig):
    assert post(desk, PAGE, f"{PAGE}/open", patron="nobody").status_code == 404
    assert change(desk, "block", "nobody").status_code == 404
    assert change(desk, "away").status_code == 400
    assert openings(rig) == []


def test_a_block_is_set_and_lifted_and_says_by_whom(desk, rig):
    blocked = words(change(desk, "block"))
    again = words(change(desk, "block"))
    refused = refusal(rig, "K-ANNA")
    lifted = words(change(desk, "lift"))

    assert refused is Reason.CARD_REFUSED
    assert "Låntagaren är spärrad." in blocked
    assert "Inget ändrades" in again
    assert "Låntagaren får låna igen." in lifted
    assert "Spärrades maja · onsdag 25 november 2026 11.00" in lifted
    assert refusal(rig, "K-ANNA") is None
    assert latest(rig) == [("blocked", "anna", None, "maja"), ("lifted", "anna", None, "maja")]


def test_a_card_is_added_lost_and_found(desk, rig):
    assert "Kortet är tillagt" in words(change(desk, "card", card="K-ANNA-3"))
    assert "Kortet är spärrat." in words(change(desk, "lose", card="K-ANNA"))
    assert (refusal(rig, "K-ANNA"), refusal(rig, "K-ANNA-3")) == (Reason.CARD_REFUSED, None)
    assert "Kortet kan användas igen." in words(change(desk, "find", card="K-ANNA"))
    taken = change(desk, "card", card="K-BO")
    assert (taken.status_code, "Kortnumret är redan någons." in words(taken)) == (400, True)
    assert rig.catalogue.standing("K-BO", "VIN", TODAY).patron == "bo"


def test_a_card_of_another_is_not_blocked_from_this_page(desk, rig):
    answer = change(desk, "lose", "anna", card="K-BO")

    assert answer.status_code == 400
    assert refusal(rig, "K-BO") is None


def test_a_pin_is_changed_by_who_types_it_twice(desk, rig):
    differs = change(desk, "pin", pin="2468", pin_again="2469")
    letters = change(desk, "pin", pin="24x8", pin_again="24x8")
    kept = change(desk, "pin", pin="2468", pin_again="2468")

    assert (differs.status_code, letters.status_code, kept.status_code) == (400, 400, 200)
    assert "inte lika" in words(differs)
    assert "2468" not in differs.text + kept.text
    assert rig.catalogue.pin_refused("K-ANNA", "2468", NOW_MS) is None


def test_the_language_of_the_page_is_not_taken_for_the_patrons(desk):
    desk.get("/language/en")

    assert '<option value="sv" selected>' in desk.get(f"{PAGE}/new").text


def test_a_new_patron_borrows_at_once_and_stands_in_no_address_and_no_log(desk, rig, caplog):
    caplog.set_level(logging.DEBUG)
    answer = post(desk, f"{PAGE}/new", f"{PAGE}/new", **NEW)

    assert answer.status_code == 200, words(answer)
    assert answer.location is None
    assert "Låntagaren är införd" in words(answer)
    assert "Åsa Öberg" in words(answer)
    assert refusal(rig, "K-NEW") is None
    assert rig.catalogue.pin_refused("K-NEW", "1357", NOW_MS) is None
    assert [(what, by) for what, _, _, by in latest(rig)] == [
        ("registered", "maja"),
        ("issued", "maja"),
    ]
    for private in ("K-NEW", "Öberg", "1357"):
        assert private not in caplog.text


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"name": " "}, "Skriv ett namn."),
        ({"birth_year": ""}, "Skriv födelseåret"),
        ({"birth_year": "1012"}, "Skriv födelseåret"),
        ({"birth_year": "2027"}, "Skriv födelseåret"),
        ({"birth_year": "²012"}, "Skriv födelseåret"),
        ({"kind": "Vuxen!"}, "ingen sådan låntagarkategori"),
        ({"language": "xx"}, "Det språket finns inte."),
        ({"municipality": "none"}, "Den kommunen finns inte här."),
        ({"card": "K-ANNA"}, "Kortnumret är redan någons."),
        ({"card": "1|2"}, "Så kan inget kort heta"),
        ({"pin": "135", "pin_again": "135"}, "PIN-koden har fyra siffror."),
        ({"pin_again": "1358"}, "De två PIN-koderna är inte lika."),
    ],
)
def test_a_mistake_is_named_and_nothing_that_was_typed_is_lost_but_the_pin(desk, rig, typed, told):
    answer = post(desk, f"{PAGE}/new", f"{PAGE}/new", **{**NEW, **typed})

    assert answer.status_code == 400
    assert told in words(answer)
    assert "Inget är infört än." in words(answer)
    assert 'value="1357"' not in answer.text
    assert f'value="{typed.get("card", "K-NEW")}"' in answer.text
    assert latest(rig) == []


AMENDED = {
    "patron": "anna",
    "name": "Anna  Öberg",
    "birth_year": "1981",
    "kind": "adult",
    "language": "fi",
    "municipality": "",
    "entitled": "",
}


def details(desk, patron="anna"):
    return post(desk, PAGE, f"{PAGE}/details", patron=patron)


def amend(desk, shown, **typed):
    seen = re.search(r'name="seen" value="(\w+)"', shown.text)[1]
    return post(desk, PAGE, f"{PAGE}/details/keep", seen=seen, **{**AMENDED, **typed})


def test_what_is_told_of_somebody_is_changed_with_who_did_it(desk, rig):
    shown = details(desk)
    answer = amend(desk, shown)

    assert 'value="Anna Exempel"' in shown.text
    assert answer.location is None
    for told in ("Uppgifterna är sparade.", "Anna Öberg", "Födelseår 1981", "finska"):
        assert told in words(answer)
    assert "Uppgifterna ändrades maja" in words(answer)
    assert latest(rig) == [("amended", "anna", None, "maja")]
    assert openings(rig) == [("maja", "patron:anna")] * 2


def test_the_entitled_are_told_from_others_by_no_page(desk, rig):
    before = details(desk).text

    answers = [amend(desk, details(desk), entitled="yes") for _ in range(2)]
    shown = details(desk).text
    opened = post(desk, PAGE, f"{PAGE}/open", patron="anna")

    with rig.engine.connect() as db:
        assert db.scalars(select(tables.entitlement.c.patron)).all() == ["anna"]
    chosen = [
        re.findall(r'name="entitled" value="(\w*)" checked', each) for each in (before, shown)
    ]
    assert chosen == [[""], [""]]
    assert words(answers[0]).count("sparade") == words(answers[1]).count("sparade") == 1
    assert "talböcker" not in opened.text
    amend(desk, details(desk), entitled="no")
    with rig.engine.connect() as db:
        assert db.scalars(select(tables.entitlement.c.patron)).all() == []


def test_what_another_librarian_changed_meanwhile_is_shown_and_not_overwritten(desk, rig):
    shown = details(desk)
    amend(desk, shown, name="Anna Ek")

    late = amend(desk, shown, name="Anna Al")

    assert late.status_code == 400
    assert "Någon annan har ändrat uppgifterna" in words(late)
    assert "Namn Anna Ek" in words(late)
    assert 'value="Anna Al"' in late.text
    assert "Anna Al" in words(amend(desk, late, name="Anna Al"))


def test_a_kind_that_only_a_rule_names_can_be_given_to_somebody(desk, rig):
    with rig.engine.begin() as db:
        rulebook.keep(db, [Rule(patron_kind="school")], Write(posting=None, at_ms=NOW_MS))

    assert '<option value="school">skola</option>' in details(desk).text
    assert '<option value="school">skola</option>' in desk.get(f"{PAGE}/new").text


def test_what_a_list_said_of_somebody_may_stay_as_it_is(desk, rig):
    odd = {"birth_year": 0, "language": "so", "municipality": "elsewhere", "kind": "teacher"}
    with rig.engine.begin() as db:
        db.execute(update(tables.patron).where(tables.patron.c.id == "anna").values(**odd))
    shown = details(desk)

    answer = amend(desk, shown, **odd | {"birth_year": ""}, name="Anna Ek")

    assert (answer.status_code, "Anna Ek" in words(answer)) == (200, True), words(answer)
    with rig.engine.connect() as db:
        row = db.execute(select(tables.patron).where(tables.patron.c.id == "anna")).one()
    assert {name: getattr(row, name) for name in odd} == odd


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"name": " "}, "Skriv ett namn."),
        ({"birth_year": ""}, "Skriv födelseåret"),
        ({"birth_year": "2027"}, "Skriv födelseåret"),
        ({"kind": "Vuxen!"}, "ingen sådan låntagarkategori"),
        ({"language": "xx"}, "Det språket finns inte."),
        ({"municipality": "none"}, "Den kommunen finns inte här."),
    ],
)
def test_a_mistake_changes_nothing_and_loses_nothing(desk, rig, typed, told):
    answer = amend(desk, details(desk), entitled="yes", **typed)

    assert answer.status_code == 400
    assert told in words(answer)
    assert "Inget är ändrat än." in words(answer)
    assert re.search(r'name="entitled" value="yes" checked', answer.text)
    assert latest(rig) == []
    assert details(desk, "nobody").status_code == 404
