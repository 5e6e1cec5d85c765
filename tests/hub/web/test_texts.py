import re
from pathlib import Path

import pytest

from circulation.facts import Outcome
from hub.exceptions import SUGGESTION
from hub.web import texts

HUB = Path(texts.__file__).parents[1]
PLACE = re.compile(r"\{(\w+)\}")


def test_both_languages_have_the_same_words_with_the_same_places():
    swedish, english = texts.TEXTS["sv"], texts.TEXTS["en"]

    assert swedish.keys() == english.keys()
    for key, words in swedish.items():
        assert set(PLACE.findall(words)) == set(PLACE.findall(english[key])), key


def test_one_is_told_as_one():
    assert texts.text("en", "loans_count", n=1) == "One loan"
    assert texts.text("en", "loans_count", n=2) == "2 loans"
    assert texts.text("sv", "desk_all_alive", n=8) == "Alla 8 stationer svarar."


@pytest.mark.parametrize("page", sorted(HUB.glob("*/templates/**/*.html")), ids=lambda p: p.name)
def test_every_word_that_a_page_asks_for_is_there(page):
    asked = re.findall(r"""\bt\(["'](\w+)["'](?! ~)""", page.read_text(encoding="utf-8"))

    assert [key for key in asked if not texts.known("sv", key)] == []


@pytest.mark.parametrize(("kind", "suggestion"), SUGGESTION.items())
def test_the_desk_has_words_for_every_exception_and_what_to_do(kind, suggestion):
    assert texts.known("sv", f"exception_{kind}")
    assert texts.known("sv", f"suggest_{suggestion}")


@pytest.mark.parametrize("told", [*Outcome, "checkout", "checkin", "catalogue"])
def test_the_desk_has_words_for_whatever_a_visitor_was_told(told):
    assert texts.known("en", f"told_{told}")
