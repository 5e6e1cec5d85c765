from datetime import date

import pytest

from circulation.messages import ShelfHours
from hub.web.dates import clock, day, in_rows, lately, moment, open_now, weekday
from tests.hub.catalogue.cast import NOW_MS

TODAY = date(2026, 11, 25)


def hours(weekday, opens=600, closes=1080, *, staffed=True):
    return ShelfHours(weekday=weekday, opens=opens, closes=closes, staffed=staffed)


@pytest.fixture(params=["sv", "en"])
def language(rig, request):
    with rig.app.test_request_context(headers={"Accept-Language": request.param}):
        yield request.param


def test_days_and_times_are_told_as_the_reader_tells_them(language):
    told = (day(date(2026, 12, 24), TODAY), moment(NOW_MS), lately(NOW_MS), clock(570), weekday(0))

    assert told == {
        "sv": (
            "torsdag 24 december", "onsdag 25 november 2026 11.00", "25 nov. 11.00", "09.30",
            "måndag",
        ),
        "en": (
            "Thursday 24 December", "Wednesday 25 November 2026 11:00", "25 Nov 11:00", "09:30",
            "Monday",
        ),
    }[language]  # fmt: skip


def test_another_year_is_told(language):
    assert day(date(2027, 1, 7), TODAY).endswith(" 2027")


def test_days_in_a_row_that_are_alike_are_told_once():
    rows = in_rows([hours(0), hours(1), hours(2, closes=900), hours(4)])

    assert [(row.first, row.last) for row in rows] == [(0, 1), (2, 2), (4, 4)]


def test_a_branch_is_open_staffed_or_unstaffed_or_not():
    wednesday = [hours(2, 420, 660, staffed=False), hours(2, 660, 1080)]

    assert open_now(wednesday, [], NOW_MS - 1).staffed is False
    assert open_now(wednesday, [], NOW_MS).staffed is True
    assert open_now(wednesday, [], NOW_MS).until == 1080
    assert open_now(wednesday, [TODAY], NOW_MS) is None
    assert open_now([hours(3)], [], NOW_MS) is None
