"""The catalogue can say what stood when, and leaves out what the hub itself wrote."""

import pytest

from hub.catalogue.own import OwnCatalogue
from hub.catalogue.port import CardSince, StandingChange
from hub.catalogue.staff import StaffDesk
from tests.hub.catalogue.cast import NOW_MS
from tests.hub.catalogue.contract import DUE, lend


@pytest.fixture
def catalogue(engine):
    return OwnCatalogue(engine)


@pytest.fixture
def desk(engine):
    return StaffDesk(engine)


@pytest.mark.parametrize(
    ("card", "good"), [("K-ANNA", True), ("K-ANNA-OLD", False), ("K-BLOCKED", False)]
)
def test_what_never_changed_was_always_as_it_is(catalogue, card, good):
    assert catalogue.card_past(card) == [CardSince(0, good=good)]


def test_nothing_is_known_of_a_card_that_nobody_has(catalogue):
    assert catalogue.card_past("K-NOBODY") == []


def test_a_card_is_good_where_both_it_and_who_has_it_are(catalogue, desk):
    desk.block("bo", at_ms=10)
    desk.lose("K-BO", at_ms=20)
    desk.lift("bo", at_ms=30)
    desk.find("K-BO", at_ms=40)

    past = catalogue.card_past("K-BO")

    assert [(each.since_ms, each.good) for each in past] == [
        (0, True),
        (10, False),
        (20, False),
        (30, False),
        (40, True),
    ]


def test_a_queue_has_its_copies_and_no_write_of_the_hubs_own(catalogue, desk):
    desk.reserve("t-novel", "bo", "VIN", at_ms=NOW_MS)
    catalogue.checkin("B-1", "VIN", posting="p1", at_ms=NOW_MS + 1)
    lend(catalogue, "B-1", "K-BO", "p2", due=DUE, no_block=True)

    past = catalogue.holds_past("B-1")

    assert past.copies == ["B-1", "B-2"]
    assert [(each.change, each.patron) for each in past.log] == [(StandingChange.PLACED, "bo")]


def test_changes_name_whose_cards_and_which_queues(catalogue, desk):
    desk.block("anna", at_ms=1)
    desk.reserve("t-novel", "bo", "VIN", at_ms=2)
    first = catalogue.standing_changed(0)
    desk.lose("K-BO", at_ms=3)
    second = catalogue.standing_changed(first.version)

    assert (first.cards, first.items) == (["K-ANNA", "K-ANNA-OLD"], ["B-1"])
    assert (second.cards, second.items) == (["K-BO"], [])
    assert catalogue.standing_changed(second.version).cards == []
