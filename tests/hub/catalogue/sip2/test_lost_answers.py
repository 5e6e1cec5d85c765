"""A line that is cut anywhere: what the library system has is what the ledger says, once."""

import random
import shutil
from contextlib import contextmanager
from dataclasses import replace

import pytest

from circulation.facts import Outcome, Wish
from circulation.identifiers import ItemId
from circulation.verdicts import Accepted, Reason
from hub import exceptions
from hub.errors import CatalogueUnavailableError
from hub.folding import Folding
from tests.hub.catalogue.sip2.independent import independent
from tests.hub.catalogue.sip2.proxy import WHOLE, Cut, carrying
from tests.hub.catalogue.sip2.rig import Clock, cast, catalogue_at
from tests.hub.rig import TalkingHub
from tests.hub.sip2.invenio import PASSWORD
from tests.hub.sip2.peers import scripted, serving

ITEMS = ("B-1", "B-2", "B-MAP")
CARDS = ("K-ANNA", "K-BO")
HEALED_ROUNDS_MAX = 20


class Day:
    """A hub, its stations and a library system; *plan* says what becomes of each exchange."""

    def __init__(self, hub, system, clock):
        self.hub, self.system, self.clock = hub, system, clock
        self.stations = [hub.enrol("vindeln-1", "VIN", 1), hub.enrol("grano-1", "GRA", 2)]
        self.renewed = self.unanswered = 0

    def pass_time(self, ms=60_000):
        self.clock.now_ms += ms
        self.hub.now_ms = self.clock.now_ms
        for station in self.stations:
            station.clock_ms = self.clock.now_ms

    def live(self, rng, events):
        """Have visitors come and go, online and off, whatever the line does."""
        for _ in range(events):
            self.pass_time(rng.randrange(60_000, 3_600_000))
            station = rng.choice(self.stations)
            item, card = rng.choice(ITEMS), rng.choice(CARDS)
            match rng.randrange(4):
                case 0:
                    station.lends(item, card, due=self.clock.day(28))
                case 1:
                    station.takes_back(item)
                case 2:
                    self.asks(station, item, card, Wish.LOAN)
                case 3:
                    self.asks(station, item, card, Wish.RENEWAL)
            self.deliver(station)

    def asks(self, station, item, card, wish):
        """Have a visitor ask, be told, and the station write down what was told."""
        seq = station.asks(item, card, wish)
        verdict = self.hub.asked(station, seq).verdict
        if isinstance(verdict, Accepted):
            station.settles(seq, Outcome.ACCEPTED, due=verdict.due)
            self.renewed += wish is Wish.RENEWAL
        else:
            station.settles(seq, Outcome.REFUSED)
            silent = verdict.reason is Reason.CATALOGUE_SILENT
            self.unanswered += silent and wish is Wish.RENEWAL

    def deliver(self, station):
        try:
            self.hub.takes_facts(station)
        except CatalogueUnavailableError:
            self.hub.touched.clear()

    def heal(self):
        """Let the line be whole until nothing is owed or in doubt."""
        for _ in range(HEALED_ROUNDS_MAX):
            self.pass_time()
            self.hub.poster.look()
        assert self.hub.poster.owed() == []

    def told(self):
        """Return who has what by the ledger."""
        folding = Folding(self.hub.engine, self.hub.catalogue, lambda: self.hub.now_ms)
        holders = {item: folding.life(ItemId(item)).folded.holder for item in ITEMS}
        return {item: holder.patron for item, holder in holders.items() if holder}

    def there(self):
        return {item: out.card for item, out in self.system.loans.items()}


@contextmanager
def a_day(folder, plan, server=None, *, answer_seconds=5.0):
    system, clock, hub = cast(), Clock(), TalkingHub(folder)
    serve = server(system) if server else scripted(system.wire)
    with (
        serve as upstream,
        carrying(upstream, plan) as port,
        catalogue_at(
            port, hub.engine, clock, answer_seconds=answer_seconds, login=("hub", PASSWORD)
        ) as catalogue,
    ):
        hub.catalogue = catalogue
        hub.put_together()
        try:
            yield Day(hub, system, clock)
        finally:
            hub.engine.dispose()


class Misfortune:
    """Cuts some exchanges, each at a byte of its own, until told to stop."""

    def __init__(self, rng, share):
        self.rng, self.share = rng, share
        self.over = False

    def __call__(self, _number, asked):
        if self.over or self.rng.random() >= self.share:
            return WHOLE
        if self.rng.random() < 0.5:
            return Cut(asked_bytes=self.rng.randrange(len(asked)))
        return Cut(said_bytes=self.rng.randrange(40))


