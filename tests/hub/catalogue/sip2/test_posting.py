"""What stations did, posted to a library system that has a mind of its own."""

import threading

import pytest
from sqlalchemy import select

from circulation.facts import Outcome, Wish
from circulation.identifiers import ItemId
from circulation.verdicts import Reason, Refused
from hub import decisions, exceptions, tables
from hub.catalogue.sip2.tables import seen_copy, seen_event
from hub.decisions import Decision
from hub.errors import CatalogueUnavailableError
from hub.forgetting import Forgetting
from hub.poster import Poster
from tests.hub.catalogue.cast import NOW_MS
from tests.hub.catalogue.sip2.rig import catalogue_at
from tests.hub.catalogue.sip2.system import TODAY, Out
from tests.hub.rig import DUE, NOW, TalkingHub
from tests.hub.sip2.peers import scripted

HOUR_MS = 3_600_000


@pytest.fixture
def hub(tmp_path, system, clock):
    talking = TalkingHub(tmp_path)
    with (
        scripted(system.wire) as port,
        catalogue_at(port, talking.engine, clock, size=4) as catalogue,
    ):
        talking.catalogue = catalogue
        talking.put_together()
        yield talking
    talking.engine.dispose()


@pytest.fixture
def station(hub):
    return hub.enrol("vindeln-1", "VIN", 1)


def found(hub):
    with hub.engine.connect() as db:
        return [(each.kind, each.told) for each in exceptions.open_exceptions(db)]


def test_a_refusal_of_what_has_happened_is_told_in_the_systems_own_words(hub, station, system):
    system.honours_no_block, system.limit = False, 0
    station.lends("B-1", "K-ANNA")

    hub.takes_facts(station)

    assert found(hub) == [("refused_by_catalogue", "TOO_MANY: 30")]
    assert hub.poster.owed() == []


def test_no_words_of_the_system_name_a_card(hub, station, system, monkeypatch):
    system.honours_no_block = False
    monkeypatch.setattr(system, "_refusal", lambda *_a, **_k: "Card K-ANNA is on fire")
    station.lends("B-1", "K-ANNA")

    hub.takes_facts(station)

    assert found(hub) == [("refused_by_catalogue", "Card ... is on fire")]


def test_a_visitor_is_told_what_we_have_no_words_for_as_it_came(hub, station, system, monkeypatch):
    monkeypatch.setattr(system, "_refusal", lambda *_a, **_k: "Boken ska lagas, sa K-ANNA.")
    asked = station.asks("B-1", "K-ANNA")

    first, again = (hub.asked(station, asked).verdict for _ in range(2))

    assert first == Refused(Reason.AGE_LIMIT, "Boken ska lagas, sa ....")
    assert again == Refused(Reason.AGE_LIMIT), "it is kept nowhere"
    with hub.engine.connect() as db:
        assert "lagas" not in repr(db.execute(select(tables.posting)).all())


def test_a_return_that_is_not_taken_is_told_too(hub, station, system):
    asked = station.asks("B-1", "K-ANNA")
    station.settles(asked, Outcome.ACCEPTED, due=hub.asked(station, asked).verdict.due)
    hub.takes_facts(station)
    system.lies = True
    station.takes_back("B-1")

    hub.takes_facts(station)

    assert [kind for kind, _ in found(hub)] == ["refused_by_catalogue"]


def test_a_later_day_that_was_told_renews_nothing(hub, station, system):
    system.honours_no_block = False
    station.lends("B-1", "K-ANNA", due=DUE.replace(year=2027))

    hub.takes_facts(station)
    hub.touched.add("B-1")
    hub.post()

    assert system.changes == ["lend B-1 K-ANNA"]
    assert found(hub) == [("refused_by_catalogue", "later_day")]


@pytest.mark.parametrize("wish", list(Wish))
def test_a_day_that_was_brought_forward_renews_nothing(hub, station, system, wish):
    for each in (Wish.LOAN, wish):
        asked = station.asks("B-1", "K-ANNA", each)
        due = hub.asked(station, asked).verdict.due
        station.settles(asked, Outcome.ACCEPTED, due=due)
    hub.takes_facts(station)
    made = list(system.changes)
    system.loans["B-1"].due = TODAY

    hub.touched.add("B-1")
    hub.post()

    assert system.changes == made
    assert found(hub) == []


