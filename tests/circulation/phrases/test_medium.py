import pytest

from circulation.phrases.medium import as_told, counted, gender, noun, the


@pytest.mark.parametrize(
    ("kinds", "sv", "en"),
    [
        (["book"], "en bok", "one book"),
        (["book"] * 3, "tre böcker", "three books"),
        (["film"] * 2, "två filmer", "two films"),
        (["talking_book"] * 2, "två talböcker", "two talking books"),
        (["book", "film"], "två lån", "two loans"),
        (["other"], "ett lån", "one loan"),
        ([], "noll lån", "zero loans"),
    ],
)
def test_what_is_counted_is_called_by_its_kind_and_a_mixture_loans(kinds, sv, en):
    assert (counted(kinds, "sv"), counted(kinds, "en")) == (sv, en)


def test_the_thing_itself_has_its_definite_form():
    assert (the("book", "sv"), the("film", "en")) == ("boken", "the film")


def test_a_loan_is_neuter_and_a_book_is_not():
    assert (gender("other"), gender("book")) == ("ett", "en")
    assert noun("periodical", "sv", 2) == "tidskrifter"


def test_a_book_is_not_told_to_be_a_book():
    assert as_told("book", "sv") == ""
    assert as_told("talking_book", "sv") == "talbok"
