import pytest

from circulation.phrases.editions import (
    pages_of,
    series_of,
    spoken_edition,
    spoken_extent,
    spoken_series,
)
from circulation.phrases.marc import MarcFields


@pytest.mark.parametrize(
    ("edition", "sv", "en"),
    [
        ("1. uppl", "första upplagan", "first edition"),
        ("2:a uppl", "andra upplagan", "second edition"),
        ("Ny, utök. utg", "utökade, nya upplagan", "enlarged, new edition"),
        ("Second edition", "andra upplagan", "second edition"),
        ("2004 års utgåva", "", ""),
        ("Stor stil", "", ""),
    ],
)
def test_an_edition_is_said_where_it_says_something_sure(edition, sv, en):
    assert (spoken_edition(edition, "sv"), spoken_edition(edition, "en")) == (sv, en)


@pytest.mark.parametrize(
    ("number", "said"),
    [("3", "nummer tre i serien X"), ("del 3", "nummer tre i serien X"), ("", "ingår i serien X"),
     ("IV", "nummer fyra i serien X"), ("0", "ingår i serien X"), ("2010:3", "ingår i serien X")],
)  # fmt: skip
def test_which_one_of_a_series_is_said_where_it_is_a_number(number, said):
    assert spoken_series("X", number, "sv") == said


def test_no_series_is_no_word_about_one():
    assert series_of(MarcFields(control_number="1", f490=((" ;", "2"),))) == ("", "")
    assert spoken_series("", "2", "sv") == ""


def test_pages_are_the_greatest_run_and_nothing_that_is_too_many():
    fields = MarcFields(control_number="1", f300=("XII, 245, [3] s. : ill.", "99999 s."))

    assert pages_of(fields) == 245
    assert spoken_extent(1, illustrated=True, ui="sv") == "en sida, illustrerad"
    assert spoken_extent(0, illustrated=False, ui="sv") == ""
