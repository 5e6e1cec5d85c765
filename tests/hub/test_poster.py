"""Once in the catalogue, though its calls have no ids, and whatever dies between."""

import random
import time
from datetime import timedelta

import pytest

from circulation import envelopes, topics
from circulation.facts import Outcome, Unswitched
from circulation.identifiers import BranchCode, CardNumber, ItemId
from circulation.messages import WriteAnswer
from circulation.verdicts import Accepted, Reason, Refused
from hub import decisions, exceptions
from hub.catalogue.own import OwnCatalogue
from hub.decisions import Decision
from hub.errors import CatalogueUnavailableError
from hub.folding import Folding
from hub.poster import Poster
from tests.hub.catalogue.cast import NOW_MS
from tests.hub.rig import DUE, NOW, TalkingHub

HOUR_MS = 3_600_000


class Cut(OwnCatalogue):
    """The real catalogue on a line that is cut: before the call, or after it was done."""

    fault = ""

    def checkout(self, *args, **kwargs):
        if self.fault == "before":
            raise CatalogueUnavailableError("the line is cut")
        verdict = super().checkout(*args, **kwargs)
        if self.fault == "after":
            raise CatalogueUnavailableError("the answer is lost")
        return verdict


class Counting(OwnCatalogue):
    """The real catalogue, which counts how often it is asked how an item stands."""

    asked = 0

    def item(self, *args, **kwargs):
        self.asked += 1
        return super().item(*args, **kwargs)


@pytest.fixture
def hub(tmp_path):
    talking = TalkingHub(tmp_path)
    talking.catalogue = Cut(talking.engine)
    talking.put_together()
    yield talking
    talking.engine.dispose()


@pytest.fixture
def station(hub):
    return hub.enrol("vindeln-1", "VIN", 1)


def open_kinds(hub):
    with hub.engine.connect() as db:
        return [each.kind for each in exceptions.open_exceptions(db)]


@pytest.mark.parametrize("fault", ["before", "after"])
def test_a_write_whose_answer_was_lost_is_made_once(hub, station, fault):
    station.lends("B-1", "K-ANNA")
    hub.catalogue.fault = fault
    with pytest.raises(CatalogueUnavailableError):
        hub.takes_facts(station)
    hub.restart()

    assert hub.poster.owed() == ["B-1"]
    hub.poster.post(ItemId("B-1"))

    assert [event.change for event in hub.own.log(ItemId("B-1"))] == ["lent"]
    assert hub.poster.owed() == []


@pytest.mark.parametrize("fault", ["before", "after"])
def test_an_online_question_whose_answer_was_lost_ends_as_the_visitor_was_told(hub, station, fault):
    asked = station.asks("B-1", "K-ANNA")
    hub.catalogue.fault = fault
    assert hub.asked(station, asked) == WriteAnswer(verdict=Refused(Reason.CATALOGUE_SILENT))
    hub.catalogue.fault = ""

    station.settles(asked, Outcome.REFUSED)
    hub.takes_facts(station)

    assert hub.own.item(ItemId("B-1")).loan is None


def test_a_question_asked_again_after_a_lost_answer_is_told_what_was_done(hub, station):
    asked = station.asks("B-1", "K-ANNA")
    hub.catalogue.fault = "after"
    hub.asked(station, asked)
    hub.restart()

    answer = hub.asked(station, asked)

    assert isinstance(answer.verdict, Accepted)
    assert len(hub.own.log(ItemId("B-1"))) == 1


def test_a_question_that_comes_after_its_own_end_is_not_posted(hub, station):
    asked = station.asks("B-1", "K-ANNA")
    station.settles(asked, Outcome.REFUSED)
    hub.takes_facts(station)

    answer = hub.asked(station, asked)

    assert answer == WriteAnswer(verdict=Refused(Reason.CATALOGUE_SILENT))
    assert hub.own.log(ItemId("B-1")) == []


