"""What no database holds is refused at every page, and its field is named."""

import pytest

from tests.hub.web.rig import post


@pytest.mark.parametrize("path", ["/?q=a%00", "/title/t%00", "/proof/%00"])
def test_what_no_database_holds_is_refused_before_it_is_sought(client, path):
    answer = client.get(path)

    assert answer.status_code == 400
    assert "tecken som inte går att spara" in answer.text


def test_a_form_with_a_sign_that_no_database_holds_is_refused_with_its_field_named(client):
    answer = post(client, "/sign-in", "/sign-in", card="K-ANNA\0", pin="1234")

    assert answer.status_code == 400
    assert "”card” har ett tecken som inte går att spara" in answer.text
    assert "K-ANNA" not in answer.text


def test_half_a_character_in_an_address_or_a_form_is_no_error_of_ours(client):
    assert client.get("/?q=%ED%A0%80").status_code == 200
    half = {"card": b"\xed\xa0\x80", "pin": "1234"}
    assert post(client, "/sign-in", "/sign-in", **half).status_code == 403
