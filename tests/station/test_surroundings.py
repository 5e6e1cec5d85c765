"""What the session is told of the world around it is what shelf, settings and clock say."""

from datetime import UTC, date, datetime

from msgspec import structs

from circulation.messages import OfflineRules, Settings, ShelfHours
from station.surroundings import Moment, Standing, world
from tests.station.shelves import BRANCH

STANDING = Standing(kind="loan", branch_code="VIN", portal_url="http://127.0.0.1:1")
NOON = Moment(
    mono_ms=1_000, wall_ms=50_000, local=datetime(2026, 11, 26, 12, 0, tzinfo=UTC), trusted=True
)
SETTINGS = Settings(
    shelf_version="v",
    pin_to_borrow=False,
    offline=OfflineRules(until_ms=60_000, loans_per_card_day_max=5, pin="waive"),
)
OPEN = structs.replace(BRANCH, hours=[ShelfHours(weekday=3, opens=600, closes=1_080, staffed=True)])


def at(moment=NOON, branch=OPEN, settings=SETTINGS, *, line_up=False, journal_open=True):
    return world(STANDING, moment, branch, settings, line_up=line_up, journal_open=journal_open)


def test_someone_is_there_in_staffed_hours_where_the_clock_is_trusted():
    assert at().staffed
    assert not at(structs.replace(NOON, trusted=False)).staffed
    assert not at(branch=BRANCH).staffed


def test_an_offline_loan_never_ends_on_a_closed_day():
    # 26 November and 28 days is the 24th of December, which is closed; the next Thursday is open.
    assert at().offline_due == date(2026, 12, 31)


def test_offline_lending_ends_when_the_hubs_word_does():
    assert at().offline_allowed
    assert not at(structs.replace(NOON, wall_ms=60_000)).offline_allowed


def test_without_a_shelf_settings_or_journal_nothing_is_lent_offline():
    assert not at(branch=None).offline_allowed
    assert not at(settings=None).offline_allowed
    assert not at(journal_open=False).offline_allowed
    assert at(settings=None).pin_to_borrow


def test_before_the_first_shelf_the_branch_goes_by_its_code():
    assert at(branch=None).branch_name == "VIN"


def test_the_pin_is_waived_offline_only_where_the_municipality_says_so():
    assert at().pin_offline_waived
    refuse = structs.replace(SETTINGS.offline, pin="refuse")
    assert not at(settings=structs.replace(SETTINGS, offline=refuse)).pin_offline_waived
    assert not at(settings=None).pin_offline_waived
