from circulation.phrases.signs import in_words_for, spoken_sign
from circulation.utterances import Chunk


def test_a_sign_is_said_in_the_visitors_language_where_it_has_such_words():
    assert spoken_sign("Talböcker", "Talking books", "swe", "sv") == Chunk("Talböcker", "sv")
    assert spoken_sign("Talböcker", "Talking books", "swe", "en") == Chunk("Talking books", "en")


def test_without_such_words_it_is_said_as_it_stands_by_a_voice_of_its_language():
    assert spoken_sign("Talböcker", "", "swe", "en") == Chunk("Talböcker", "sv")
    assert spoken_sign("Äänikirjat", "", "fin", "en") == Chunk("Äänikirjat", "fi")


def test_what_is_abbreviated_is_seen_so_and_said_whole():
    assert in_words_for("resor, bl.a. till fots", "", "swe", "sv").text == "resor, bl.a. till fots"
    assert "bland annat" in spoken_sign("resor, bl.a. till fots", "", "swe", "sv").text.lower()
