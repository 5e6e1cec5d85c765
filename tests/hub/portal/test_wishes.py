"""Reserving, cancelling and renewing at the public site."""

import re
from datetime import date

import pytest

from circulation.verdicts import Accepted
from hub.portal.wishes import TOLD
from tests.hub.catalogue.cast import NOW_MS, wait_for
from tests.hub.web.rig import post, sign_in

DAY_MS = 86_400_000


def words(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def lend(rig, item="B-1"):
    given = {"posting": f"p-{item}", "at_ms": NOW_MS, "due": None, "no_block": False}
    assert isinstance(rig.catalogue.checkout(item, "K-ANNA", **given), Accepted)


def reserve(client, **fields):
    return post(client, "/title/t-novel", "/loans/reserve", **fields)


def test_a_title_is_reserved_to_be_collected_where_one_likes_and_cancelled_again(client):
    sign_in(client)

    answer = reserve(client, title="t-novel", branch="VIN")

    assert answer.location == "/loans?told=held"
    page = words(client.get(answer.location))
    assert "Reserverad." in page
    assert "Vägen genom myren" in page

    answer = post(client, "/loans", "/loans/cancel", title="t-novel")
    page = words(client.get(answer.location))
    assert "Reservationen är borttagen." in page
    assert "Vägen genom myren" not in page


def test_reserving_twice_is_one_hold(rig, client):
    sign_in(client)
    for _ in range(2):
        reserve(client, title="t-novel", branch="VIN")

    assert rig.catalogue.copies("t-novel").waiting == 1


def test_who_is_not_signed_in_signs_in_and_comes_back_to_the_title(client):
    page = client.get("/title/t-novel").text
    assert "/sign-in?to=t-novel" in page
    assert "/loans/reserve" not in page

    answer = post(
        client, "/sign-in?to=t-novel", "/sign-in", card="K-ANNA", pin="1234", to="t-novel"
    )

    assert answer.location == "/title/t-novel"
    assert "/loans/reserve" in client.get(answer.location).text


@pytest.mark.parametrize("path", ["reserve", "cancel", "renew", "renew-all"])
def test_nobody_wishes_in_anothers_name(rig, client, path):
    lend(rig)
    wait_for(rig.engine, "t-film", "anna")

    answer = post(client, "/sign-in", f"/loans/{path}", title="t-film", item="B-1", branch="VIN")

    assert answer.location == "/sign-in"
    assert rig.catalogue.copies("t-film").waiting == 1


def test_a_wish_without_the_forms_token_is_none(rig, client):
    sign_in(client)

    answer = client.post("/loans/reserve", data={"title": "t-novel", "branch": "VIN"})

    assert answer.status_code == 400
    assert rig.catalogue.copies("t-novel").waiting == 0


@pytest.mark.parametrize(
    ("title", "told"), [("t-none", "not_held"), ("", "not_held"), ("t" * 5000, "not_held")]
)
def test_what_cannot_be_reserved_is_told(client, title, told):
    sign_in(client)

    assert reserve(client, title=title, branch="VIN").location == f"/loans?told={told}"


def test_a_branch_that_is_none_is_refused(client):
    sign_in(client)

    assert reserve(client, title="t-novel", branch="XYZ").status_code == 400


def test_a_blocked_patron_reserves_nothing(rig, client):
    sign_in(client, card="K-BLOCKED")

    answer = reserve(client, title="t-novel", branch="VIN")

    assert answer.location == "/loans?told=not_held"
    assert rig.catalogue.copies("t-novel").waiting == 0


def test_a_loan_is_renewed_once_however_often_it_is_pressed_and_the_log_has_it(rig, client):
    lend(rig)
    rig.now_ms += 7 * DAY_MS
    sign_in(client)
    for _ in range(2):
        assert post(client, "/loans", "/loans/renew", item="B-1").location == "/loans?told=renewed"

    log = rig.catalogue.log("B-1")
    assert [(each.change, each.posting) for each in log] == [("lent", "p-B-1"), ("renewed", None)]
    assert rig.catalogue.item("B-1").loan.due == date(2026, 12, 30)


def test_all_that_may_be_renewed_is_renewed(rig, client):
    lend(rig)
    lend(rig, "B-MAP")
    wait_for(rig.engine, "t-map", "bo")
    rig.now_ms += 7 * DAY_MS
    sign_in(client)

    answer = post(client, "/loans", "/loans/renew-all")

    assert answer.location == "/loans?told=some_renewed"
    assert "Några lån gick att låna om" in words(client.get(answer.location))


@pytest.mark.parametrize("item", ["B-2", "B-NONE", ""])
def test_what_one_has_not_borrowed_is_not_renewed(client, item):
    sign_in(client)

    assert post(client, "/loans", "/loans/renew", item=item).location == "/loans?told=not_renewed"


def test_what_is_waited_for_offers_no_renewal(rig, client):
    lend(rig)
    wait_for(rig.engine, "t-novel", "bo")
    sign_in(client)

    assert "/loans/renew" not in client.get("/loans").text


def test_an_address_tells_only_what_the_site_tells(client):
    sign_in(client)

    assert "<script" not in client.get("/loans?told=<script>").text
    for told in TOLD:
        assert client.get(f"/loans?told={told}").status_code == 200
