from http.cookies import SimpleCookie

import pytest

from tests.hub.web.rig import make_rig, post, sign_in


@pytest.fixture
def limited(tmp_path):
    rig = make_rig(tmp_path, sign_in_limit="2 per minute")
    yield rig.app
    rig.engine.dispose()


def test_a_form_without_its_token_is_refused(client):
    answer = client.post("/sign-in", data={"card": "K-ANNA", "pin": "1234"})

    assert answer.status_code == 400
    assert client.get("/loans").status_code == 302


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(client):
    cookie = SimpleCookie(sign_in(client).headers["Set-Cookie"])["fingertopp_hub"]

    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", "")


def test_over_tls_the_cookie_says_so(tmp_path):
    rig = make_rig(tmp_path, secure_cookies=True)
    client = rig.app.test_client()
    answer = client.get("/language/en", base_url="https://localhost")

    assert "Secure" in answer.headers["Set-Cookie"]
    rig.engine.dispose()


@pytest.mark.parametrize("path", ["/sign-in", "/desk/sign-in"])
def test_whoever_guesses_fast_is_slowed_down(tmp_path, path):
    rig = make_rig(tmp_path, sign_in_limit="2 per minute")
    client = rig.app.test_client()

    answers = [post(client, path, path, card="K-1", pin="0", account="a") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [403, 403, 429]
    assert "Vänta en minut" in answers[2].text
    rig.engine.dispose()


def tries(client, **environ):
    return [client.get("/proof/6-1-1-X", **environ).status_code for _ in range(3)]


def test_whoever_guesses_at_receipt_codes_is_slowed_down(limited):
    assert tries(limited.test_client()) == [200, 200, 429]


def test_guessing_at_one_thing_keeps_nobody_from_another(limited):
    client = limited.test_client()
    assert tries(client)[-1] == 429

    for path in ("/sign-in", "/desk/sign-in"):
        refused = [post(client, path, path, card="K-1", pin="0", account="a") for _ in range(3)]
        assert [answer.status_code for answer in refused] == [403, 403, 429]


def test_without_a_proxy_nobody_can_claim_another_address(limited):
    client = limited.test_client()
    tries(client)

    assert tries(client, headers={"X-Forwarded-For": "192.0.2.7"}) == [429, 429, 429]


def test_behind_a_proxy_each_visitor_has_an_address(tmp_path):
    rig = make_rig(tmp_path, sign_in_limit="2 per minute", proxies=1)
    client = rig.app.test_client()
    tries(client, headers={"X-Forwarded-For": "192.0.2.7"})

    assert tries(client, headers={"X-Forwarded-For": "192.0.2.8"}) == [200, 200, 429]
    # What a visitor has written there stands before what the proxy adds.
    claimed = {"X-Forwarded-For": "192.0.2.9, 192.0.2.7"}
    assert tries(client, headers=claimed) == [429, 429, 429]
    rig.engine.dispose()


def test_what_is_not_there_is_told_plainly(client):
    answer = client.get("/nothing")

    assert (answer.status_code, "Den sidan finns inte." in answer.text) == (404, True)
