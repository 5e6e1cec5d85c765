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


def test_an_event_is_kept_with_its_day_and_leaves_when_it_is_over(desk):
    form = fields(desk.get("/desk/menu").text)
    event = {
        "new-event:name": "Högläsning", "new-event:day": "2199-12-10", "new-event:time": "18.30",
    }  # fmt: skip
    assert post(desk, "/desk/menu", "/desk/menu", **form | event).location

    kept = fields(desk.get("/desk/menu").text)
    (key,) = [each.split(":")[0] for each in kept if each.endswith(":day") and kept[each]]
    assert (kept[f"{key}:name"], kept[f"{key}:time"]) == ("Högläsning", "18.30")

    post(desk, "/desk/menu", "/desk/menu", **kept | {f"{key}:day": "2001-01-01"})
    assert "Högläsning" not in fields(desk.get("/desk/menu").text).values()


def test_a_new_event_on_a_day_that_has_passed_is_told_and_not_lost(desk):
    form = fields(desk.get("/desk/menu").text)
    event = {"new-event:name": "Högläsning", "new-event:day": "2001-12-10"}

    answer = post(desk, "/desk/menu", "/desk/menu", **form | event)

    assert answer.status_code == 400
    assert "”Högläsning” är på en dag som har varit" in answer.text
    assert fields(answer.text)["new-event:day"] == "2001-12-10"


def test_an_event_at_no_library_of_ours_keeps_nothing_and_loses_nothing(desk):
    form = fields(desk.get("/desk/menu").text)
    event = {
        "new-event:name": "Högläsning", "new-event:day": "2199-12-10", "new-event:branch": "XX",
    }  # fmt: skip

    answer = post(desk, "/desk/menu", "/desk/menu", **form | event)

    assert answer.status_code == 400
    assert "”Högläsning” är på ett bibliotek som inte finns" in answer.text
    assert fields(answer.text)["new-event:name"] == "Högläsning"


def test_an_event_without_a_day_keeps_nothing_and_loses_nothing(desk):
    form = fields(desk.get("/desk/menu").text)

    answer = post(desk, "/desk/menu", "/desk/menu", **form | {"new-event:name": "Högläsning"})

    assert answer.status_code == 400
    assert "”Högläsning” har ingen dag" in answer.text
