"""A hub, a broker and two stations of blank machines, as a technician would set them up."""

import pytest

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(1800)]


def test_a_second_run_changes_nothing_anywhere(region):
    again = region.play()

    assert again.status == 0, again.said
    assert again.changed == dict.fromkeys(region.lab.guests, 0), again.said


def test_a_loan_goes_from_a_station_to_the_hub(region):
    item = region.borrow("vindeln-1", 0)

    region.until(lambda: region.has(item), "the loan is in the catalogue")