def test_one_return_takes_a_book_back_as_often_as_late_facts_lend_it(hub, station):
    other, late = hub.enrol("vindeln-2", "VIN", 2), hub.enrol("vindeln-3", "VIN", 3)
    late.clock_ms += 300_000
    station.lends("B-1", "K-ANNA")
    hub.takes_facts(station)
    other.clock_ms += 3_600_000
    other.takes_back("B-1")
    hub.takes_facts(other)

    asked = late.asks("B-1", "K-BO")
    assert isinstance(hub.asked(late, asked).verdict, Accepted)
    late.settles(asked, Outcome.ACCEPTED, due=DUE)
    hub.takes_facts(late)

    assert hub.own.item(ItemId("B-1")).loan is None
    assert hub.poster.owed() == []


def test_what_the_catalogue_granted_came_after_what_staff_had_done_there(hub, station):
    station.trusted = False
    station.clock_ms -= 10**10
    hub.staff.lend(ItemId("B-1"), CardNumber("K-BO"), at_ms=NOW_MS)

    asked = station.asks("B-1", "K-ANNA")
    assert isinstance(hub.asked(station, asked).verdict, Accepted)
    station.settles(asked, Outcome.ACCEPTED, due=DUE)
    hub.takes_facts(station)

    assert hub.own.item(ItemId("B-1")).loan.patron == "anna"


def test_staffs_own_loan_that_a_return_ended_is_anew_where_that_was_anothers(hub, station):
    """A station without a line lent it shortly before; what came back was that visitor's."""
    late = hub.enrol("vindeln-9", "VIN", 9)
    late.lends("B-1", "K-CHILD")
    hub.staff.lend(ItemId("B-1"), CardNumber("K-ANNA"), at_ms=NOW_MS + 80_000)
    hub.poster.look()
    station.clock_ms = NOW_MS + 140_000
    station.takes_back("B-1")
    hub.takes_facts(station)
    assert hub.own.item(ItemId("B-1")).loan is None

    hub.takes_facts(late)

    assert hub.own.item(ItemId("B-1")).loan.patron == "anna"
    hub.poster.look()
    writes = [entry.posting for entry in hub.own.log(ItemId("B-1"))]
    assert len(writes) == len(set(writes)) == 3


def test_what_staff_do_at_their_own_desk_is_folded_too(hub, station):
    station.lends("B-1", "K-ANNA")
    hub.takes_facts(station)
    hub.staff.take_back(ItemId("B-1"), BranchCode("VIN"), at_ms=NOW_MS + 3_600_000)
    hub.poster.look()
    station.clock_ms = NOW_MS + 7_200_000
    station.takes_back("B-1")
    hub.takes_facts(station)

    assert open_kinds(hub) == ["double_return"]


def test_a_book_that_is_catalogued_later_is_posted_then(hub, station):
    station.lends("B-NEW", "K-ANNA")
    hub.takes_facts(station)
    assert open_kinds(hub) == ["unknown_item"]
    hub.enters("B-NEW")

    hub.poster.look()

    assert hub.own.item(ItemId("B-NEW")).loan.patron == "anna"
    assert open_kinds(hub) == []


@pytest.mark.parametrize(
    ("settled_as", "posted"), [("item_catalogued", True), ("sent_home", False)]
)
def test_who_says_that_it_is_entered_may_enter_it_afterwards(hub, station, settled_as, posted):
    station.lends("B-NEW", "K-ANNA")
    hub.takes_facts(station)
    with hub.engine.begin() as db:
        (one,) = exceptions.open_exceptions(db)
        said = Decision(key=one.key, action=settled_as, reason="På väg.", by="maja", at_ms=1)
        decisions.settle(db, said)

    hub.poster.look()
    hub.enters("B-NEW")
    hub.poster.look()

    assert bool(hub.own.item(ItemId("B-NEW")).loan) is posted


