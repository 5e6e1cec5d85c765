"""Time passes at a station."""

import pytest

from station.effects import Volume
from station.visit import State
from tests.station.rehearsal import RONJA, Rehearsal


@pytest.fixture
def station():
    return Rehearsal()


def test_an_unattended_visit_is_warned_of_and_then_forgotten(station):
    station.card_accepted()
    station.wait(39)
    assert station.state == State.MENU
    station.wait(1)
    assert station.state == State.TIMEOUT
    assert station.shown.seconds_left == 20
    station.wait(20)
    assert station.state == State.IDLE
    assert station.session.card is None
    assert station.last(Volume).steps == 0


def test_any_key_gives_more_time(station):
    station.card_accepted()
    station.wait(45)
    station.keys("7")
    assert station.state == State.MENU
    station.wait(39)
    assert station.state == State.MENU


def test_at_the_warning_the_arrows_reach_finish_now(station):
    station.card_accepted()
    station.wait(58)
    station.keys("right", "right")
    assert station.shown.focus == "finish_now"
    assert station.shown.seconds_left == 20
    station.keys("centre")
    assert station.state == State.BYE


def test_the_countdown_is_a_new_screen_every_second(station):
    station.card_accepted()
    station.wait(45)
    before = station.session, station.shown
    station.wait(1)
    assert station.session != before[0]
    assert station.shown.seconds_left == before[1].seconds_left - 1


def test_no_warning_comes_while_the_catalogue_is_asked(station):
    station.card_accepted()
    station.place(RONJA)
    station.wait(59)
    assert station.state == State.READING