def live_through(folder, seed, *, events, server=None):
    rng = random.Random(seed)
    bad = Misfortune(random.Random(seed + 1), share=rng.choice([0.05, 0.2, 0.5]))
    with a_day(folder, bad, server) as day:
        day.live(rng, events)
        bad.over = True
        day.heal()
        assert day.there() == day.told()
        renewals = sum(change.startswith("renew") for change in day.system.changes)
        # A wish whose answer was lost may have been granted: once, and no other ever.
        assert day.renewed <= renewals <= day.renewed + day.unanswered
        return len(day.system.changes)


@pytest.mark.parametrize("seed", range(6))
def test_after_a_day_of_cut_lines_the_library_system_has_what_the_ledger_says(seed, tmp_path):
    assert live_through(tmp_path, seed, events=12) > 0


def test_a_strict_server_of_others_too(tmp_path):
    live_through(tmp_path, 77, events=12, server=lambda system: serving(independent(system)))


def test_a_sloppy_server_of_others_too(tmp_path, invenio):
    """It carries out half a line as if it were whole, and knows no block of none."""

    @contextmanager
    def server(system):
        system.honours_no_block, invenio.system = False, system
        yield invenio.port

    live_through(tmp_path, 78, events=12, server=server)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("first", range(1000, 1500, 25))
def test_five_hundred_days_of_cut_lines(first, tmp_path):
    for seed in range(first, first + 25):
        folder = tmp_path / str(seed)
        folder.mkdir()
        live_through(folder, seed, events=20)
        shutil.rmtree(folder)


def script(day):
    """Live through one plain day: lent off line and on, renewed, returned."""
    one, other = day.stations
    day.asks(one, "B-1", "K-ANNA", Wish.LOAN)
    day.deliver(one)
    day.pass_time()
    other.lends("B-2", "K-BO", due=day.clock.day(28))
    day.deliver(other)
    day.pass_time()
    day.asks(one, "B-1", "K-ANNA", Wish.RENEWAL)
    day.deliver(one)
    day.pass_time()
    other.takes_back("B-2")
    day.deliver(other)


def exchanges(folder):
    """Return every request of the plain day, as it is when nothing goes wrong."""
    heard = []

    def plan(_number, asked):
        heard.append(asked)
        return WHOLE

    with a_day(folder, plan) as day:
        script(day)
        assert day.there() == {"B-1": "K-ANNA"}
        assert day.system.changes == [
            "lend B-1 K-ANNA",
            "lend B-2 K-BO",
            "renew B-1",
            "take back B-2",
        ]
    return heard


def cut_at(folder, number, cut):
    """Live the plain day with one exchange cut; every cut ends as the ledger says."""
    seconds = 0.4 if cut.silent else 5.0

    def plan(each, _asked):
        return cut if each == number else WHOLE

    with a_day(folder, plan, answer_seconds=seconds) as day:
        script(day)
        day.heal()
        assert day.there() == day.told(), (number, cut)
        renewals = [change for change in day.system.changes if change.startswith("renew")]
        # A wish whose answer was lost may have been granted; never twice, and never unasked.
        assert len(renewals) <= 1, (number, cut)
        assert set(renewals) <= {"renew B-1"}
        with day.hub.engine.connect() as db:
            kinds = {each.kind for each in exceptions.open_exceptions(db)}
        assert kinds <= {"renew_no_loan"}, (number, cut)


@pytest.mark.parametrize("which", ["request", "answer"])
def test_each_message_of_a_day_may_be_lost(which, tmp_path):
    (tmp_path / "whole").mkdir()
    heard = exchanges(tmp_path / "whole")
    for number, asked in enumerate(heard):
        if number % 3 and asked[:2] in (b"17", b"63", b"99"):
            continue  # all of them: behind `slow`
        folder = tmp_path / f"{which}-{number}"
        folder.mkdir()
        cut_at(folder, number, Cut(asked_bytes=0) if which == "request" else Cut(said_bytes=0))


@pytest.mark.parametrize("lost", [Cut(asked_bytes=0), Cut(said_bytes=0), Cut(said_bytes=9)])
def test_what_was_lost_may_be_lost_in_silence(lost, tmp_path):
    (tmp_path / "whole").mkdir()
    heard = exchanges(tmp_path / "whole")
    for number, asked in enumerate(heard):
        if asked[:2] in (b"11", b"29", b"09"):
            folder = tmp_path / str(number)
            folder.mkdir()
            cut_at(folder, number, replace(lost, silent=True))


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("part", range(10))
def test_the_line_may_be_cut_at_each_byte_of_a_day(part, tmp_path):
    (tmp_path / "whole").mkdir()
    cuts = [
        (number, cut)
        for number, asked in enumerate(exchanges(tmp_path / "whole"))
        for cut in (
            *(Cut(asked_bytes=byte) for byte in range(len(asked))),
            *(Cut(said_bytes=byte) for byte in range(60)),
        )
    ]
    for place, (number, cut) in enumerate(cuts[part::10]):
        folder = tmp_path / str(place)
        folder.mkdir()
        cut_at(folder, number, cut)
        shutil.rmtree(folder)
