"""Dates as SIP2 writes them, and as library systems write them instead."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.sip2 import dates

HERE = ZoneInfo("Europe/Stockholm")


def test_local_time_is_written_with_four_blanks():
    at = datetime(2026, 9, 21, 8, 15, 30, tzinfo=UTC)

    assert dates.stamp(at, HERE) == "20260921    101530"
    assert dates.instant("20260921    101530", HERE) == at
    assert dates.instant("20260921   Z081530", HERE) == at


def test_an_hour_that_comes_twice_is_its_first():
    assert dates.instant("20261025    023000", HERE) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("20261001    235959", date(2026, 10, 1)),
        ("2026-10-01", date(2026, 10, 1)),
        ("2026-10-01 23:59", date(2026, 10, 1)),
        ("1/10/2026", date(2026, 10, 1)),
        ("01.10.2026", date(2026, 10, 1)),
        ("20261301", None),
        ("31/02/2026", None),
        ("i morgon", None),
        ("", None),
        ("00010101    000000", date(1, 1, 1)),
    ],
)
def test_a_due_date_in_whatever_way_it_is_told(text, named):
    assert dates.day(text) == named


@given(st.text(max_size=24))
def test_nonsense_is_no_date_and_no_error(text):
    dates.day(text)
    dates.instant(text, HERE)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_loan_is_not_late_before_its_day_is_over(day):
    assert dates.day(dates.end_of(day)) == day
    assert dates.instant(dates.end_of(day), HERE).astimezone(HERE).date() == day
