"""What answers mean, however they are written."""

import operator
from datetime import date

import pytest

from circulation.verdicts import Reason
from hub.catalogue.sip2 import answers
from hub.catalogue.sip2.answers import SOMEBODY
from hub.sip2.codec import Message
from hub.web import texts

GOOD = " " * 14


def copy(status, *fields):
    told = (("AB", "B-1"), ("AJ", "På ön"), *fields)
    return answers.copy("B-1", Message("18", {"circulation_status": status}, told))


def patron(*fields, status=GOOD, **counts):
    fixed = {"patron_status": status, **counts}
    return answers.patron("K-1", Message("64", fixed, (("AA", "K-1"), *fields)))


@pytest.mark.parametrize("status", ["04", "05", "07", "11", "12"])
def test_what_is_charged_recalled_claimed_or_lost_is_somebodys(status):
    seen = copy(status, ("AH", "24.12.2026"))

    assert (seen.on_loan, seen.due) == (True, date(2026, 12, 24))


@pytest.mark.parametrize("status", ["01", "03", "06", "08", "10", "13", ""])
def test_all_else_is_not_on_loan(status):
    assert not copy(status, ("AH", "20261224    235959")).on_loan


def test_who_it_is_kept_for_is_told_or_not():
    assert copy("08").reserved_for == SOMEBODY
    assert copy("08", ("CY", "K-2")).reserved_for == "K-2"
    assert copy("03").reserved_for is None


def test_a_copy_without_status_and_title_is_unknown():
    assert answers.copy("B-9", Message("18", {"circulation_status": "01"}, ())) is None


@pytest.mark.parametrize(
    ("status", "refused"),
    [
        (GOOD, None),
        ("Y" + " " * 13, Reason.CARD_REFUSED),
        ("    Y" + " " * 9, Reason.CARD_REFUSED),
        ("   Y" + " " * 10, None),
        ("Y    Y" + " " * 8, None),
        ("      Y" + " " * 7, None),
        ("", None),
    ],
    ids=["good", "charge denied", "lost", "hold denied", "too many", "late", "nothing"],
)
def test_not_every_letter_keeps_from_borrowing(status, refused):
    assert patron(("BL", "Y"), status=status).refused is refused


def test_a_patron_is_known_by_word_or_by_name():
    assert patron(("BL", "N"), ("AE", "Anna")).patron is None
    assert patron(("AE", "Anna")).patron == "K-1"
    assert patron(("AE", "")).patron is None
    assert patron(("BL", "N")).refused is Reason.CARD_REFUSED


def test_a_pin_is_right_where_it_is_said_to_be_and_only_there():
    assert patron(("BL", "Y"), ("CQ", "Y")).pin_right
    assert not patron(("BL", "Y")).pin_right
    assert not patron(("BL", "N"), ("CQ", "Y")).pin_right


@pytest.mark.parametrize(
    ("listed", "count", "has"),
    [(("B-1",), "0001", True), ((), "0000", False), ((), "0001", None), (("B-2",), "    ", False)],
)
def test_a_list_that_is_not_whole_does_not_say_no(listed, count, has):
    fields = [("BL", "Y"), *(("AU", item) for item in listed)]

    assert patron(*fields, charged_items=count).has("B-1", operator.eq) is has


@pytest.mark.parametrize(
    ("told", "ore"),
    [("12.50", 1250), ("12,50", 1250), ("1 200", 120000), ("", 0), ("-3", 0), ("x", 0)],
)
def test_an_amount_is_read_as_people_write_it(told, ore):
    assert patron(("BL", "Y"), ("BV", told)).fees_ore == ore


def test_a_year_of_birth_is_told_by_some():
    assert patron(("BL", "Y"), ("PB", "19800211")).birth_year == 1980
    assert patron(("BL", "Y")).birth_year == 0


@pytest.mark.parametrize("medium", ["", *(f"{number:03}" for number in range(12)), "xyz"])
def test_whatever_medium_is_told_it_is_of_a_kind_that_pages_have_words_for(medium):
    kind = copy("04", ("CK", medium)).kind

    for language in texts.LANGUAGES:
        assert texts.known(language, f"kind_{kind}")


def test_a_magazine_is_a_periodical_and_a_video_a_film():
    kinds = [copy("04", ("CK", medium)).kind for medium in ("001", "002", "005", "006")]

    assert kinds == ["book", "periodical", "film", "recording"]
