import hashlib

from circulation.phrase_list import WORDS_BYTES
from speech.stored import NoPhrases, words


def test_the_same_words_in_another_language_are_another_phrase():
    assert words("Emma.", "sv") != words("Emma.", "en")
    assert words("Emma.", "sv") == words("Emma.", "sv")


def test_words_are_called_as_the_explanation_says():
    expected = hashlib.sha256("sv\0Röda rummet.".encode()).digest()[:16]

    assert words("Röda rummet.", "sv") == expected
    assert len(expected) == WORDS_BYTES


def test_a_station_without_phrases_has_none():
    nothing = NoPhrases()
    nothing.damaged(b"x")

    assert nothing.sound(b"x") is None
