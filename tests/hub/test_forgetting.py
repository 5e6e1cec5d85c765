"""Who had a book is forgotten when it is back, and counted before; the rule notices nothing."""

import pytest
from sqlalchemy import inspect, select

from circulation import topics
from circulation.facts import Outcome, Wish
from circulation.identifiers import BranchCode, CardNumber, ItemId
from circulation.messages import Manner
from hub import decisions, exceptions, manners, my_list
from hub.decisions import Decision
from hub.forgetting import YOUNG_MS, Forgetting
from hub.tables import fact, item_key, loan_count, quarantine
from tests import databases
from tests.hub.rig import DUE, NOW_MS, TalkingHub

LATER = NOW_MS + YOUNG_MS + 60_000


@pytest.fixture
def hub(tmp_path):
    talking = TalkingHub(tmp_path)
    yield talking
    talking.engine.dispose()


@pytest.fixture
def station(hub):
    return hub.enrol("vindeln-1", "VIN", 1)


def quarantined(hub):
    with hub.engine.connect() as db:
        return list(db.scalars(select(quarantine.c.payload)))


def keys(hub):
    with hub.engine.connect() as db:
        return list(db.scalars(select(item_key.c.item)))


def forget(hub, now_ms=LATER) -> int:
    return Forgetting(hub.engine, hub.own, zone="Europe/Stockholm").run(now_ms)


def cards(hub):
    with hub.engine.connect() as db:
        return set(db.scalars(select(fact.c.card).where(fact.c.card.is_not(None))))


def database(hub) -> bytes:
    with hub.engine.connect() as db:
        tables = set(inspect(db).get_table_names()) - {"loan_card", "patron", "hold"}
        return repr([db.exec_driver_sql(f"SELECT * FROM {t}").all() for t in tables]).encode()


def test_a_book_that_is_back_tells_nothing_of_who_had_it(hub, station):
    station.lends("B-1", "K-ANNA")
    station.takes_back("B-1")
    hub.takes_facts(station)

    assert forget(hub) == 1

    (name,) = cards(hub)
    assert name.startswith("~")
    assert b"K-ANNA" not in database(hub)
    assert all(event.patron == name for event in hub.own.log(ItemId("B-1")))
    assert forget(hub) == 0


def test_nor_does_the_file_with_the_hubs_own_key_in_hand(hub, station, tmp_path):
    station.lends("B-1", "K-ANNA")
    station.takes_back("B-1")
    hub.takes_facts(station)
    with hub.engine.connect() as db:
        hashes = list(db.scalars(select(fact.c.hash).order_by(fact.c.seq)))

    forget(hub)

    with hub.engine.connect() as db:
        rows = db.execute(select(fact).order_by(fact.c.seq)).all()
    assert [row.hash for row in rows] == hashes
    assert [row.envelope for row in rows] == [b"", station.raws[1]]
    hub.engine.dispose()
    if not databases.on_server():
        assert station.raws[0][-200:] not in (tmp_path / "hub.sqlite").read_bytes()


def test_what_somebody_wished_is_forgotten_when_they_are_no_patron_any_more(hub):
    slow = Manner(rate=3, large=True, verbosity=1)
    with hub.engine.begin() as db:
        for patron in ("anna", "withdrawn"):
            my_list.keep(db, patron, "t-novel", NOW_MS)
            manners.keep(db, patron, slow)

    forget(hub)

    with hub.engine.connect() as db:
        assert (my_list.of(db, "anna"), manners.of(db, "anna")) == (["t-novel"], slow)
        assert (my_list.of(db, "withdrawn"), manners.of(db, "withdrawn")) == ([], None)


