"""Librarians fetch, send and keep copies at the desk, and say that a card is lost."""

import re

import pytest

from circulation.verdicts import Reason
from tests.hub.catalogue.cast import wait_for
from tests.hub.catalogue.contract import TODAY
from tests.hub.web.rig import PASSWORD, post

PAGE = "/desk/circulation"


def words(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


@pytest.fixture
def desk(client):
    post(client, "/desk/sign-in", "/desk/sign-in", account="maja", password=PASSWORD)
    return client


def test_nobody_sees_it_without_an_account_and_no_technician(client):
    assert client.get(PAGE).location == "/desk/sign-in"
    post(client, "/desk/sign-in", "/desk/sign-in", account="teknik", password=PASSWORD)

    assert client.get(PAGE).status_code == 403
    assert PAGE not in client.get("/desk/").text


def test_a_reserved_book_is_fetched_sent_and_kept_without_a_name(rig, desk):
    wait_for(rig.engine, "t-novel", "bo", "GRA")
    first = words(desk.get(PAGE))

    fetched = post(desk, PAGE, f"{PAGE}/fetched", item="B-1", at="VIN")
    second = words(desk.get(fetched.location))
    arrived = post(desk, PAGE, f"{PAGE}/arrived", item="B-1", at="GRA")
    third = words(desk.get(arrived.location))

    assert "Vägen genom myren B-1 · Vindeln · Hylla Hc Hämtas på Granö Hämtad" in first
    assert "Undanlagd." in second
    assert "Från Vindeln till Granö Framme" in second
    assert "B-1 · Granö Till och med onsdag 2 december" in third
    assert rig.catalogue.standing("K-BO", "GRA", TODAY).holds_ready == 1
    for private in ("Bo Exempel", "K-BO"):
        assert private not in first + second + third


def test_a_lost_card_borrows_no_more_and_a_found_one_again(rig, desk):
    lost = post(desk, PAGE, f"{PAGE}/card", card="K-ANNA", what="lost")
    refused = rig.catalogue.standing("K-ANNA", "VIN", TODAY).refused
    found = post(desk, PAGE, f"{PAGE}/card", card="K-ANNA", what="found")

    assert refused is Reason.CARD_REFUSED
    assert "Kortet är spärrat." in words(desk.get(lost.location))
    assert "K-ANNA" not in lost.location
    assert "Kortet kan användas igen." in words(desk.get(found.location))
    assert rig.catalogue.standing("K-ANNA", "VIN", TODAY).refused is None


@pytest.mark.parametrize(
    ("where", "sent"),
    [
        ("card", {"card": "K-NOBODY", "what": "lost"}),
        ("card", {"card": "K-ANNA", "what": "found"}),
        ("fetched", {"item": "B-1", "at": "VIN"}),
        ("arrived", {"item": "B-NONE", "at": "VIN"}),
    ],
)
def test_what_changes_nothing_says_so(desk, where, sent):
    answer = post(desk, PAGE, f"{PAGE}/{where}", **sent)

    assert "Inget ändrades" in words(desk.get(answer.location))


def test_a_library_that_is_not_there_is_no_place(rig, desk):
    wait_for(rig.engine, "t-novel", "bo", "GRA")

    assert post(desk, PAGE, f"{PAGE}/fetched", item="B-1", at="NONE").status_code == 400


def test_an_address_tells_nothing_that_was_not_done(desk):
    assert "Kortet är spärrat." not in words(desk.get(f"{PAGE}?told=lostx"))