def test_a_question_that_never_ends_holds_its_book_for_a_quarter_of_an_hour(hub, station):
    other = hub.enrol("vindeln-2", "VIN", 2)
    hub.asked(station, station.asks("B-1", "K-ANNA"))
    hub.poster.look()
    assert hub.own.item(ItemId("B-1")).loan is not None

    hub.now_ms += 16 * 60_000
    hub.poster.look()

    assert hub.own.item(ItemId("B-1")).loan is None
    assert hub.poster.owed() == []
    other.takes_back("B-1")
    hub.takes_facts(other)
    assert hub.poster.owed() == []


def test_an_end_that_comes_after_all_still_counts(hub, station):
    asked = station.asks("B-1", "K-ANNA")
    hub.asked(station, asked)
    hub.now_ms += 16 * 60_000
    hub.poster.look()
    station.settles(asked, Outcome.ACCEPTED, due=DUE)

    hub.takes_facts(station)

    assert hub.own.item(ItemId("B-1")).loan.patron == "anna"


def test_a_new_journal_means_that_the_old_one_ends_nothing_more(hub, station):
    hub.asked(station, station.asks("B-1", "K-ANNA"))
    station.epoch, station.raws, station.head = 2, [], envelopes.GENESIS
    station.takes_back("B-1")

    hub.takes_facts(station)

    assert hub.own.item(ItemId("B-1")).loan is None
    assert hub.poster.owed() == []


def returned_ms(hub, item: str) -> list[int]:
    return [each.at_ms for each in hub.own.log(ItemId(item)) if each.change == "returned"]


def in_the_dark(station, boot: str, wall_ms: int):
    """Have *station* start anew, with nobody to tell it the time."""
    station.boot, station.trusted = boot, False
    return station.record_at(wall_ms, mono_ms=5_000)


@pytest.mark.parametrize(
    ("wall_ms", "entered_ms"),
    [(10_000, NOW_MS + HOUR_MS), (NOW_MS + 10**12, NOW_MS + HOUR_MS)],
    ids=["1970", "years ahead"],
)
def test_a_return_at_a_time_nobody_knows_is_entered_as_early_as_it_can_have_been(
    hub, station, wall_ms, entered_ms
):
    other = hub.enrol("vindeln-2", "VIN", 2)
    station.lends("B-1", "K-ANNA")
    other.record_at(entered_ms, mono_ms=HOUR_MS).takes_back("B-2")
    in_the_dark(other, "boot-2", wall_ms).takes_back("B-1")
    hub.now_ms = NOW_MS + 40 * 24 * HOUR_MS

    hub.takes_facts(station)
    hub.takes_facts(other)

    assert returned_ms(hub, "B-1") == [entered_ms]


@pytest.mark.parametrize("wall_ms", [10_000, NOW_MS + 10**12], ids=["1970", "years ahead"])
def test_a_station_that_never_knew_the_time_took_back_what_had_been_lent_before(
    hub, station, wall_ms
):
    other = hub.enrol("vindeln-2", "VIN", 2)
    station.lends("B-1", "K-ANNA")
    in_the_dark(other, "boot-2", wall_ms).takes_back("B-1")
    hub.now_ms = NOW_MS + 40 * 24 * HOUR_MS

    hub.takes_facts(station)
    hub.takes_facts(other)

    assert returned_ms(hub, "B-1") == [NOW_MS + 1_000]


def test_a_time_that_is_learnt_afterwards_charges_nobody_and_writes_nothing_again(hub, station):
    other = hub.enrol("vindeln-2", "VIN", 2)
    station.lends("B-1", "K-ANNA")
    in_the_dark(other, "boot-2", 10_000).takes_back("B-1")
    hub.now_ms = NOW_MS + 40 * 24 * HOUR_MS
    hub.takes_facts(station)
    hub.takes_facts(other)

    other.trusted = True
    other.record_at(NOW_MS + 9 * HOUR_MS, mono_ms=5_000 + HOUR_MS).takes_back("B-2")
    hub.takes_facts(other)

    life = Folding(hub.engine, hub.own, lambda: hub.now_ms).life(ItemId("B-1"))
    assert [each.rank for each in life.folded.merged] == [
        NOW_MS + 1_000,
        NOW_MS + 8 * HOUR_MS,
    ]
    assert returned_ms(hub, "B-1") == [NOW_MS + 1_000]


