"""Librarians change what is heard, without a developer."""

import re

import pytest

from tests.hub.web.rig import PASSWORD, post


@pytest.fixture
def desk(client):
    post(client, "/desk/sign-in", "/desk/sign-in", account="maja", password=PASSWORD)
    return client


def fields(page):
    found = dict(re.findall(r'<input [^>]*?name="([^"]+:[^"]+)"[^>]*? value="([^"]*)"', page))
    found |= re.findall(r'<textarea [^>]*?name="([^"]+)"[^>]*>([^<]*)</textarea>', page)
    return found


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_changes_the_menu_without_an_account(client, method):
    if method == "get":
        assert client.get("/desk/menu").location == "/desk/sign-in"
    else:
        answer = post(client, "/desk/sign-in", "/desk/menu", **{"new:name": "x"})
        assert answer.location == "/desk/sign-in"


def test_a_changed_name_is_kept_and_shown(desk):
    form = fields(desk.get("/desk/menu").text)

    answer = post(desk, "/desk/menu", "/desk/menu", **form | {"new:name": "Färska talböcker"})

    assert answer.location == "/desk/menu?kept=1"
    page = desk.get(answer.location).text
    assert "Sparat." in page
    assert fields(page)["new:name"] == "Färska talböcker"


def test_a_mistake_keeps_nothing_and_loses_nothing_of_what_was_typed(desk):
    form = fields(desk.get("/desk/menu").text)
    wrong = form | {"new:name": "Färska", "picks:picks": "x-1"}

    answer = post(desk, "/desk/menu", "/desk/menu", **wrong)

    assert answer.status_code == 400
    assert "kontrollnummer x-1" in answer.text
    assert fields(answer.text)["new:name"] == "Färska"
    assert fields(desk.get("/desk/menu").text)["new:name"] == "Nya talböcker"
