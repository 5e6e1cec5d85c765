"""What the ledger and the catalogue's log say of one item."""

from datetime import timedelta

import pytest

from circulation.facts import Outcome
from circulation.identifiers import CardNumber, ItemId
from hub import happenings
from hub.reconcile import CATALOGUE, Kind
from tests.hub.catalogue.cast import NOW_MS
from tests.hub.rig import DUE, TalkingHub


@pytest.fixture
def hub(tmp_path):
    hub = TalkingHub(tmp_path)
    yield hub
    hub.engine.dispose()


@pytest.fixture
def station(hub):
    return hub.enrol("vindeln-1", "VIN", 1)


def told(hub, item="B-1", *, after_ms=0):
    log = hub.own.log(ItemId(item))
    with hub.engine.connect() as db:
        return happenings.of_item(
            db,
            item,
            log,
            lambda card: hub.own.borrower(CardNumber(card)).patron,
            now_ms=NOW_MS + after_ms,
        )


def kinds(told):
    return [(one.kind, one.station) for one in told.happenings]


def test_a_loan_without_a_line_is_one_happening_and_the_catalogues_entry_of_it_none(hub, station):
    station.lends("B-1", "K-ANNA")
    hub.takes_facts(station)

    found = told(hub)

    assert kinds(found) == [(Kind.LOAN, "vindeln-1")]
    (loan,) = found.happenings
    assert (loan.due, loan.told) == (DUE, "checkout")
    assert found.cards[loan.patron] == found.shown[loan.posting] == "K-ANNA"
    assert (found.latest, found.branch) == (loan.posting, "VIN")
    assert found.version > 0, "the catalogue was told, and that is in this"


def test_a_question_without_an_end_holds_its_item_back_for_a_while(hub, station):
    station.asks("B-1", "K-ANNA")
    hub.takes_facts(station)

    assert told(hub).undecided
    assert kinds(told(hub)) == []
    assert not told(hub, after_ms=happenings.WAIT_MS_MAX + 1).undecided


@pytest.mark.parametrize(
    ("outcome", "due", "expected"),
    [
        (Outcome.ACCEPTED, DUE, [(Kind.LOAN, "vindeln-1")]),
        (Outcome.OFFLINE, DUE, [(Kind.LOAN, "vindeln-1")]),
        (Outcome.DROPPED, None, []),
    ],
)
def test_a_question_counts_only_where_the_visitor_was_told_yes(
    hub, station, outcome, due, expected
):
    asked = station.asks("B-1", "K-ANNA")
    station.settles(asked, outcome, due)
    hub.takes_facts(station)

    found = told(hub)

    assert (kinds(found), found.undecided) == (expected, False)


def test_a_station_that_decided_alone_told_a_day_and_the_later_one_granted_holds(hub, station):
    asked = station.asks("B-1", "K-ANNA")
    granted = hub.asked(station, asked).verdict
    station.settles(asked, Outcome.OFFLINE, granted.due - timedelta(days=60))
    hub.takes_facts(station)

    (loan,) = told(hub).happenings

    assert loan.due == granted.due == hub.own.item(ItemId("B-1")).loan.due


def test_what_staff_did_at_their_own_desk_is_told_beside_the_facts(hub, station):
    hub.staff.lend(ItemId("B-1"), CardNumber("K-ANNA"), at_ms=NOW_MS)
    station.takes_back("B-1")
    hub.takes_facts(station)

    assert kinds(told(hub)) == [(Kind.LOAN, CATALOGUE), (Kind.RETURN, "vindeln-1")]


def test_the_facts_of_another_item_are_no_part_of_it(hub, station):
    station.lends("B-1", "K-ANNA", DUE + timedelta(days=1))
    hub.takes_facts(station)

    assert kinds(told(hub, "B-FILM")) == []
    assert told(hub, "B-FILM").latest == ""