@pytest.mark.parametrize("at_once", [True, False])
def test_a_clock_once_years_ahead_keeps_no_later_loan_from_being_returned(hub, station, at_once):
    other = hub.enrol("vindeln-2", "VIN", 2)
    in_the_dark(station, "boot-1", NOW_MS + 10**12).takes_back("B-2")
    if not at_once:
        hub.takes_facts(station)
    station.boot, station.trusted = "boot-2", True
    station.record_at(NOW_MS + HOUR_MS, mono_ms=5_000).lends("B-1", "K-ANNA")
    other.record_at(NOW_MS + 2 * HOUR_MS, mono_ms=5_000).takes_back("B-1")

    hub.takes_facts(station)
    hub.takes_facts(other)

    assert hub.own.item(ItemId("B-1")).loan is None
    assert open_kinds(hub) == ["return_not_on_loan"]


@pytest.mark.parametrize("boot", ["boot-1", "boot-2"])
def test_a_time_service_that_once_lied_keeps_no_later_loan_from_being_returned(hub, station, boot):
    other = hub.enrol("vindeln-2", "VIN", 2)
    station.boot = "boot-1"
    station.record_at(NOW_MS + 10**12, mono_ms=5_000).takes_back("B-2")
    hub.takes_facts(station)
    station.boot = boot
    station.record_at(NOW_MS + HOUR_MS, mono_ms=10_000).lends("B-1", "K-ANNA")
    other.record_at(NOW_MS + 2 * HOUR_MS, mono_ms=5_000).takes_back("B-1")

    hub.takes_facts(station)
    hub.takes_facts(other)

    assert hub.own.item(ItemId("B-1")).loan is None
    assert open_kinds(hub) == ["return_not_on_loan"]


def test_a_loan_by_a_clock_years_ahead_is_entered_as_of_now(hub, station):
    in_the_dark(station, "boot-1", NOW_MS + 10**12).lends("B-1", "K-ANNA")
    hub.takes_facts(station)
    in_the_dark(station, "boot-1", NOW_MS + 10**12).lends("B-1", "K-ANNA", DUE + timedelta(days=7))
    hub.takes_facts(station)

    log = hub.own.log(ItemId("B-1"))
    assert [(each.change, each.at_ms) for each in log] == [("lent", NOW_MS), ("renewed", NOW_MS)]


def test_a_book_that_was_lent_on_had_come_back_by_then_whenever_we_hear_of_it(hub, station):
    other = hub.enrol("vindeln-2", "VIN", 2)
    station.lends("B-1", "K-ANNA")
    other.record_at(NOW_MS + 2 * HOUR_MS, mono_ms=0).lends("B-1", "K-BO")
    hub.takes_facts(station)
    hub.now_ms = NOW_MS + 40 * 24 * HOUR_MS

    hub.takes_facts(other)

    assert returned_ms(hub, "B-1") == [NOW_MS + 2 * HOUR_MS]
    assert open_kinds(hub) == ["missing_return"]


CARDS = ("K-ANNA", "K-BO")
ITEMS = ("B-1", "B-2", "B-MAP")


def live(stations, rng: random.Random) -> None:
    """Have the stations lend and take back for a while, each with its own clock."""
    for _ in range(14):
        station = rng.choice(stations)
        item = rng.choice(ITEMS)
        if rng.random() < 0.5:
            station.lends(item, rng.choice(CARDS))
        else:
            station.takes_back(item)
        station.clock_ms += rng.randrange(3_600_000)
        station.trusted = rng.random() < 0.8


