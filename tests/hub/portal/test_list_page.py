"""The list that is heard at the stations, seen and changed at the public site."""

import pytest

from hub import my_list
from tests.hub.portal.test_wishes import words
from tests.hub.web.rig import post, sign_in


def test_a_title_is_put_on_the_list_and_taken_off(client):
    sign_in(client)
    page = client.get("/title/t-novel")
    assert "Lägg på min lista" in page.text

    answer = post(client, "/title/t-novel", "/list/keep", title="t-novel")
    assert answer.location == "/list"
    assert "Vägen genom myren" in words(client.get("/list"))
    assert "Ta bort från min lista" in client.get("/title/t-novel").text

    post(client, "/list", "/list/drop", title="t-novel")
    assert "Det står inget på listan ännu." in words(client.get("/list"))


@pytest.mark.parametrize("path", ["/list/keep", "/list/drop"])
def test_nobody_changes_a_list_without_signing_in(rig, client, path):
    assert client.get("/list").location == "/sign-in"

    answer = post(client, "/sign-in", path, title="t-novel")

    assert answer.location.startswith("/sign-in")
    with rig.engine.connect() as db:
        assert my_list.of(db, "anna") == []
    assert "Lägg på min lista" not in client.get("/title/t-novel").text


def test_a_title_that_is_not_there_is_not_put_on_a_list(client):
    sign_in(client)

    answer = post(client, "/title/t-novel", "/list/keep", title="t-none")

    assert answer.location == "/list"
    assert "Det står inget på listan ännu." in words(client.get("/list"))


def test_a_full_list_says_so(rig, client):
    sign_in(client)
    with rig.engine.begin() as db:
        for number in range(my_list.TITLES_MAX):
            my_list.keep(db, "anna", f"x-{number}", number)

    answer = post(client, "/title/t-novel", "/list/keep", title="t-novel")

    assert "Listan är full." in words(client.get(answer.location))