def test_a_loan_made_at_the_desk_is_returned_at_a_station(hub, station, system, clock):
    system.loans["B-1"] = Out("K-CHILD", TODAY)
    station.takes_back("B-1")

    hub.takes_facts(station)

    assert system.changes == ["take back B-1"]
    assert found(hub) == []


def test_one_lent_at_the_desk_to_another_meanwhile_too(hub, station, system, clock):
    station.lends("B-1", "K-ANNA")
    hub.takes_facts(station)
    system.loans["B-1"] = Out("K-CHILD", TODAY.replace(year=2027))
    clock.now_ms += 3 * HOUR_MS
    station.clock_ms = clock.now_ms
    station.takes_back("B-1")

    hub.takes_facts(station)

    assert system.changes[-1] == "take back B-1"
    assert system.loans == {}


def test_a_late_return_does_not_end_the_loan_that_came_after_it(hub, station, system, clock):
    station.lends("B-1", "K-ANNA")
    hub.takes_facts(station)
    station.takes_back("B-1")
    clock.now_ms += 3 * HOUR_MS
    system.loans["B-1"] = Out("K-CHILD", TODAY.replace(year=2027))

    hub.takes_facts(station)

    assert system.loans["B-1"].card == "K-CHILD"


def test_many_books_are_posted_at_once_and_each_in_order(hub, station, system):
    books = [f"N-{number}" for number in range(12)]
    system.titles |= dict.fromkeys(books, "Ny bok")
    for book in books:
        station.lends(book, "K-ANNA")
        station.takes_back(book)
        station.lends(book, "K-BO")
    hub.takes(station.topic("facts"), station.framed("facts", station.batch()))
    hub.touched.clear()
    at_once = Poster(
        hub.engine, hub.catalogue, now_ms=lambda: hub.now_ms, today=NOW.date, at_once=3
    )

    at_once.look()

    assert {item: out.card for item, out in system.loans.items()} == dict.fromkeys(books, "K-BO")
    assert sorted(system.changes) == sorted(f"lend {book} K-BO" for book in books)
    assert not [each.name for each in threading.enumerate() if each.name.startswith("poster")]


def test_while_the_system_is_offline_nothing_is_lost(hub, station, system):
    system.online = False
    station.lends("B-1", "K-ANNA")
    with pytest.raises(CatalogueUnavailableError):
        hub.takes_facts(station)
    assert hub.poster.owed() == ["B-1"]

    system.online = True
    hub.poster.look()

    assert hub.poster.owed() == []
    assert hub.catalogue.item(ItemId("B-1")).loan.patron == "K-ANNA"


def test_a_late_return_is_dated_when_it_was_made(hub, station, system, clock):
    station.lends("B-1", "K-ANNA")
    hub.takes_facts(station)
    station.takes_back("B-1")
    made = station.clock_ms
    clock.now_ms = hub.now_ms = made + 30 * HOUR_MS

    hub.takes_facts(station)

    (returned,) = [each for each in hub.catalogue.log(ItemId("B-1")) if each.change == "returned"]
    assert returned.at_ms == made


def test_the_systems_words_are_forgotten_once_staff_have_decided(hub, station, system):
    system.honours_no_block, system.limit = False, 0
    station.lends("B-1", "K-ANNA")
    hub.takes_facts(station)
    with hub.engine.begin() as db:
        exceptions.forget_closed(db)
        (one,) = exceptions.open_exceptions(db)
        assert one.told == "TOO_MANY: 30"
        made = Decision(
            key=one.key, action="catalogue_mended", reason="Infört.", by="maja", at_ms=1
        )
        decisions.settle(db, made)
        exceptions.forget_closed(db)
        ((kept, _),) = exceptions.every_exception(db)

    assert kept.told == ""


def test_who_had_a_book_is_forgotten_when_it_is_back(hub, station, system, clock):
    station.lends("B-1", "K-ANNA")
    station.takes_back("B-1")
    hub.takes_facts(station)
    clock.now_ms = hub.now_ms = NOW_MS + 40 * 24 * HOUR_MS
    forgetting = Forgetting(hub.engine, hub.catalogue, zone="Europe/Stockholm")

    for _ in range(2):
        forgetting.run(clock.now_ms)

    with hub.engine.connect() as db:
        facts = db.execute(select(tables.fact)).all()
        notes = [*db.execute(select(seen_event)), *db.execute(select(seen_copy))]
    assert [each.closed_ms is None for each in facts] == [False, False]
    assert "K-ANNA" not in repr([*facts, *notes])
    assert hub.catalogue.item(ItemId("B-1")).loan is None
