"""What is rendered is letter for letter what a station says."""

import pytest

from circulation.identifiers import TitleId
from circulation.messages import ShelfTitle
from circulation.phrases.titles import spoken_more, spoken_title
from hub.phrases.wanted import in_order, of_stations, of_title
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


def texts(found):
    return [(sentence.text, sentence.language) for sentence in found]


@pytest.mark.parametrize("ui", ["sv", "en"])
def test_every_sentence_said_at_a_touch_is_found_by_its_words(ui):
    known = {sentence.words for sentence in of_title(NOVEL).touch}

    for chunk in spoken_title(NOVEL, ui):
        for sentence in sentences(chunk.text):
            assert stored.words(sentence, chunk.language) in known


def test_visitors_of_both_languages_hear_frame_words_of_their_own():
    touch = texts(of_title(NOVEL).touch)

    assert touch[0] == ("The red room.", "en")
    assert ("av August Strindberg.", "sv") in touch
    assert ("by August Strindberg.", "en") in touch


def test_more_is_told_apart_from_the_touch():
    spoken = of_title(NOVEL)

    assert ("A young clerk leaves his office.", "en") in texts(spoken.more)
    assert not set(spoken.touch) & set(spoken.more)


def test_what_has_a_blank_to_fill_in_is_never_stored():
    assert all("{" not in sentence.text for sentence in of_stations())
    assert {"sv", "en"} == {sentence.language for sentence in of_stations()}


def test_nothing_comes_twice_and_the_branchs_own_titles_come_first():
    spoken = [of_title(NOVEL), of_title(OTHER)]

    own = list(of_stations())
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
    spoken = of_title(title)
    known = {sentence.words for sentence in (*spoken.touch, *spoken.more)}

    assert spoken.touch
    for utterance in (spoken_title(title, "sv"), spoken_more(title, "sv")):
        for chunk in utterance:
            assert {stored.words(each, chunk.language) for each in sentences(chunk.text)} <= known
