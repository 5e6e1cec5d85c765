"""A loan ends on a day when somebody can take the book back."""

from datetime import UTC, date, datetime

import pytest

from circulation.messages import ShelfHours
from circulation.open_days import due_day, staffed_at

WEDNESDAY = date(2026, 11, 25)
WEEKDAYS = [ShelfHours(weekday=day, opens=600, closes=1080, staffed=True) for day in range(5)]


def due(days, *, waiting=0, hours=(), closed=()):
    return due_day(WEDNESDAY, days, waiting=waiting, hours=list(hours), closed=list(closed))


def test_a_loan_lasts_as_many_days_as_its_library_lends():
    assert due(28) == date(2026, 12, 23)


@pytest.mark.parametrize(("waiting", "days"), [(2, 28), (3, 14), (9, 14)])
def test_a_loan_is_halved_when_three_wait(waiting, days):
    assert (due(28, waiting=waiting) - WEDNESDAY).days == days


def test_a_loan_never_ends_on_a_closed_day():
    assert due(3, hours=WEEKDAYS) == date(2026, 11, 30)
    assert due(28, hours=WEEKDAYS, closed=[date(2026, 12, 23)]) == date(2026, 12, 24)


def test_a_library_that_never_opens_again_still_gets_a_day():
    always = [WEDNESDAY.replace(month=12, day=day) for day in range(1, 32)]

    assert due(28, closed=always) == date(2027, 1, 1)


@pytest.mark.parametrize(("hour", "there"), [(9, False), (10, True), (17, True), (18, False)])
def test_somebody_is_there_in_staffed_hours_and_no_others(hour, there):
    assert staffed_at(datetime(2026, 11, 25, hour, 0, tzinfo=UTC), WEEKDAYS, []) is there


def test_nobody_is_there_on_a_closed_day_or_in_open_hours_without_staff():
    noon = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
    unstaffed = [ShelfHours(weekday=2, opens=600, closes=1080, staffed=False)]

    assert not staffed_at(noon, WEEKDAYS, [noon.date()])
    assert not staffed_at(noon, unstaffed, [])
