"""What is rendered is letter for letter what a station says."""

import pytest

from circulation.identifiers import TitleId
from circulation.messages import ShelfSaying, ShelfSign, ShelfTitle
from circulation.phrases.lexicon import Lexicon
from circulation.phrases.titles import spoken_more, spoken_title
from hub.catalogue.menu import Place
from hub.phrases.wanted import Wording, in_order
from speech import stored
from speech.engine import sentences

NOVEL = ShelfTitle(
    id=TitleId("1"), title="The red room", author="August Strindberg", language="eng",
    summary="A young clerk leaves his office. He becomes a writer.",
)  # fmt: skip
OTHER = ShelfTitle(id=TitleId("2"), title="Röda rummet", author="August Strindberg")
ODD = {
    "empty": ShelfTitle(id=TitleId("3"), title=""),
    "long": ShelfTitle(id=TitleId("4"), title="ord " * 500),
    "right to left": ShelfTitle(id=TitleId("5"), title="ألف ليلة وليلة", language="ara"),
    "emoji": ShelfTitle(id=TitleId("6"), title="👩‍👧 Familjen"),
    "digits": ShelfTitle(id=TitleId("7"), title="1984"),
    "no language": ShelfTitle(id=TitleId("8"), title="Untitled", language="und"),
    "another script": ShelfTitle(id=TitleId("9"), title="Война и мир", language="swe"),
    "markup": ShelfTitle(id=TitleId("10"), title="<speak>Hej</speak>"),
    "controls": ShelfTitle(id=TitleId("11"), title="A\x00B"),
}


WORDING = Wording()


def texts(found):
    return [(sentence.text, sentence.language) for sentence in found]


@pytest.mark.parametrize("ui", ["sv", "en"])
def test_every_sentence_said_at_a_touch_is_found_by_its_words(ui):
    known = {sentence.words for sentence in WORDING.of_title(NOVEL).touch}

    for chunk in spoken_title(NOVEL, ui):
        for sentence in sentences(chunk.text):
            assert stored.words(sentence, chunk.language) in known


def test_visitors_of_both_languages_hear_frame_words_of_their_own():
    touch = texts(WORDING.of_title(NOVEL).touch)

    assert touch[0] == ("The red room.", "en")
    assert ("av August Strindberg.", "sv") in touch
    assert ("by August Strindberg.", "en") in touch


def test_more_is_told_apart_from_the_touch():
    spoken = WORDING.of_title(NOVEL)

    assert ("A young clerk leaves his office.", "en") in texts(spoken.more)
    assert not set(spoken.touch) & set(spoken.more)


def test_what_has_a_blank_to_fill_in_is_never_stored():
    assert all("{" not in sentence.text for sentence in WORDING.of_stations())
    assert {"sv", "en"} == {sentence.language for sentence in WORDING.of_stations()}


def test_nothing_comes_twice_and_the_branchs_own_titles_come_first():
    spoken = [WORDING.of_title(NOVEL), WORDING.of_title(OTHER)]

    own = list(WORDING.of_stations())
    newest_first = in_order(own, spoken)
    here_first = in_order(own, spoken, frozenset({OTHER.id}))

    assert len(set(newest_first)) == len(newest_first)
    assert set(newest_first) == set(here_first)
    order = [text for text, _ in texts(here_first)]
    assert here_first[: len(set(own))] == list(dict.fromkeys(own))
    assert order.index("Röda rummet.") < order.index("The red room.")
    assert order.index("The red room.") < order.index("A young clerk leaves his office.")


@pytest.mark.parametrize("name", sorted(ODD))
def test_whatever_a_title_is_its_phrases_are_what_a_station_asks_for(name):
    title = ODD[name]
    spoken = WORDING.of_title(title)
    known = {sentence.words for sentence in (*spoken.touch, *spoken.more)}

    assert spoken.touch
    for utterance in (spoken_title(title, "sv"), spoken_more(title, "sv")):
        for chunk in utterance:
            assert {stored.words(each, chunk.language) for each in sentences(chunk.text)} <= known


def test_what_is_said_has_an_end_as_a_station_gives_it_one():
    own = WORDING.of_stations()

    assert ("Hear more about it.", "en") not in texts(own)
    assert ("Borrow.", "en") in texts(own)
    assert ("Three of seven.", "en") in texts(own)
    assert all(text[-1] in ".?!:" for text, _ in texts(own))


def test_the_menu_and_the_signs_of_librarians_are_said_in_both_languages():
    place = Place(id="a", name="Evenemang", name_en="Events", text="Sagostund kl. 10.")
    sign = ShelfSign(id="s", text="Talböcker", text_en="Talking books")

    found = texts(WORDING.of_librarians([place], [sign]))

    assert ("Evenemang.", "sv") in found
    assert ("Events.", "en") in found
    assert ("Sagostund klockan 10.", "sv") in found
    assert ("Talböcker", "sv") in found
    assert ("Talking books", "en") in found


def test_words_are_stored_as_librarians_have_them_said():
    saying = ShelfSaying(id="1", written="Wilde", said="Vajld", language="sv")
    wording = Wording(Lexicon([saying]))
    title = ShelfTitle(id=TitleId("1"), title="Salome", author="Oscar Wilde", language="eng")

    found = texts(wording.of_title(title).touch)

    assert ("av Oscar Vajld.", "sv") in found
    assert ("by Oscar Wilde.", "en") in found
