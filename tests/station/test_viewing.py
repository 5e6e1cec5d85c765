"""What the pages see of the decider, each on a thread of its own."""

import json
import threading

import pytest

from station.viewing import Viewing
from tests.station.machine import CARD, running, stock, write_station


@pytest.fixture
def station(tmp_path):
    path = write_station(tmp_path)
    stock(path)
    with running(path) as desk:
        yield desk


@pytest.fixture
def viewing(station):
    viewing = Viewing(station.app.decider, (800, 480), 5.19, has_screen=True)
    yield viewing
    viewing.close()


def following(viewing):
    """Return the states that a page sees, as they come, and the thread that follows them."""
    seen: list[str] = []

    def follow():
        with viewing.changes() as changes:
            for _ in changes:
                seen.append(viewing.screen().state)  # noqa: PERF401 - looked at as it grows

    thread = threading.Thread(target=follow, name="page")
    thread.start()
    return seen, thread


def test_a_page_sees_the_present_screen_at_once_and_every_new_one(station, viewing):
    seen, _ = following(viewing)
    station.until(lambda _: seen == ["idle"], "the page has the first screen")

    viewing.press("help")

    station.until(lambda _: seen[-1] == "help", "the page has the next")


def test_a_key_on_the_glass_is_a_key_of_the_pad(station, viewing):
    viewing.key("right")

    station.until(lambda screen: screen["focus"] == "listen", "the first button has the focus")


def test_every_page_ends_with_its_station(station, viewing):
    pages = [following(viewing)[1] for _ in range(3)]

    viewing.close()

    for page in pages:
        page.join(5)
        assert not page.is_alive()


def test_how_a_station_fares_tells_nothing_of_anybody(station, viewing):
    station.post("bench/place", reader="card", tag=f"card-{CARD}")
    station.until(lambda screen: screen["state"] == "offline", "the card is accepted")

    health = viewing.health()

    assert set(health) == {"station", "alive", "owed", "faults", "clock_trusted", "shelf"}
    assert (health["station"], health["alive"], health["shelf"]) == ("vindeln-1", True, True)
    assert CARD not in json.dumps(health)
