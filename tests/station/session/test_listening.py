"""Point at a book and hear it."""

import pytest

from circulation.messages import CopiesHere
from station.effects import (
    AskCopies,
    Earcon,
    Hush,
    Say,
    Volume,
)
from station.events import (
    CopiesAnswered,
    HeadphonesChanged,
    NoAnswer,
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


@pytest.mark.parametrize("kind", ["unknown", "foreign"])
def test_a_tag_that_nobody_knows_leads_to_somebody_who_can_help(kind):
    station = Rehearsal(kind="listening")
    station.happens(StrangeTag(place=Place.FINGER, uid="1", kind=kind))
    assert station.said.endswith("Personalen i disken hjälper dig gärna.")

    station.set(staffed=False)
    station.happens(StrangeTag(place=Place.FINGER, uid="1", kind=kind))
    assert "Ring noll nio tre" in station.said


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


HERE = (
    CopiesHere(branch="Vindelns bibliotek", copies=2, copies_in=1),
    CopiesHere(branch="Umeå stadsbibliotek", copies=1, copies_in=0),
)


def found(ask, places=HERE, *, known=True):
    return CopiesAnswered(ask=ask, known=known, places=places, waiting=2)


@pytest.fixture
def hearing():
    station = Rehearsal(kind="listening")
    station.happens(Pointed(book=EMMA))
    return station


def test_more_ends_with_whether_it_is_in_where_and_how_many_wait(hearing):
    assert hearing.all(AskCopies) == []
    hearing.happens(Pointed(book=EMMA))
    more, ask = hearing.said, hearing.last(AskCopies)
    assert ask.title == EMMA.title.id

    hearing.happens(found(ask.ask))

    assert hearing.last(Say).after
    assert hearing.said == (
        "Vindelns bibliotek: ett inne. Umeå stadsbibliotek: utlånad. Två står i kö."
    )
    assert "Vindelns bibliotek: ett inne." in hearing.shown.lines
    hearing.keys("repeat")
    assert (
        hearing.said == f"{more} Vindelns bibliotek: ett inne. Umeå stadsbibliotek: utlånad. "
        "Två står i kö."
    )


def test_whoever_has_gone_on_to_another_book_hears_nothing_more_of_the_first(hearing):
    hearing.happens(Pointed(book=EMMA))
    ask = hearing.last(AskCopies).ask
    hearing.happens(Pointed(book=RONJA))
    before = len(hearing.effects)

    hearing.happens(found(ask), NoAnswer(ask=ask))

    assert hearing.effects[before:] == []
    assert "Vindelns" not in str(hearing.shown.lines)


@pytest.mark.parametrize("how", ["silent", "unknown", "nowhere", "down"])
def test_where_the_hub_tells_nothing_what_there_was_to_say_has_been_said(hearing, how):
    hearing.set(line_up=how != "down")
    hearing.happens(Pointed(book=EMMA))
    if how == "down":
        assert hearing.all(AskCopies) == []
        return
    ask, before = hearing.last(AskCopies).ask, hearing.said
    answers = {
        "silent": NoAnswer(ask=ask),
        "unknown": found(ask, (), known=False),
        "nowhere": found(ask, ()),
    }

    hearing.happens(answers[how])

    assert hearing.session.wonders is None
    assert hearing.said in (before, "")


def test_where_a_book_is_is_not_said_over_the_speaker_of_a_loan_station(station):
    station.happens(Pointed(book=EMMA), Pointed(book=EMMA))
    station.happens(found(station.last(AskCopies).ask))

    assert station.said_loud == ""


def test_a_sign_is_read_as_one_reads_aloud(hearing):
    hearing.happens(SignPointed(text="Hylla Hc.03, A-L", language="swe"))

    assert hearing.said == "Hylla hå se punkt noll tre, A-L"
