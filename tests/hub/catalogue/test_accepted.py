"""Cards that a library system accepted are good offline for a while, where it lists none."""

import pytest
from sqlalchemy import insert, select

from hub.catalogue import accepted, tables
from hub.catalogue.accepted import AGAIN_MS, DAY_MS
from hub.catalogue.shelf_data import region_material
from tests.hub.catalogue.cast import NOW_MS

MONTH_MS = 30 * DAY_MS


@pytest.fixture
def on_shelf(engine):
    with engine.begin() as db:
        db.execute(tables.loan_card.delete())

    def cards(now_ms=NOW_MS):
        return region_material(engine, shown_since_ms=now_ms - MONTH_MS).card_numbers

    return cards


def listed(engine, made_ms):
    row = {"kind": "cards", "made_ms": made_ms, "taken_ms": made_ms, "lines": 1, "wrong": 0}
    with engine.begin() as db:
        db.execute(insert(tables.feed).values(row | {"whole": True}))


def test_a_card_is_good_for_a_month_after_it_was_accepted(engine, on_shelf):
    accepted.note(engine, "2001", NOW_MS, good=True)

    assert on_shelf(NOW_MS + MONTH_MS - 1) == ["2001"]
    assert on_shelf(NOW_MS + MONTH_MS) == []


def test_a_card_that_was_refused_since_is_good_no_more(engine, on_shelf):
    accepted.note(engine, "2001", NOW_MS, good=True)
    accepted.note(engine, "2001", NOW_MS + 1, good=False)

    assert on_shelf() == []


def test_what_is_shown_and_was_never_good_is_not_kept(engine):
    accepted.note(engine, "850101-0000", NOW_MS, good=False)

    with engine.connect() as db:
        assert db.execute(select(tables.accepted_card)).all() == []


def test_a_card_that_is_shown_all_day_is_written_down_a_few_times(engine):
    for hour in range(12):
        accepted.note(engine, "2001", NOW_MS + hour * AGAIN_MS // 6, good=True)

    with engine.connect() as db:
        assert accepted.since(db, NOW_MS + AGAIN_MS - 1) == {"2001": True}
        assert accepted.since(db, NOW_MS + AGAIN_MS) == {}


def test_a_list_of_cards_is_put_right_by_what_was_shown_after_it_was_made(engine, on_shelf):
    with engine.begin() as db:
        for card in ("2001", "2002"):
            db.execute(insert(tables.loan_card).values(number=card, patron="anna", state="active"))
    listed(engine, NOW_MS)
    accepted.note(engine, "2000", NOW_MS - 1, good=True)
    accepted.note(engine, "2002", NOW_MS - 1, good=True)
    accepted.note(engine, "2002", NOW_MS + 1, good=False)
    accepted.note(engine, "2003", NOW_MS + 1, good=True)

    assert on_shelf() == ["2001", "2003"]


def test_what_is_old_is_forgotten(engine):
    accepted.note(engine, "2001", NOW_MS, good=True)
    accepted.note(engine, "2002", NOW_MS + DAY_MS, good=True)

    assert accepted.forget(engine, NOW_MS + 1) == 1
    with engine.connect() as db:
        assert accepted.since(db, 0) == {"2002": True}


def test_a_list_overtakes_what_was_said_before_of_its_cards_and_of_its_patrons_cards(engine):
    for card in ("K-ANNA", "K-BO", "K-UNKNOWN"):
        accepted.note(engine, card, NOW_MS, good=True)

    def known():
        with engine.connect() as db:
            return set(accepted.since(db, 0))

    with engine.begin() as db:
        accepted.overtake(db, NOW_MS - 1, cards={"K-ANNA"}, patrons={"bo"})
    assert known() == {"K-ANNA", "K-BO", "K-UNKNOWN"}

    with engine.begin() as db:
        accepted.overtake(db, NOW_MS, cards={"K-ANNA"}, patrons={"bo"})
    assert known() == {"K-UNKNOWN"}
