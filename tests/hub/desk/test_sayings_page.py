"""Librarians say how a word is said, without a developer."""

import re

import pytest

from hub.catalogue import sayings
from tests.hub.web.rig import PASSWORD, post


@pytest.fixture
def desk(client):
    post(client, "/desk/sign-in", "/desk/sign-in", account="maja", password=PASSWORD)
    return client


def keep(client, **fields):
    given = {"written": "Jo Nesbø", "said": "Jo Nesbö", "language": ""} | fields
    return post(client, "/desk/sayings", "/desk/sayings", **given)


def test_a_word_is_kept_shown_and_taken_away(desk, rig):
    answer = keep(desk)
    assert answer.location == "/desk/sayings?kept=1"
    page = desk.get(answer.location).text
    assert "Sparat." in page
    assert "Jo Nesbö · alla språk" in page

    number = re.search(r'name="number" value="(\d+)"', page)[1]
    post(desk, "/desk/sayings", "/desk/sayings/drop", number=number)

    with rig.engine.connect() as db:
        assert sayings.every(db) == []


def test_a_mistake_keeps_nothing_and_loses_nothing_of_what_was_typed(desk):
    answer = keep(desk, said="[[x]]")

    assert answer.status_code == 400
    assert "Inget är sparat än." in answer.text
    assert 'value="Jo Nesbø"' in answer.text


@pytest.mark.parametrize("number", ["", "x", "9" * 40])
def test_what_is_no_row_takes_nothing_away(desk, number):
    keep(desk)
    post(desk, "/desk/sayings", "/desk/sayings/drop", number=number)

    assert "Jo Nesbö" in desk.get("/desk/sayings").text


@pytest.mark.parametrize("path", ["/desk/sayings", "/desk/sayings/drop"])
def test_nobody_changes_it_without_an_account(client, path):
    assert client.get("/desk/sayings").location == "/desk/sign-in"
    assert post(client, "/desk/sign-in", path, written="x").location == "/desk/sign-in"
