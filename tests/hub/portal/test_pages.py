import re
from datetime import date

import pytest

from circulation import proof
from hub.portal.pages import Proven
from tests.hub.catalogue.cast import NOW_MS, enter_talking_book, wait_for
from tests.hub.web.rig import post, sign_in

CODE = proof.code(proof.Proof(3, 1, 7))


def words(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def lend(rig, item="B-1", card="K-ANNA", **told):
    given = {"posting": f"p-{item}", "at_ms": NOW_MS, "due": None, "no_block": False}
    return rig.catalogue.checkout(item, card, **(given | told))


def test_a_search_leads_to_a_title_and_where_it_is(rig, client):
    lend(rig)

    found = client.get("/search?q=myren")
    page = words(client.get(re.search(r'href="(/title/[^"]+)"', found.text)[1]))

    assert "1 av 2 exemplar inne" in words(found)
    assert "Vägen genom myren" in page
    assert "Utlånad till torsdag 24 december" in page
    assert "Vindeln · Hylla Hc Inne" in page


def test_a_talking_book_says_for_whom_it_is_to_everybody_alike(rig, client):
    enter_talking_book(rig.engine)
    page = words(client.get("/title/t-talking"))

    assert "Talböcker är till för dig som har en läsnedsättning." in page
    assert "läsnedsättning" not in words(client.get("/title/t-novel"))


def test_a_search_that_finds_nothing_says_what_to_try(client):
    assert "Pröva färre ord" in words(client.get("/search?q=xyzzy"))


def test_what_is_typed_cannot_become_part_of_the_page(client):
    assert "<script>" not in client.get("/search?q=<script>alert(1)</script>").text


@pytest.mark.parametrize("path", ["/search?q=a&page=0", "/search?q=a&page=x", "/search?page=99"])
def test_a_page_number_that_is_none_does_no_harm(client, path):
    assert client.get(path).status_code == 200


def test_a_title_that_is_not_there_is_no_page(client):
    assert client.get("/title/none").status_code == 404


def test_card_and_pin_show_my_loans_and_nobody_elses(rig, client):
    lend(rig)
    lend(rig, "B-2", "K-BO")

    sign_in(client)
    page = words(client.get("/loans"))

    assert "Ett lån Vägen genom myren" in page
    assert "Tillbaka senast torsdag 24 december" in page


def test_a_late_loan_says_so(rig, client):
    lend(rig, due=date(2026, 11, 20), no_block=True)
    sign_in(client)

    assert "Försenad. Skulle ha lämnats fredag 20 november" in words(client.get("/loans"))


def test_my_reservations_say_what_is_ready_and_how_many_are_before_me(rig, client):
    wait_for(rig.engine, "t-map", "bo")
    wait_for(rig.engine, "t-map", "anna")
    wait_for(rig.engine, "t-novel", "anna")
    rig.catalogue.checkin("B-1", "VIN", posting="p", at_ms=NOW_MS)
    sign_in(client)
    page = words(client.get("/loans"))

    assert "En före dig i kön. Hämtas på Vindeln" in page
    assert "Kan hämtas på Vindeln till och med onsdag 2 december" in page


def test_no_page_names_the_patron_or_the_card(rig, client):
    lend(rig)
    sign_in(client)

    assert not re.search(r"Exempel, Anna|Anna Exempel|K-ANNA", client.get("/loans").text)


def test_a_wrong_pin_shows_nothing_and_keeps_neither_card_nor_pin_on_the_page(client):
    answer = sign_in(client, pin="0000")

    assert answer.status_code == 403
    assert "Kort och PIN-kod hör inte ihop" in answer.text
    assert "K-ANNA" not in answer.text
    assert "0000" not in words(answer)
    assert client.get("/loans").location == "/sign-in"


def test_an_unknown_card_is_answered_like_a_wrong_pin(client):
    assert words(sign_in(client, card="K-NOBODY")) == words(sign_in(client, pin="0000"))


def test_after_five_wrong_pins_the_card_rests(client):
    for _ in range(5):
        sign_in(client, pin="0000")

    answer = sign_in(client)

    assert (answer.status_code, "vilar nu i en kvart" in answer.text) == (429, True)


def test_a_blocked_patron_sees_the_loans_and_that_the_card_rests(client):
    sign_in(client, card="K-BLOCKED")

    assert "Du kan inte låna på det här kortet just nu" in words(client.get("/loans"))


def test_signing_out_ends_the_visit(client):
    sign_in(client)
    post(client, "/loans", "/sign-out")

    assert client.get("/loans").location == "/sign-in"


def test_a_visit_left_open_ends_by_itself(rig, client):
    sign_in(client)
    rig.now_ms += 15 * 60_000

    assert client.get("/loans").location == "/sign-in"


def test_a_proof_is_answered_with_when_it_reached_the_catalogue_and_no_more(rig, client):
    rig.arrived[3, 1, 7] = Proven(NOW_MS, returned=True)

    page = words(client.get("/proof/" + CODE.lower().replace("-", " ")))

    assert "Den nådde katalogen onsdag 25 november 2026 11.00." in page
    assert not re.search("myren|B-1|Vindeln|vindeln", page)


def test_a_loans_code_proves_no_return(rig, client):
    rig.arrived[3, 1, 7] = Proven(NOW_MS, returned=False)

    page = words(client.get(f"/proof/{CODE}"))

    assert "visar inte att något har lämnats tillbaka" in page


def test_a_proof_of_what_has_not_arrived_says_that_the_station_keeps_it(client):
    assert "Den har inte nått katalogen ännu" in words(client.get(f"/proof/{CODE}"))


@pytest.mark.parametrize("code", ["AAAA", "00R1-0000-07S", "0000-0000-000", "x" * 500])
def test_a_mistyped_code_is_told_so_or_has_not_arrived(client, code):
    answer = client.get(f"/proof/{code}")

    assert answer.status_code == 200
    assert re.search("ingen kod från ett kvitto|har inte nått katalogen", words(answer))


def test_the_form_leads_to_the_answer(client):
    assert client.get("/proof", query_string={"code": CODE}).location == f"/proof/{CODE}"
    assert "Elva tecken" in words(client.get("/proof"))


def test_branches_tell_when_they_are_open_and_who_is_there(client):
    page = words(client.get("/branches"))

    assert "Öppet till 18.00, med personal" in page
    assert "Måndag–onsdag 10.00–18.00 med personal" in page
    assert "Torsdag–fredag 10.00–18.00 meröppet" in page
    assert "Lämna böcker i lådan vid dörren." in page


def test_the_site_speaks_english(client):
    client.get("/language/en")

    assert "Leave books in the box by the door." in words(client.get("/branches"))
