"""A day begins and ends where the libraries are."""

from datetime import UTC, date, datetime

from hub.catalogue.region_days import local_day


def test_the_day_is_the_regions_own_also_after_midnight_in_summer():
    late = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)

    assert local_day(int(late.timestamp() * 1000)) == date(2026, 7, 2)
