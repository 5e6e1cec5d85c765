"""The bench's page and its JSON."""

import pytest

from station.kiosk.page import create_app
from tests.station.kiosk.rehearsed import RehearsedStation


@pytest.fixture
def station():
    return RehearsedStation()


@pytest.fixture
def client(station):
    return create_app(station, station).test_client()


def test_a_loan_is_made_with_a_card_and_a_book_on_the_bench(client):
    client.post("/bench/place", json={"reader": "card", "tag": "Vera"})
    answer = client.post("/bench/place", json={"reader": "pad", "tag": "Ronja"})
    assert answer.get_json() == {"placed": {"card": ["Vera"], "pad": ["Ronja"], "finger": []}}

    screen = client.get("/bench/screen").get_json()
    assert screen["state"] == "loans"
    assert screen["rows"][0]["text"] == "Ronja rövardotter"
    assert screen["buttons"] == [
        {"id": "done", "text": "Klart"},
        {"id": "more_loans", "text": "Låna fler"},
    ]
    assert client.get("/bench/owed").get_json() == {"owed": 1}


def test_a_tag_is_taken_away_again(client, station):
    client.post("/bench/place", json={"reader": "pad", "tag": "Ronja"})
    answer = client.post("/bench/remove", json={"reader": "pad", "tag": "Ronja"})
    assert answer.get_json()["placed"]["pad"] == []


def test_keys_buttons_and_plugs_do_what_hands_do(client, station):
    client.post("/bench/key", json={"key": "right"})
    assert client.get("/bench/screen").get_json()["focus"] == "listen"
    client.post("/bench/press", json={"button": "help"})
    assert station.state == "help"
    client.post("/bench/headphones", json={"in": True})
    client.post("/bench/line", json={"up": False})
    state = client.get("/bench/state").get_json()
    assert (state["headphones"], state["line"]) == (True, False)


def test_what_was_spoken_can_be_read_and_played(client):
    client.post("/bench/headphones", json={"in": True})
    heard = client.get("/bench/heard").get_json()
    assert heard[-1]["text"].startswith("Välkommen")
    assert {"text", "lang", "engine", "ms_to_first_sound", "cut"} <= set(heard[-1])
    assert client.get("/bench/heard/0.wav").mimetype == "audio/wav"
    assert client.get("/bench/heard/99.wav").status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "meant"),
    [
        ("place", {"reader": "card", "tag": "Verra"}, "did you mean `Vera`?"),
        ("place", {"reader": "pads", "tag": "Vera"}, "did you mean `pad`?"),
        ("place", {"tag": "Vera"}, "`reader` is missing"),
        ("place", ["card"], "must be a JSON object"),
        ("remove", {"reader": "pad", "tag": "Ronja"}, "does not lie on the pad reader"),
        ("key", {"key": "center"}, "did you mean `centre`?"),
        ("key", {"key": None}, "there are: 1, 2"),
        ("press", {"button": "hjelp"}, "did you mean `help`?"),
        ("press", {"button": "renew_all"}, "no button is called"),
        ("headphones", {"in": "yes"}, "must be true or false"),
        ("line", {}, "`up` is missing"),
    ],
)
def test_what_cannot_be_meant_is_answered_with_what_can(client, path, body, meant):
    answer = client.post(f"/bench/{path}", json=body)
    assert answer.status_code == 400
    assert meant in answer.get_json()["error"]


def test_another_sites_page_cannot_move_the_bench(client):
    answer = client.post(
        "/bench/place",
        json={"reader": "card", "tag": "Vera"},
        headers={"Origin": "https://evil.example"},
    )
    assert answer.status_code == 403
    assert "own pages" in answer.get_json()["error"]


def test_the_bench_offers_every_reader_of_the_kit_and_no_other(client, station):
    del station.on_readers["card"], station.on_readers["pad"]
    page = client.get("/bench").get_data(as_text=True)
    assert 'data-reader="finger"' in page
    assert 'data-reader="card"' not in page
    answer = client.post("/bench/place", json={"reader": "card", "tag": "Vera"})
    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/bench", "/bench/"])
def test_the_bench_is_found_with_and_without_a_slash(client, path):
    assert client.get(path, follow_redirects=True).status_code == 200


def test_a_body_nested_without_end_is_answered_like_any_other_mistake(client):
    answer = client.post("/bench/place", data="[" * 8000, content_type="application/json")

    assert answer.status_code == 400


def test_a_barcode_is_held_to_the_scanner(client, station):
    assert client.post("/bench/scan", json={"text": "30000001"}).get_json() == {"ok": True}
    assert station.scanned == "30000001"


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": 7}])
def test_nothing_is_not_scanned(client, body):
    assert client.post("/bench/scan", json=body).status_code == 400


def test_a_station_without_a_scanner_says_so(client, station, monkeypatch):
    monkeypatch.setattr(RehearsedStation, "has_scanner", False)

    answer = client.post("/bench/scan", json={"text": "30000001"})

    assert (answer.status_code, "no scanner" in answer.get_json()["error"]) == (400, True)
    assert 'id="scan"' not in client.get("/bench").text


@pytest.mark.parametrize(
    ("path", "meant"),
    [("/bench/tag", "did you mean `/bench/tags`?"), ("/bench/0123456789", "there are: /bench, ")],
)
def test_a_path_that_the_bench_does_not_have_is_answered_with_what_it_has(client, path, meant):
    answer = client.get(path)

    assert answer.status_code == 404
    assert meant in answer.get_json()["error"]


def test_a_post_that_was_meant_is_named_where_something_was_asked_for(client):
    answer = client.get("/bench/place")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert answer.get_json() == {"error": "/bench/place is for POST, not GET"}


def test_the_screens_own_pages_are_no_business_of_the_bench(client):
    assert client.get("/benchmark").mimetype == "text/html"
    assert client.get("/press").mimetype == "text/html"
