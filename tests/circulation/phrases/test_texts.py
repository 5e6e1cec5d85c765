"""A station's sentences as data."""

from datetime import date

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
