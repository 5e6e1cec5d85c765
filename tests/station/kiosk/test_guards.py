"""Strangers' pages are kept away."""

import socket

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


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example"),
        *("192.0.2.7", "[2001:db8::7]:80", "[::1", "", "2130706433"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_name_that_is_not_the_stations_is_not_answered(client, station, host, method):
    headers = {"Host": host, "Origin": f"http://{host}"}
    answer = client.open("/press", method=method, data={"button": "help"}, headers=headers)

    assert answer.status_code == 403
    assert client.get("/", headers={"Host": host}).status_code == 403
    assert station.state == "idle"


def own_address():
    """Return an address of this machine's besides loopback, or skip."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: only the route is looked up
        except OSError:
            pytest.skip("this machine has no other address")
        return probe.getsockname()[0]


@pytest.mark.parametrize(
    "host",
    ["localhost:8080", "127.0.0.1", "127.0.0.2:9", "[::1]:8080", "Kiosk.Example", own_address],
)
def test_the_stations_own_name_and_addresses_are_answered(station, host):
    client = create_app(station, name="kiosk.example").test_client()
    host = host() if callable(host) else host
    headers = {"Host": host, "Origin": f"http://{host}"}

    assert client.post("/press", data={"button": "help"}, headers=headers).status_code == 204


def test_the_stations_own_page_may_press(client):
    headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/press", data={"button": "help"}, headers=headers).status_code == 204


def test_nothing_from_elsewhere_may_load_or_frame_the_page(client):
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "http" not in client.get("/").get_data(as_text=True).replace("http-equiv", "")
