"""Where a copy goes when it is in nobody's hands."""

from datetime import date

import pytest
from sqlalchemy import select

from hub.catalogue import rulebook, tables
from hub.catalogue.log import Write
from hub.catalogue.own import OwnCatalogue
from hub.catalogue.port import CopiesAt, HoldVerdict
from hub.catalogue.search import title_page
from hub.catalogue.terms import Rule
from tests.hub.catalogue.cast import NOW_MS

DAY_MS = 86_400_000
TODAY = date(2026, 11, 25)


@pytest.fixture
def catalogue(engine):
    return OwnCatalogue(engine)


def wait(catalogue, card="K-BO", at="GRA", title="t-novel"):
    assert catalogue.place_hold(title, card, pickup=at, at_ms=NOW_MS).refused is None


def back(catalogue, at, item="B-1", days=0):
    posting = f"back-{item}-{at}-{days}"
    assert catalogue.checkin(item, at, posting=posting, at_ms=NOW_MS + days * DAY_MS)


def lend(catalogue, item, card, *, days=0):
    at_ms = NOW_MS + days * DAY_MS
    posting = f"lent-{item}-{card}"
    catalogue.checkout(item, card, posting=posting, at_ms=at_ms, due=None, no_block=True)


def hold(catalogue, card="K-BO"):
    (found,) = catalogue.holds(card)
    return found


def said(engine):
    event = tables.standing_event
    with engine.connect() as db:
        return list(db.scalars(select(event.c.change).order_by(event.c.version)))


def test_what_is_waited_for_elsewhere_is_sent_and_ready_when_it_arrives(engine, catalogue):
    wait(catalogue)

    back(catalogue, "VIN")
    sent = catalogue.item("B-1")
    on_its_way = hold(catalogue)
    back(catalogue, "GRA", days=1)

    assert (sent.sent_to, sent.reserved_for) == ("GRA", "bo")
    assert (on_its_way.on_its_way, on_its_way.ready, on_its_way.ahead) == (True, False, 0)
    assert hold(catalogue).ready
    assert catalogue.item("B-1").sent_to is None
    assert catalogue.standing("K-BO", "GRA", TODAY).holds_ready == 1
    assert said(engine) == ["placed", "trapped", "sent", "arrived"]


def test_a_copy_under_way_is_nowhere_to_be_taken(engine, catalogue):
    wait(catalogue)
    back(catalogue, "VIN")

    assert catalogue.copies("t-novel").at == [CopiesAt("VIN", "Vindeln", 2, 1)]
    with engine.connect() as db:
        shown = title_page(db, "t-novel").copies
    assert [copy.on_its_way for copy in shown] == [True, False]


def test_a_copy_of_another_library_is_sent_home(engine, catalogue):
    with engine.begin() as db:
        db.execute(tables.item.update().where(tables.item.c.id == "B-2").values(branch="GRA"))

    back(catalogue, "VIN", "B-2")
    assert catalogue.item("B-2").sent_to == "GRA"
    back(catalogue, "GRA", "B-2", days=1)

    assert catalogue.item("B-2").sent_to is None
    assert said(engine) == ["sent", "arrived"]


def test_between_libraries_that_float_a_copy_belongs_where_it_came_back(engine, catalogue):
    with engine.begin() as db:
        db.execute(tables.branch.update().values(floating=True))

    back(catalogue, "GRA")

    assert catalogue.item("B-1").sent_to is None
    assert said(engine) == ["moved"]
    with engine.connect() as db:
        assert db.scalar(select(tables.item.c.branch).where(tables.item.c.id == "B-1")) == "GRA"


def test_a_copy_that_comes_to_the_wrong_library_is_sent_on(catalogue):
    wait(catalogue)
    back(catalogue, "VIN")

    back(catalogue, "VIN", days=1)

    assert catalogue.item("B-1").sent_to == "GRA"
    assert hold(catalogue).on_its_way


def test_a_reserved_copy_is_kept_for_a_week_to_an_open_day(catalogue):
    wait(catalogue, at="VIN")
    back(catalogue, "VIN", days=3)  # a Saturday: a week on is closed, too

    assert hold(catalogue).until == date(2026, 12, 7)


