import pytest

from circulation.phrases.numbers import digits, in_words, ordinal, roman


@pytest.mark.parametrize(
    ("number", "gender", "said"),
    [
        (0, "en", "noll"),
        (1, "en", "en"),
        (1, "ett", "ett"),
        (12, "en", "tolv"),
        (21, "en", "tjugoen"),
        (30, "ett", "trettio"),
        (101, "en", "etthundraen"),
        (1985, "ett", "ett tusen niohundraåttiofem"),
    ],
)
def test_swedish_numbers_have_the_gender_of_what_is_counted(number, gender, said):
    assert in_words(number, "sv", gender) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1, "one"),
        (13, "thirteen"),
        (40, "forty"),
        (99, "ninety-nine"),
        (250, "two hundred and fifty"),
    ],
)
def test_english_numbers_are_words(number, said):
    assert in_words(number, "en") == said


@pytest.mark.parametrize(
    ("day", "sv", "en"),
    [
        (1, "första", "first"),
        (3, "tredje", "third"),
        (12, "tolfte", "twelfth"),
        (20, "tjugonde", "twentieth"),
        (21, "tjugoförsta", "twenty-first"),
        (30, "trettionde", "thirtieth"),
        (31, "trettioförsta", "thirty-first"),
    ],
)
def test_the_days_of_a_month_are_ordinals(day, sv, en):
    assert (ordinal(day, "sv"), ordinal(day, "en")) == (sv, en)


def test_no_two_days_of_a_month_sound_the_same():
    assert len({ordinal(day, "sv") for day in range(1, 32)}) == 31


def test_a_code_is_said_sign_by_sign_in_threes():
    assert digits("7K2-408", "sv") == "sju K två, fyra noll åtta"
    assert digits("105", "en") == "one zero five"


@pytest.mark.parametrize(
    ("numeral", "value"), [("IV", 4), ("XII", 12), ("XC", 90), ("MIX", 0), ("", 0)]
)
def test_roman_numerals_are_read_and_years_in_them_are_not(numeral, value):
    assert roman(numeral) == value
