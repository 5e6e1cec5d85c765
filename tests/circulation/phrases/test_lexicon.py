"""A librarian's word on how something is said stands wherever it is said."""

import pytest

from circulation.messages import ShelfSaying, ShelfTitle
from circulation.phrases.lexicon import AS_WRITTEN, Lexicon
from circulation.phrases.titles import spoken_title
from circulation.utterances import Chunk, text_of


def lexicon(*sayings):
    return Lexicon(
        ShelfSaying(id=str(n), written=written, said=said, language=language)
        for n, (written, said, language) in enumerate(sayings)
    )


def said(words, text, language="sv"):
    return text_of(words.said((Chunk(text, language),)))


def test_a_title_and_a_name_are_said_as_the_librarian_has_it():
    words = lexicon(
        ("Wuthering Heights", "Vadering hajts", ""), ("Emily Brontë", "Emili Bronti", "")
    )
    title = ShelfTitle(id="1", title="Wuthering Heights", author="Emily Brontë", language="eng")

    assert words.said(spoken_title(title, "sv")) == (
        Chunk("Vadering hajts.", "en"),
        Chunk("av Emili Bronti.", "sv"),
    )


def test_only_whole_words_are_meant_in_great_letters_or_small():
    words = lexicon(("Åre", "Åår", ""))

    assert said(words, "ÅRE och åre, men Året") == "Åår och Åår, men Året"


def test_the_longest_that_fits_is_taken_and_what_was_put_in_is_left():
    words = lexicon(("Jo", "Jå", ""), ("Jo Nesbø", "Jo Nesbö", ""))

    assert said(words, "Jo Nesbø och Jo") == "Jo Nesbö och Jå"


def test_what_is_of_one_language_is_said_in_that_alone_and_goes_before_what_is_of_all():
    words = lexicon(("Umeå", "Ume", ""), ("Umeå", "Oomeo", "en"))

    assert [said(words, "Umeå", language) for language in ("sv", "en", "fi")] == [
        "Ume", "Oomeo", "Ume",
    ]  # fmt: skip


def test_what_is_said_in_words_is_found_as_it_is_written_in_the_catalogue():
    words = lexicon(("Karl XII", "kungen", "sv"))

    assert said(words, "Karl den tolfte red") == "kungen red"


@pytest.mark.parametrize("written", ["a.*", "(", "[x]", "$1", "\\d"])
def test_signs_are_signs_and_no_pattern(written):
    assert said(lexicon((written, "x", "")), "abc 1") == "abc 1"


@pytest.mark.parametrize("title", ["İstanbul", "ıstanbul"])
def test_a_word_of_other_letters_that_only_look_alike_is_said_as_it_is_written(title):
    assert said(lexicon(("Istanbul", "Istambul", "")), f"{title}, ISTANBUL") == f"{title}, Istambul"


def test_without_sayings_nothing_is_touched():
    utterance = (Chunk("Emma", "en"),)

    assert AS_WRITTEN.said(utterance) is utterance
    assert not AS_WRITTEN