def test_how_long_it_is_kept_is_a_rule_of_the_library_where_it_is_fetched(engine, catalogue):
    with engine.begin() as db:
        rules = [Rule(branch="GRA", pickup_days=10), Rule(branch="VIN", pickup_days=1)]
        rulebook.keep(db, rules, Write(posting=None, at_ms=NOW_MS))
    wait(catalogue)
    back(catalogue, "GRA")

    assert hold(catalogue).until == date(2026, 12, 7)


def test_what_is_not_fetched_goes_to_the_next_and_then_home(engine, catalogue):
    wait(catalogue)
    wait(catalogue, "K-ANNA", "VIN")
    back(catalogue, "GRA")
    until = hold(catalogue).until

    in_time = catalogue.expire_holds(NOW_MS + 7 * DAY_MS)
    too_late = catalogue.expire_holds(NOW_MS + 8 * DAY_MS)

    assert (until, in_time, too_late) == (date(2026, 12, 2), 0, 1)
    assert catalogue.holds("K-BO") == []
    assert hold(catalogue, "K-ANNA").on_its_way
    assert catalogue.item("B-1").sent_to == "VIN"
    assert said(engine)[-4:] == ["trapped", "expired", "trapped", "sent"]


def test_a_hold_that_was_ready_before_this_was_counted_gets_its_week(engine, catalogue):
    wait(catalogue, at="VIN")
    back(catalogue, "VIN")
    with engine.begin() as db:
        db.execute(tables.hold.update().values(until=None))

    assert catalogue.expire_holds(NOW_MS + 30 * DAY_MS) == 0
    assert hold(catalogue).until == date(2027, 1, 1)


def test_who_gives_up_a_copy_under_way_leaves_it_to_the_next(catalogue):
    wait(catalogue)
    wait(catalogue, "K-ANNA", "VIN")
    back(catalogue, "VIN")

    catalogue.cancel_hold("t-novel", "K-BO", at_ms=NOW_MS)
    under_way = hold(catalogue, "K-ANNA").on_its_way
    back(catalogue, "GRA", days=1)

    assert under_way
    assert catalogue.item("B-1").sent_to == "VIN"
    back(catalogue, "VIN", days=2)
    assert hold(catalogue, "K-ANNA").ready


def test_who_borrows_another_copy_leaves_the_one_that_was_kept_to_the_next(catalogue):
    wait(catalogue, at="VIN")
    wait(catalogue, "K-ANNA", "VIN")
    back(catalogue, "VIN")

    lend(catalogue, "B-2", "K-BO")

    assert hold(catalogue, "K-ANNA").ready
    assert catalogue.item("B-1").reserved_for == "anna"


def test_a_copy_that_is_lent_on_its_way_is_on_no_way_any_more(catalogue):
    wait(catalogue)
    back(catalogue, "VIN")

    lend(catalogue, "B-1", "K-ANNA")

    assert catalogue.item("B-1").sent_to is None
    assert (hold(catalogue).on_its_way, hold(catalogue).ready) == (False, False)


def test_a_place_in_the_queue_does_not_count_who_has_a_copy_on_its_way(catalogue):
    wait(catalogue)
    back(catalogue, "VIN")

    made = catalogue.place_hold("t-novel", "K-ANNA", pickup="VIN", at_ms=NOW_MS)

    assert made == HoldVerdict(None, 1)
    assert hold(catalogue, "K-ANNA").ahead == 0


@pytest.mark.parametrize("at", ["VIN", "GRA", "UME"])
@pytest.mark.parametrize("pickup", [None, "VIN", "GRA", "UME"])
@pytest.mark.parametrize("afloat", [False, True])
def test_where_a_copy_will_be_sent_is_known_before_it_is_put_down(
    engine, catalogue, at, pickup, afloat
):
    with engine.begin() as db:
        home = db.execute(select(tables.branch).where(tables.branch.c.code == "VIN")).one()
        row = {**home._mapping, "code": "UME", "name": "Umeå", "floating": afloat}
        db.execute(tables.branch.insert().values(row))
    if pickup is not None:
        wait(catalogue, at=pickup)

    told = catalogue.goes_to("B-1", at)
    back(catalogue, at)

    assert told == catalogue.item("B-1").sent_to
    assert (told is None) == (at == (pickup or ("VIN" if at == "GRA" or not afloat else at)))


def test_where_a_copy_that_nobody_knows_goes_is_not_known(catalogue):
    assert catalogue.goes_to("B-NONE", "VIN") is None
