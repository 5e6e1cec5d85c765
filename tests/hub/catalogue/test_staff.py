"""What staff do at their own desk is done once, and stands in the log with its instant."""

import pytest
from sqlalchemy import select

from circulation.verdicts import Reason, Refused
from hub.catalogue import tables
from hub.catalogue.own import OwnCatalogue
from hub.catalogue.staff import StaffDesk
from tests.hub.catalogue.cast import NOW_MS
from tests.hub.catalogue.contract import TODAY, lend


@pytest.fixture
def catalogue(engine):
    return OwnCatalogue(engine)


@pytest.fixture
def desk(engine):
    return StaffDesk(engine)


def log(engine):
    with engine.connect() as db:
        rows = db.execute(select(tables.standing_event).order_by(tables.standing_event.c.version))
        return [(row.change, row.patron or row.card, row.item, row.at_ms) for row in rows]


def test_a_block_is_set_and_lifted_once(engine, catalogue, desk):
    assert desk.block("bo", at_ms=NOW_MS)
    assert not desk.block("bo", at_ms=NOW_MS + 1)
    assert lend(catalogue, "B-1", "K-BO") == Refused(Reason.CARD_REFUSED)
    assert desk.lift("bo", at_ms=NOW_MS + 2)
    assert not desk.lift("nobody", at_ms=NOW_MS)

    assert catalogue.standing("K-BO", "VIN", TODAY).refused is None
    assert log(engine) == [("blocked", "bo", None, NOW_MS), ("lifted", "bo", None, NOW_MS + 2)]


def test_a_card_is_lost_and_found(engine, catalogue, desk):
    assert desk.lose("K-BO", at_ms=NOW_MS)
    assert catalogue.standing("K-BO", "VIN", TODAY).refused is Reason.CARD_REFUSED
    assert desk.find("K-BO", at_ms=NOW_MS + 1)
    assert not desk.find("K-NOBODY", at_ms=NOW_MS)

    assert log(engine) == [("lost", "K-BO", None, NOW_MS), ("found", "K-BO", None, NOW_MS + 1)]


def test_a_hold_is_placed_kept_and_filled(engine, catalogue, desk):
    assert desk.reserve("t-map", "anna", "VIN", at_ms=NOW_MS)
    assert not desk.reserve("t-map", "anna", "VIN", at_ms=NOW_MS)
    assert desk.take_back("B-MAP", "VIN", at_ms=NOW_MS + 1)
    assert desk.lend("B-MAP", "K-ANNA", at_ms=NOW_MS + 2)

    assert log(engine) == [
        ("placed", "anna", None, NOW_MS),
        ("trapped", "anna", "B-MAP", NOW_MS + 1),
        ("filled", "anna", "B-MAP", NOW_MS + 2),
    ]


def test_a_cancelled_hold_leaves_its_copy_to_the_next(catalogue, desk):
    desk.reserve("t-map", "anna", "VIN", at_ms=NOW_MS)
    desk.reserve("t-map", "bo", "VIN", at_ms=NOW_MS + 1)
    assert desk.trap("B-MAP", at_ms=NOW_MS + 2)
    assert catalogue.item("B-MAP").reserved_for == "anna"

    assert desk.cancel("t-map", "anna", at_ms=NOW_MS + 3)
    assert not desk.cancel("t-map", "anna", at_ms=NOW_MS + 4)

    assert catalogue.item("B-MAP").reserved_for == "bo"
    assert catalogue.standing("K-BO", "VIN", TODAY).holds_ready == 1


def test_what_nobody_waits_for_or_knows_is_not_kept(engine, desk):
    assert not desk.trap("B-MAP", at_ms=NOW_MS)
    assert not desk.trap("B-NONE", at_ms=NOW_MS)
    assert not desk.lend("B-NONE", "K-BO", at_ms=NOW_MS)

    assert log(engine) == []
