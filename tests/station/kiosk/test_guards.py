"""Strangers' pages are kept away."""

import pytest

from station.kiosk.page import create_app
from tests.station.kiosk.rehearsed import RehearsedStation


@pytest.fixture
def station():
    return RehearsedStation()


@pytest.fixture
def client(station):
    return create_app(station).test_client()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "null"},
        {"Origin": "http://[::1"},
    ],
)
def test_another_sites_page_cannot_press_the_stations_buttons(client, station, headers):
    answer = client.post("/press", data={"button": "help"}, headers=headers)
    assert answer.status_code == 403
    assert station.state == "idle"


def test_the_stations_own_page_may_press(client):
    headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/press", data={"button": "help"}, headers=headers).status_code == 204


def test_nothing_from_elsewhere_may_load_or_frame_the_page(client):
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "http" not in client.get("/").get_data(as_text=True).replace("http-equiv", "")
