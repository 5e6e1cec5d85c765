"""The bench's hands: what they do passes through the real drivers."""

import time

import pytest

from station.simulation import LIFT_SECONDS
from tests.station.machine import BOOKS, CARD, running, stock, write_station

CARD_TAG, FIRST, SECOND = f"card-{CARD}", *(f"book-{item}" for item in BOOKS)


@pytest.fixture
def station(tmp_path):
    path = write_station(tmp_path)
    stock(path)
    with running(path) as desk:
        yield desk


def test_a_tag_lies_in_one_place_at_a_time(station):
    station.post("bench/place", reader="pad", tag=FIRST)
    station.post("bench/place", reader="finger", tag=FIRST)

    assert station.get("bench/state")["placed"] == {"card": [], "finger": [FIRST], "pad": []}


def test_no_tag_is_laid_down_again_faster_than_a_hand_can(station):
    station.post("bench/place", reader="pad", tag=FIRST)
    station.until(lambda s: s["state"] == "return" and s["rows"], "it is taken back")
    station.post("bench/remove", reader="pad", tag=FIRST)
    begun = time.monotonic()
    station.post("bench/place", reader="pad", tag=FIRST)

    assert time.monotonic() - begun > LIFT_SECONDS * 0.8
    begun = time.monotonic()
    station.post("bench/place", reader="pad", tag=SECOND)
    assert time.monotonic() - begun < LIFT_SECONDS


def test_headphones_and_the_lamp_are_those_of_the_real_panel(station):
    station.post("bench/headphones", **{"in": True})
    station.until(lambda _: station.get("bench/state")["headphones"], "they are in")
    station.until(lambda _: station.get("bench/heard"), "the welcome is spoken")

    assert station.get("bench/state")["lamp"] != ""


def test_what_was_spoken_long_ago_is_not_kept(station):
    with pytest.raises(OSError, match="404"):
        station.get("bench/heard/99999.wav")