def deliver(hub, stations, rng: random.Random) -> None:
    """Bring every fact, in pieces, doubled and in disorder."""
    pieces = [
        (station, first, first + rng.randrange(3))
        for station in stations
        for first in range(1, len(station.raws) + 1)
    ]
    rng.shuffle(pieces)
    for station, first, last in pieces + pieces[::3]:
        hub.takes_facts(station, first, last)
    for station in stations:
        hub.takes_facts(station)


def world(hub):
    return [
        (standing.loan.patron, standing.loan.due) if standing.loan else None
        for standing in map(hub.own.item, map(ItemId, ITEMS))
    ]


@pytest.mark.parametrize("seed", range(8))
def test_however_facts_arrive_the_loans_are_the_same(seed, tmp_path):
    ends = []
    chains: list[list[bytes]] = []
    for arrival in range(2):
        rng = random.Random(seed)
        folder = tmp_path / str(arrival)
        folder.mkdir()
        hub = TalkingHub(folder)
        stations = [hub.enrol(f"vindeln-{n}", "VIN", n) for n in (1, 2, 3)]
        if arrival == 0:
            live(stations, rng)
            chains = [station.raws for station in stations]
        for station, raws in zip(stations, chains, strict=True):
            station.raws = raws
        deliver(hub, stations, random.Random(1000 * arrival + seed))
        ends.append(world(hub))
        hub.engine.dispose()

    assert ends[0] == ends[1]


def test_a_book_whose_alarm_was_not_switched_is_named_to_a_librarian(hub, station):
    station.lends("B-1", "K-ANNA")
    station.could_not_switch("B-1", armed=False)
    hub.takes_facts(station)
    hub.takes_facts(station)

    with hub.engine.connect() as db:
        (one,) = exceptions.open_exceptions(db)
    assert (one.kind, one.item, one.told) == ("unswitched", "B-1", "gate_released")
    assert hub.own.item(ItemId("B-1")).loan.patron == "anna"


def test_a_loan_undone_for_its_alarm_is_on_nobody_and_names_the_book_once(hub, station):
    asked = station.asks("B-1", "K-ANNA")
    station.settles(asked, Outcome.ACCEPTED, DUE)
    station.could_not_switch("B-1", armed=False)
    station.takes_back("B-1")
    hub.takes_facts(station)
    hub.takes_facts(station)

    with hub.engine.connect() as db:
        (one,) = exceptions.open_exceptions(db)
    assert (one.kind, one.item, one.told) == ("unswitched", "B-1", "gate_released")
    assert hub.own.item(ItemId("B-1")).loan is None


def test_an_alarm_of_nobody_knows_which_book_is_named_all_the_same(hub, station):
    sealed = Unswitched(at=station.at(), armed=True, key="gone", item=b"sealed to a key long gone")
    station.record(sealed)
    hub.takes_facts(station)

    with hub.engine.connect() as db:
        (one,) = exceptions.open_exceptions(db)
    assert (one.kind, one.item, one.told) == ("unswitched", None, "gate_armed")


def backlog(hub, station, many):
    """Let the hub have so many loans of as many books, and nobody be told; return the books."""
    books = [f"N-{number:02}" for number in range(many)]
    for book in books:
        hub.enters(book)
        station.lends(book, "K-ANNA")
    frame = station.framed(topics.FACTS, station.batch())
    hub.takes(station.topic(topics.FACTS), frame)
    return books


def patient(hub, waiting_max):
    """Give *hub* a poster in which no more than so many items wait."""
    hub.poster = Poster(
        hub.engine,
        hub.catalogue,
        now_ms=lambda: hub.now_ms,
        today=NOW.date,
        waiting_max=waiting_max,
    )
    return hub.poster


