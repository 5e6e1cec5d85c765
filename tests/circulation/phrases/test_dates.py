from datetime import date

import pytest

from circulation.phrases.dates import spoken_date, spoken_length, spoken_year, written_date

TODAY = date(2026, 11, 2)


def test_a_due_date_is_said_with_its_weekday_and_without_this_year():
    due = date(2026, 11, 23)

    assert spoken_date(due, "sv", TODAY) == "måndag den tjugotredje november"
    assert spoken_date(due, "en", TODAY) == "Monday the twenty-third of November"


def test_a_due_date_in_another_year_says_which():
    due = date(2027, 1, 4)

    assert spoken_date(due, "sv", TODAY) == "måndag den fjärde januari tjugohundratjugosju"
    assert (
        spoken_date(due, "en", TODAY)
        == "Monday the fourth of January two thousand and twenty-seven"
    )


def test_a_screen_keeps_the_digits():
    assert written_date(date(2026, 12, 21), "sv", TODAY) == "21 december"
    assert written_date(date(2026, 12, 21), "en", TODAY) == "21 December"
    assert written_date(date(2027, 1, 4), "sv", TODAY) == "4 januari 2027"


@pytest.mark.parametrize(
    ("year", "sv", "en"),
    [
        (1914, "nittonhundrafjorton", "nineteen fourteen"),
        (1905, "nittonhundrafem", "nineteen oh five"),
        (1900, "nittonhundra", "nineteen hundred"),
        (2004, "tjugohundrafyra", "two thousand and four"),
    ],
)
def test_years_are_said_as_people_say_them(year, sv, en):
    assert (spoken_year(year, "sv"), spoken_year(year, "en")) == (sv, en)


@pytest.mark.parametrize(
    ("minutes", "sv", "en"),
    [
        (552, "nio timmar och tolv minuter", "nine hours and twelve minutes"),
        (61, "en timme och en minut", "one hour and one minute"),
        (60, "en timme", "one hour"),
        (45, "fyrtiofem minuter", "forty-five minutes"),
        (0, "", ""),
    ],
)
def test_a_length_is_said_in_hours_and_minutes(minutes, sv, en):
    assert (spoken_length(minutes, "sv"), spoken_length(minutes, "en")) == (sv, en)
