"""The queue for a title."""

import pytest

from circulation.verdicts import Reason
from hub.catalogue.own import OwnCatalogue
from hub.catalogue.port import CopiesAt, HoldVerdict
from hub.catalogue.staff import StaffDesk
from hub.catalogue.terms import Rule
from tests.hub.catalogue.cast import NOW_MS


@pytest.fixture
def catalogue(engine):
    return OwnCatalogue(engine)


def wait(catalogue, title, card):
    return catalogue.place_hold(title, card, pickup="VIN", at_ms=NOW_MS)


def test_who_asks_first_stands_first_and_asking_twice_is_one_hold(catalogue):
    assert wait(catalogue, "t-novel", "K-ANNA") == HoldVerdict(None, 1)
    assert wait(catalogue, "t-novel", "K-BO") == HoldVerdict(None, 2)
    assert wait(catalogue, "t-novel", "K-ANNA") == HoldVerdict(None, 1)
    assert catalogue.copies("t-novel").waiting == 2


def test_the_log_knows_since_when_somebody_waits(catalogue):
    wait(catalogue, "t-novel", "K-ANNA")

    (placed,) = catalogue.holds_past("B-1").log
    assert (placed.change, placed.patron, placed.at_ms) == ("placed", "anna", NOW_MS)


@pytest.mark.parametrize(
    ("title", "card", "reason"),
    [
        ("t-novel", "K-BLOCKED", Reason.CARD_REFUSED),
        ("t-novel", "K-ANNA-OLD", Reason.CARD_REFUSED),
        ("t-novel", "K-NOBODY", Reason.CARD_REFUSED),
        ("t-none", "K-ANNA", Reason.NOT_FOR_LOAN),
    ],
)
def test_what_cannot_be_waited_for_is_refused(catalogue, title, card, reason):
    assert wait(catalogue, title, card) == HoldVerdict(reason)


def test_nobody_waits_for_what_would_be_fetched_nowhere(catalogue):
    refused = catalogue.place_hold("t-novel", "K-ANNA", pickup="NOWHERE", at_ms=NOW_MS)

    assert refused == HoldVerdict(Reason.NOT_FOR_LOAN)
    assert catalogue.copies("t-novel").waiting == 0


def test_nobody_waits_for_what_they_have_at_home(catalogue):
    catalogue.checkout("B-1", "K-ANNA", posting="p", at_ms=NOW_MS, due=None, no_block=False)

    assert wait(catalogue, "t-novel", "K-ANNA") == HoldVerdict(Reason.NOT_FOR_LOAN)


def test_nobody_waits_for_everything(engine):
    catalogue = OwnCatalogue(engine, rules=(Rule(holds=1),))
    wait(catalogue, "t-novel", "K-ANNA")

    assert wait(catalogue, "t-film", "K-ANNA") == HoldVerdict(Reason.LOAN_LIMIT)


def test_copies_are_told_by_library_and_what_is_lent_or_put_aside_is_not_in(engine, catalogue):
    assert catalogue.copies("t-novel").at == [CopiesAt("VIN", "Vindeln", 2, 2)]

    catalogue.checkout("B-1", "K-BO", posting="p", at_ms=NOW_MS, due=None, no_block=False)
    assert catalogue.copies("t-novel").at[0].copies_in == 1

    wait(catalogue, "t-novel", "K-ANNA")
    StaffDesk(engine).trap("B-2", at_ms=NOW_MS)
    assert catalogue.copies("t-novel").at[0].copies_in == 0
    assert wait(catalogue, "t-novel", "K-ANNA") == HoldVerdict(None, 0)


def test_the_reading_rooms_copy_is_none_to_borrow(catalogue):
    assert catalogue.copies("t-map").at[0].copies == 1
    assert catalogue.copies("t-none").at == []