def lent(hub, books):
    """Return how often each of *books* was lent in the catalogue."""
    return [[event.change for event in hub.own.log(ItemId(book))] for book in books]


def test_while_the_catalogue_is_silent_a_backlog_waits_in_the_ledger(hub, station):
    books = backlog(hub, station, 12)
    hub.catalogue.fault = "before"
    poster = patient(hub, 5)

    for _ in range(4):
        poster.look()
        poster.touched(frozenset(books[6:]))
        assert poster._hears(0.0)

    assert len(poster._owing) == 5
    assert poster._touched.qsize() <= 5
    hub.catalogue.fault = ""
    poster.look()
    assert lent(hub, books) == [["lent"]] * 5 + [[]] * 7
    for _ in range(3):
        poster.catch_up()
        poster.post_waiting()
    assert lent(hub, books) == [["lent"]] * 12


def test_a_backlog_is_posted_without_a_pause_whoever_was_told_of_it(hub, station, monkeypatch):
    monkeypatch.setattr("hub.poster.LOOK_SECONDS", 3600.0)
    books = backlog(hub, station, 12)
    poster = patient(hub, 5)

    poster.start()
    end = time.monotonic() + 60
    while lent(hub, books) != [["lent"]] * 12:
        assert time.monotonic() < end, "the backlog was never posted"
        time.sleep(0.01)
    poster.stop()


def test_a_poster_is_stopped_with_a_backlog_that_it_was_told_of(hub, station):
    books = backlog(hub, station, 12)
    hub.catalogue.fault = "before"
    poster = patient(hub, 5)
    poster.touched(frozenset(books))
    poster.start()

    poster.stop()


def test_questions_without_an_end_keep_nothing_behind_them_from_being_posted(hub, station):
    for book in ("B-2", "B-3", "B-REF"):
        station.asks(book, "K-ANNA")
    frame = station.framed(topics.FACTS, station.batch())
    hub.takes(station.topic(topics.FACTS), frame)
    hub.now_ms += 1
    station.lends("B-1", "K-BO")
    hub.takes(station.topic(topics.FACTS), station.framed(topics.FACTS, station.batch(4)))
    poster = patient(hub, 2)

    for _ in range(2):
        poster.catch_up()
        poster.post_waiting()

    assert lent(hub, ["B-1"]) == [["lent"]]


class Cursed(OwnCatalogue):
    """The real catalogue, which fails for some books: a fault of ours, or of its own."""

    def item(self, item, **kwargs):
        if item.startswith("N-"):
            raise RuntimeError("cursed")
        return super().item(item, **kwargs)


def test_books_that_cannot_be_posted_keep_no_others_from_it(hub, station):
    backlog(hub, station, 5)
    hub.now_ms += 1
    station.lends("B-1", "K-BO")
    hub.takes(station.topic(topics.FACTS), station.framed(topics.FACTS, station.batch(6)))
    hub.catalogue = Cursed(hub.engine)
    poster = patient(hub, 2)

    for _ in range(3):
        poster.catch_up()
        poster.post_waiting()

    assert lent(hub, ["B-1"]) == [["lent"]]


def test_a_backlog_about_one_book_is_posted_at_once_and_not_fact_by_fact(hub, station):
    hub.catalogue = Counting(hub.engine)
    hub.put_together()
    for _ in range(30):
        station.lends("B-1", "K-ANNA")
    for number in range(1, 31):
        frame = station.framed(topics.FACTS, station.batch(number, number))
        hub.takes(station.topic(topics.FACTS), frame)
        hub.poster.touched(frozenset(hub.touched))

    hub.poster.start()
    end = time.monotonic() + 30
    while hub.poster.owed() or not hub.poster._touched.empty():
        assert time.monotonic() < end, "the backlog was never posted"
        time.sleep(0.01)
    hub.poster.stop()

    assert hub.catalogue.asked < 10
    assert [event.change for event in hub.own.log(ItemId("B-1"))] == ["lent"]
