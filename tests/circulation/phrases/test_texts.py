"""A station's sentences as data."""

import re
from datetime import date

import pytest

from circulation.phrases.texts import code, day, knows, number, phrase, texts


def test_a_date_is_shown_in_figures_and_said_in_words():
    due = day(date(2026, 12, 21), "sv", date(2026, 11, 23))
    filled = phrase("sv", "row.lent", due=due)
    assert filled.seen == "Lämnas tillbaka senast den 21 december"
    assert filled.said == "Lämnas tillbaka senast måndag den tjugoförsta december"


def test_a_text_begins_with_a_capital_whatever_fills_it():
    assert phrase("sv", "loans.lent_many", lent=number(2, "sv")).seen == "Två lånade"


def test_a_code_is_said_sign_by_sign():
    assert code("R2", "sv").said == "R två"


def test_only_known_texts_are_known():
    assert knows("en", "fault.line1_unstaffed")
    assert not knows("en", "fault.line9")


def test_both_languages_have_every_text():
    assert set(texts("sv")) == set(texts("en"))
    assert all(text.strip() for lang in ("sv", "en") for text in texts(lang).values())


@pytest.mark.parametrize("ui", ["sv", "en"])
def test_nobody_is_sent_to_staff_who_are_not_there(ui):
    to_staff = re.compile(r"personalen|disken|\bthe staff\b|\bthe desk\b", re.IGNORECASE)
    sends = [
        key
        for key, text in texts(ui).items()
        if to_staff.search(text) and not key.endswith("_unstaffed")
    ]

    # Staff are called, and what comes of it is told, only where there are any.
    for key in ("browse.called", "browse.coming", "browse.unmet"):
        if key in sends:
            sends.remove(key)
    assert len(sends) > 5
    assert [key for key in sends if not knows(ui, f"{key}_unstaffed")] == []