def test_nor_does_a_book_that_only_staff_had_lent_at_their_own_desk(hub):
    lent, out = ItemId("B-1"), ItemId("B-2")
    for item in (lent, out):
        hub.staff.lend(item, CardNumber("K-ANNA"), at_ms=NOW_MS)
    hub.staff.take_back(lent, BranchCode("VIN"), at_ms=NOW_MS + 1_000)

    forget(hub, NOW_MS + YOUNG_MS)
    assert {event.patron for event in hub.own.log(lent)} == {"anna"}, "it is young"
    forget(hub)

    assert {event.patron[:1] for event in hub.own.log(lent)} == {"~"}
    assert {event.patron for event in hub.own.log(out)} == {"anna"}

    forget(hub, NOW_MS + 31 * 86_400_000)
    assert {event.patron for event in hub.own.log(lent)} == {None}
    assert {event.patron for event in hub.own.log(out)} == {"anna"}
    assert keys(hub) == [], "and with the key the last trace"


def test_whoever_has_it_now_is_known(hub, station):
    station.lends("B-1", "K-ANNA")
    station.takes_back("B-1")
    station.lends("B-1", "K-BO")
    hub.takes_facts(station)

    forget(hub)

    assert "K-BO" in cards(hub)
    assert "K-ANNA" not in cards(hub)
    assert hub.own.item(ItemId("B-1")).loan.patron == "bo"


