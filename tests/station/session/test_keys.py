"""Keys choose, press, and change the volume."""

import pytest

from circulation.utterances import Chunk
from station.effects import Earcon, Say, Volume
from station.events import HeadphonesChanged, Pointed
from station.visit import State
from tests.station.rehearsal import EMMA, RONJA, Rehearsal


@pytest.fixture
def station():
    return Rehearsal()


def test_the_chosen_button_is_spoken_and_pressed_by_the_centre(station):
    station.keys("right", "right")
    assert station.said == "Hjälp."
    station.keys("centre")
    assert station.state == State.HELP


def test_louder_changes_the_volume_without_cutting_the_voice(station):
    assert station.keys("louder") == (Volume(steps=1), Earcon(name="digit"))


@pytest.fixture
def hearing():
    station = Rehearsal(kind="listening")
    station.happens(Pointed(book=EMMA))
    return station


def test_the_repeat_key_says_it_again_then_slower_then_spelled_and_then_from_the_beginning(hearing):
    heard = hearing.last(Say)

    said = [hearing.keys("repeat")[0] for _ in range(4)]

    assert [each.slower for each in said] == [0, 1, 0, 0]
    assert [each.private for each in said[:2] + said[3:]] == [heard.private] * 3
    assert said[2].private == (Chunk("Erik, Martin, Martin, Adam.", "sv"),)


def test_where_no_title_is_at_hand_the_third_time_is_slower_still(station):
    station.keys("right")
    heard = station.said

    said = [station.keys("repeat")[0] for _ in range(3)]

    assert [each.slower for each in said] == [0, 1, 2]
    assert {each.private[0].text for each in said} == {heard}


def test_whatever_else_is_heard_is_repeated_from_its_beginning(hearing):
    hearing.keys("repeat", "repeat", "louder", "repeat")
    assert hearing.said.startswith("Erik, Martin")

    hearing.happens(Pointed(book=RONJA))

    assert hearing.keys("repeat")[0].slower == 0
    assert hearing.said.startswith("Ronja")


def test_the_next_visitor_hears_what_was_last_said_to_them(hearing):
    hearing.keys("repeat", "repeat")
    hearing.happens(HeadphonesChanged(plugged=False), HeadphonesChanged(plugged=True))
    welcome = hearing.said

    assert hearing.keys("repeat")[0].slower == 0
    assert hearing.said == welcome


def test_a_title_is_not_spelled_over_the_speaker_of_a_loan_station():
    station = Rehearsal()
    station.happens(Pointed(book=EMMA))
    station.keys("repeat", "repeat", "repeat")

    said = station.last(Say)
    assert said.private[0].text.startswith("Erik")
    assert "Erik" not in said.loud[0].text
