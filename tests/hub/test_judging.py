"""A loan is judged by what stood when it was made, whenever its fact arrives."""

import pytest

from circulation.identifiers import BranchCode, CardNumber, ItemId, PatronId
from hub import exceptions
from hub.catalogue.own import OwnCatalogue
from hub.catalogue.terms import Rule
from hub.forgetting import YOUNG_MS, Forgetting
from tests.hub.catalogue.cast import NOW_MS
from tests.hub.rig import TalkingHub

HOUR_MS = 3_600_000
BO, ANNA = PatronId("bo"), PatronId("anna")
VIN = BranchCode("VIN")


class Short(OwnCatalogue):
    """The embedded catalogue, where nobody may have more than one book."""

    def __init__(self, engine):
        super().__init__(engine, rules=(Rule(loans=1),))


class Forgetful(OwnCatalogue):
    """A catalogue that knows what stands, and not what stood."""

    def card_past(self, card):
        return None

    def holds_past(self, item):
        return None

    def open_loans(self, patron):
        return None


@pytest.fixture
def hub(tmp_path):
    talking = TalkingHub(tmp_path)
    yield talking
    talking.engine.dispose()


@pytest.fixture
def station(hub):
    return hub.enrol("vindeln-1", "VIN", 1)


def kinds(hub):
    with hub.engine.connect() as db:
        return sorted((each.kind, each.item) for each in exceptions.open_exceptions(db))


def at(station, hours):
    station.clock_ms = NOW_MS + int(hours * HOUR_MS)
    return station


def with_catalogue(hub, kind):
    hub.catalogue = kind(hub.engine)
    hub.put_together()


@pytest.mark.parametrize(("lent", "named"), [(1, []), (3, [("patron_blocked", "B-1")]), (5, [])])
def test_a_loan_is_blocked_by_a_block_that_stood_then(hub, station, lent, named):
    hub.staff.block(BO, at_ms=NOW_MS + 2 * HOUR_MS)
    hub.staff.lift(BO, at_ms=NOW_MS + 4 * HOUR_MS)

    at(station, lent).lends("B-1", "K-BO")
    hub.takes_facts(station)

    assert kinds(hub) == named


@pytest.mark.parametrize(("lent", "named"), [(1, []), (3, [("patron_blocked", "B-1")])])
def test_a_card_is_no_good_from_when_it_was_lost(hub, station, lent, named):
    hub.staff.lose(CardNumber("K-BO"), at_ms=NOW_MS + 2 * HOUR_MS)

    at(station, lent).lends("B-1", "K-BO")
    hub.takes_facts(station)

    assert kinds(hub) == named


def test_a_block_that_is_heard_of_afterwards_still_judges(hub, station):
    at(station, 3).lends("B-1", "K-BO")
    hub.takes_facts(station)
    assert kinds(hub) == []

    hub.staff.block(BO, at_ms=NOW_MS + 2 * HOUR_MS)
    hub.poster.look()

    assert kinds(hub) == [("patron_blocked", "B-1")]


def test_a_queue_is_judged_as_it_was(hub, station):
    hub.staff.reserve("t-map", ANNA, VIN, at_ms=NOW_MS + 2 * HOUR_MS)
    hub.staff.cancel("t-map", ANNA, at_ms=NOW_MS + 4 * HOUR_MS)
    for hours, item in ((1, "B-MAP"), (3, "B-REF"), (5, "B-MAP")):
        at(station, hours).lends(item, "K-BO")
        at(station, hours + 0.5).takes_back(item)

    hub.takes_facts(station)

    assert kinds(hub) == [("lent_over_hold", "B-REF")]


@pytest.mark.parametrize("first", [0, 1])
def test_a_loan_of_another_copy_that_comes_late_has_filled_the_hold(hub, first):
    stations = [hub.enrol(f"vindeln-{n}", "VIN", n) for n in (1, 2)]
    hub.staff.reserve("t-novel", ANNA, VIN, at_ms=NOW_MS)
    at(stations[0], 1).lends("B-1", "K-ANNA")
    at(stations[1], 2).lends("B-2", "K-BO")

    hub.takes_facts(stations[first])
    before = kinds(hub)
    hub.takes_facts(stations[1 - first])

    assert before == ([("lent_over_hold", "B-2")] if first else [])
    assert kinds(hub) == []


def test_a_returned_book_that_is_waited_for_is_fetched(hub, station):
    at(station, 1).lends("B-MAP", "K-BO")
    hub.staff.reserve("t-map", ANNA, VIN, at_ms=NOW_MS + 2 * HOUR_MS)
    at(station, 3).takes_back("B-MAP")
    hub.takes_facts(station)
    assert kinds(hub) == [("trap_for_hold", "B-MAP")]

    assert hub.staff.trap(ItemId("B-MAP"), at_ms=NOW_MS + 4 * HOUR_MS)
    hub.poster.look()

    assert kinds(hub) == []


def test_more_than_allowed_over_all_stations_is_named_until_one_comes_back(hub, station):
    with_catalogue(hub, Short)
    other = hub.enrol("vindeln-2", "VIN", 2)
    at(station, 2).lends("B-1", "K-BO")
    at(other, 1).lends("B-MAP", "K-BO")
    hub.takes_facts(station)
    assert kinds(hub) == []
    hub.takes_facts(other)
    assert kinds(hub) == [("over_limit", "B-1")]

    at(other, 1.5).takes_back("B-MAP")
    hub.takes_facts(other)

    assert kinds(hub) == []


def test_what_was_found_about_a_card_stands_when_who_had_it_is_forgotten(hub, station):
    hub.staff.block(BO, at_ms=NOW_MS)
    at(station, 1).lends("B-1", "K-BO")
    station.takes_back("B-1")
    hub.takes_facts(station)
    found = kinds(hub)

    Forgetting(hub.engine, hub.own, zone="Europe/Stockholm").run(NOW_MS + YOUNG_MS + 60_000)
    hub.poster.post(ItemId("B-1"))

    assert found == kinds(hub) == [("patron_blocked", "B-1")]


def test_a_catalogue_without_a_past_is_asked_when_it_is_posted_and_that_is_marked(hub, station):
    with_catalogue(hub, Forgetful)
    hub.staff.reserve("t-novel", ANNA, VIN, at_ms=NOW_MS + 9 * HOUR_MS)
    hub.staff.block(BO, at_ms=NOW_MS + 9 * HOUR_MS)
    at(station, 1).lends("B-1", "K-BO")
    hub.takes_facts(station)

    assert kinds(hub) == [("lent_over_hold", "B-1"), ("patron_blocked", "B-1")]
    with hub.engine.connect() as db:
        assert {each.source for each in exceptions.open_exceptions(db)} == {exceptions.POSTER}
