"""Librarians find, enter and help patrons at the desk; nothing of it stands where it would stay."""

import logging

import pytest
from sqlalchemy import select

from circulation.verdicts import Reason
from hub.catalogue import tables
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


@pytest.mark.parametrize("path", ["/patrons", "/patrons/open", "/patrons/change", "/patrons/new"])
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
