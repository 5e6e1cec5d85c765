"""Point at a book and hear it."""

import pytest

from station.effects import (
    Earcon,
    Hush,
    Say,
    Volume,
)
from station.events import (
    HeadphonesChanged,
    Place,
    Pointed,
    SignPointed,
    StrangeTag,
)
from station.visit import State
from tests.station.rehearsal import (
    EMMA,
    RONJA,
    Rehearsal,
)


@pytest.fixture
def station():
    return Rehearsal()


def test_headphones_are_welcomed_with_the_screen_in_private(station):
    station.happens(HeadphonesChanged(plugged=True))
    assert "Välkommen till Vindelns bibliotek" in station.said


def test_headphones_pulled_out_silence_the_station_and_reset_its_volume(station):
    station.happens(HeadphonesChanged(plugged=True), Pointed(book=EMMA))
    made = station.happens(HeadphonesChanged(plugged=False))
    assert Hush() in made
    assert Volume(steps=0) in made
    assert station.session.hearing is None
    assert station.session.said is None


def test_a_touched_book_is_heard_in_its_own_language():
    station = Rehearsal(kind="listening")
    assert station.state == State.LISTENING
    made = station.happens(Pointed(book=EMMA))
    assert made[0] == Earcon(name="found")
    assert station.last(Say).private[0].language == "en"
    assert station.last(Say).private[0].text.startswith("Emma")
    assert "Jane Austen" in station.said


def test_the_same_book_again_tells_more_and_another_cuts_in():
    station = Rehearsal(kind="listening")
    station.happens(Pointed(book=EMMA), Pointed(book=EMMA))
    more = station.said
    station.happens(Pointed(book=RONJA))
    assert "Emma" not in more
    assert station.said.startswith("Ronja rövardotter")


def test_the_centre_key_tells_more_and_the_repeat_key_says_it_again():
    station = Rehearsal(kind="listening")
    station.happens(Pointed(book=EMMA))
    first = station.said
    station.keys("repeat")
    assert station.said == first
    station.keys("centre")
    assert station.said != first


@pytest.mark.parametrize("kind", ["unknown", "foreign", "unreadable"])
def test_a_tag_that_cannot_be_used_gets_a_kind_sentence(kind):
    station = Rehearsal(kind="listening")
    station.happens(StrangeTag(place=Place.FINGER, uid="1", kind=kind))
    assert station.said
    assert station.shown.lines[-1] == station.said


def test_a_shelf_sign_says_its_text():
    station = Rehearsal(kind="listening")
    station.happens(SignPointed(text="Deckare, A till L", language="swe"))
    assert station.said == "Deckare, A till L"


def test_at_a_loan_station_titles_are_not_said_over_the_speaker(station):
    station.happens(Pointed(book=EMMA))
    assert station.state == State.LISTENING
    assert "Emma" not in station.said_loud


def test_headphones_pulled_out_of_a_visit_warn_at_once(station):
    station.happens(HeadphonesChanged(plugged=True))
    station.card_accepted()
    made = station.happens(HeadphonesChanged(plugged=False))
    assert station.state == State.TIMEOUT
    assert station.shown.seconds_left == 20
    assert Volume(steps=0) in made


def test_a_shelf_sign_speaks_english_to_whoever_chose_english(station):
    station.press("lang")
    station.happens(SignPointed(text="Talböcker", language="swe", text_en="Talking books"))
    assert station.said == "Talking books"