def test_what_is_young_or_owed_is_not_yet_forgotten(hub, station):
    station.lends("B-1", "K-ANNA")
    station.takes_back("B-1")
    hub.takes_facts(station)
    assert forget(hub, NOW_MS + YOUNG_MS // 2) == 0

    station.asks("B-1", "K-BO")
    hub.takes_facts(station)

    assert forget(hub) == 0


def test_the_same_fact_again_is_still_known(hub, station):
    station.lends("B-1", "K-ANNA")
    station.takes_back("B-1")
    hub.takes_facts(station)
    forget(hub)

    hub.takes_facts(station)

    assert cards(hub) != {"K-ANNA"}
    with hub.engine.connect() as db:
        assert len(db.execute(select(fact)).all()) == 2


def test_a_late_loan_by_the_same_person_is_judged_as_if_nothing_were_forgotten(hub, station):
    other = hub.enrol("vindeln-2", "VIN", 2)
    station.lends("B-1", "K-ANNA")
    station.clock_ms += 3_600_000
    station.takes_back("B-1")
    hub.takes_facts(station)
    forget(hub)
    other.clock_ms += 1_800_000
    other.lends("B-1", "K-ANNA")

    hub.takes_facts(other)

    assert hub.own.item(ItemId("B-1")).loan is None
    with hub.engine.connect() as db:
        assert exceptions.open_exceptions(db) == []


def test_facts_too_late_lend_to_nobody_and_are_named(hub, station):
    other = hub.enrol("vindeln-2", "VIN", 2)
    other.trusted = False
    station.lends("B-1", "K-ANNA")
    hub.takes_facts(station)
    other.takes_back("B-1")
    hub.takes_facts(other)
    forget(hub)
    assert "K-ANNA" not in cards(hub)
    other.trusted = True
    ten_hours_before = NOW_MS - 36_000_000
    other.record_at(ten_hours_before, mono_ms=other.clock_ms + 1_000).takes_back("B-2")

    hub.takes_facts(other)

    assert hub.own.item(ItemId("B-1")).loan is None
    with hub.engine.connect() as db:
        assert "too_late" in {each.kind for each in exceptions.open_exceptions(db)}


def test_a_card_that_nobody_knows_stays_for_a_librarian_to_ask_about(hub, station):
    station.lends("B-1", "K-NOBODY")
    station.takes_back("B-1")
    hub.takes_facts(station)

    forget(hub)

    assert cards(hub) == {"K-NOBODY"}


def settle_all(hub):
    with hub.engine.begin() as db:
        for each in exceptions.open_exceptions(db):
            made = Decision(
                key=each.key, action="no_action", reason="looked", by="karin", at_ms=NOW_MS
            )
            decisions.settle(db, made)


def named(hub):
    with hub.engine.connect() as db:
        return sorted((each.key, state) for each, state in exceptions.every_exception(db))


def test_it_is_forgotten_once_the_book_is_back_and_somebody_has_asked(hub, station):
    station.lends("B-1", "K-NOBODY")
    hub.takes_facts(station)
    settle_all(hub)
    assert forget(hub) == 0, "the book is still out on it"
    station.takes_back("B-1")
    station.lends("B-1", "K-ANNA")
    hub.takes_facts(station)
    before = named(hub)

    assert forget(hub) == 1
    hub.poster.post(ItemId("B-1"))

    assert b"K-NOBODY" not in database(hub)
    assert hub.own.item(ItemId("B-1")).loan.patron == "anna"
    assert named(hub) == before
    assert forget(hub) == 0


def test_nor_is_it_known_who_had_a_book_that_no_catalogue_knows_once_it_is_back(hub, station):
    station.lends("B-UNKNOWN", "K-ANNA")
    station.takes_back("B-UNKNOWN")
    station.lends("B-UNKNOWN", "K-BO")
    hub.takes_facts(station)
    before = named(hub)

    assert forget(hub) == 1
    assert "K-ANNA" not in cards(hub)
    assert "K-BO" in cards(hub)

    hub.enters("B-UNKNOWN")
    hub.poster.look()
    assert hub.own.item(ItemId("B-UNKNOWN")).loan.patron == "bo"
    assert {key for key, _ in named(hub)} == {key for key, _ in before}


def test_nor_does_a_message_that_was_set_aside_tell_after_thirty_days(hub, station):
    station.lends("B-1", "K-ANNA")
    station.takes_back("B-1")
    newer = station.framed(topics.FACTS, station.batch()).replace(b'"v":1', b'"v":2', 1)
    hub.takes(station.topic(topics.FACTS), newer)
    assert quarantined(hub) == [newer]

    forget(hub, NOW_MS + 31 * 86_400_000)

    assert quarantined(hub) == [b""]


def test_loans_and_renewals_are_counted_once_and_without_a_person(hub, station):
    asked = station.asks("B-1", "K-ANNA")
    hub.asked(station, asked)
    station.settles(asked, Outcome.ACCEPTED, due=DUE)
    renewed = station.asks("B-1", "K-ANNA", Wish.RENEWAL)
    hub.asked(station, renewed)
    station.settles(renewed, Outcome.ACCEPTED, due=DUE)
    refused = station.asks("B-1", "K-BLOCKED")
    station.settles(refused, Outcome.REFUSED)
    station.takes_back("B-1")
    station.lends("B-2", "K-CHILD")
    station.takes_back("B-2")
    hub.takes_facts(station)

    forget(hub)
    forget(hub, LATER + 1)

    with hub.engine.connect() as db:
        counted = {(r.age, r.renewal): r.times for r in db.execute(select(loan_count))}
        months = set(db.scalars(select(loan_count.c.month)))
    assert counted == {("adult", False): 1, ("adult", True): 1, ("child", False): 1}
    assert months == {"2026-11"}
    assert hub.own.borrower(CardNumber("K-CHILD")).birth_year == 2019


def test_a_loan_by_a_clock_years_ahead_is_counted_when_it_was_heard_of(hub, station):
    station.trusted = False
    station.record_at(NOW_MS + 10**12, mono_ms=5_000)
    station.lends("B-1", "K-ANNA")
    station.takes_back("B-1")
    hub.takes_facts(station)

    forget(hub)

    with hub.engine.connect() as db:
        assert [(r.month, r.age) for r in db.execute(select(loan_count))] == [("2026-11", "adult")]


def test_nothing_is_forgotten_of_a_book_that_is_not_entered_yet(hub, station):
    station.lends("B-NEW", "K-ANNA")
    hub.takes_facts(station)
    assert forget(hub) == 0

    hub.enters("B-NEW")
    hub.poster.look()
    hub.poster.post_waiting()

    assert hub.own.item(ItemId("B-NEW")).loan.patron == "anna"
