"""The touch screen's page over HTTP."""

import pytest

from station.kiosk.page import create_app, qr_svg
from tests.station.kiosk.rehearsed import RehearsedStation


@pytest.fixture
def station():
    return RehearsedStation()


@pytest.fixture
def client(station):
    return create_app(station).test_client()


def test_the_page_shows_the_present_screen(client):
    page = client.get("/").get_data(as_text=True)
    assert "Välkommen till Vindelns bibliotek" in page
    assert '<html lang="sv"' in page
    assert 'value="listen"' in page


def test_a_pressed_button_reaches_the_station(client, station):
    assert client.post("/press", data={"button": "help"}).status_code == 204
    assert station.state == "help"


def test_a_digit_on_the_glass_is_a_key(client, station):
    station.place("card", "Vera")
    client.post("/press", data={"button": "account"})
    client.post("/press", data={"key": "7"})
    assert station.session.pin == "7"
    page = client.get("/").get_data(as_text=True)
    assert page.count('class="filled"') == 1


def test_a_post_that_presses_nothing_is_refused(client):
    assert client.post("/press").status_code == 400
    assert client.post("/press", data={"button": "help", "key": "1"}).status_code == 400


@pytest.mark.parametrize("posted", [{"button": "x"}, {"button": "borrow"}, {"key": "zz"}])
def test_what_is_not_on_the_screen_cannot_be_pressed(client, station, posted):
    station.place("card", "Vera")
    station.press("account")

    assert client.post("/press", data=posted).status_code == 400
    assert (station.state, station.session.pin) == ("pin", "")


def test_the_stream_sends_the_screen_at_once_and_at_every_change(client, station):
    stream = client.get("/events").response
    assert next(stream) == b"retry: 500\n\n"
    first = next(stream).decode()
    assert first.startswith("event: screen\ndata: ")
    assert "Välkommen" in first
    station.press("lang")
    assert "Welcome" in next(stream).decode()
    station.stopped = True
    list(stream)


def test_the_receipts_code_is_drawn_as_a_qr(client, station):
    station.place("pad", "Ronja")
    station.press("done")
    page = client.get("/").get_data(as_text=True)
    assert "<svg" in page
    assert 'class="qr"' in page
    assert qr_svg("") == ""


def test_sizes_follow_the_screens_own_millimetres(client):
    assert client.get("/kiosk.css").get_data(as_text=True) == ":root{--mm:5.9px}\n"


def test_the_state_of_health_tells_of_nobody(client, station):
    station.place("card", "Vera")
    assert client.get("/healthz").get_json() == {"ok": True, "state": "menu"}


def test_without_simulated_parts_there_is_no_bench(client):
    assert client.get("/bench").status_code == 404
    assert client.post("/bench/place", json={"reader": "pad", "tag": "Ronja"}).status_code == 404
