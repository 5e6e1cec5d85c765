"""Whatever dies between fact and tag, the alarm ends as the loan says, or somebody knows."""

from datetime import date

import pytest

from circulation import envelopes, sealing
from circulation.facts import Checkin, Checkout, Unswitched
from circulation.identifiers import CardNumber, ItemId
from circulation.instants import Instant
from circulation.tags.counter import TagCounter
from circulation.tags.decoding import decode
from station import gatekeeping
from station.config import GateSetting
from station.effects import Gate
from station.events import (
    GateOutcome,
    GateSwitched,
    Place,
)
from station.gatekeeping import PATIENCE_MS, Gatekeeper
from station.readers.carrier import ORDER_TRIES, ReaderCarrier
from station.readers.gates import PadGates
from tests.station.pads import ARMED, RELEASED, BookTag, Pad
from tests.station.rig import AT, KEY, PRIVATE, RING, open_journal

UID, ITEM = "e004010012345678", ItemId("30000001")


class Hands:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.mono = 5_000

    def mono_ms(self) -> int:
        return self.mono

    def now(self) -> Instant:
        return AT


class DeadError(Exception):
    """The plug is pulled here."""


class Station:
    """Journal, gatekeeper and the pad's carrier, without their threads."""

    def __init__(self, folder, pad: Pad, dies_at: str = "", *, counts: bool = False) -> None:
        self.journal = open_journal(folder)
        self.clock = Hands()
        self.pad = pad
        self.dies_at = dies_at
        self.counts = counts
        self.heard: list[GateSwitched] = []
        self.gates = PadGates(GateSetting(), self.heard.append)
        self.carrier = ReaderCarrier(
            Place.PAD, lambda: pad, on_event=lambda *_: None, on_fault=lambda *_: None
        )
        self.gates.attach(self.carrier)
        self.keeper = Gatekeeper(self.journal, self.gates, self.clock, nudge=lambda: None)

    def step(self, name: str) -> None:
        if name == self.dies_at:
            raise DeadError(name)

    def lend(self) -> None:
        self._record(
            Checkout(at=AT, item=ITEM, card=CardNumber("K-1"), due=date(2026, 10, 1)), armed=False
        )

    def take_back(self) -> None:
        self._record(Checkin(at=AT, item=ITEM), armed=True)

    def _record(self, fact, *, armed: bool) -> None:
        counter = self.counter() if self.counts else None
        gate = Gate(uid=UID, item=ITEM, armed=armed, counter=counter)
        self.step("before the fact")
        self.journal.record(fact, gates=[gatekeeping.sealed(gate, self.journal)])
        self.step("before the order")
        self.keeper.owes(gate)
        self.step("before the tag")
        self.polls()
        self.step("before it is struck out")
        self.hear()

    def polls(self, times: int = ORDER_TRIES + 1) -> None:
        for _ in range(times):
            self.carrier._turn()

    def hear(self) -> None:
        while self.heard:
            self.keeper.switched(self.heard.pop(0))

    def lies_there(self) -> bool:
        alone = self.keeper.lies_there(decode(self.pad.tags[UID].image()))
        self.polls()
        self.hear()
        return alone

    def counter(self) -> TagCounter | None:
        return decode(self.pad.tags[UID].image()).counter

    def facts(self):
        return [
            envelopes.open_fact(envelopes.address(raw), RING)
            for _, raw in self.journal.owed_after(0, 100)
        ]


STEPS = ("before the fact", "before the order", "before the tag", "before it is struck out", "")


@pytest.mark.parametrize("dies_at", STEPS)
@pytest.mark.parametrize("what", ["lend", "take_back"])
def test_a_power_cut_between_any_two_steps_is_healed_when_the_book_lies_there(
    tmp_path, dies_at, what
):
    before, after = (ARMED, RELEASED) if what == "lend" else (RELEASED, ARMED)
    tag = BookTag(UID, ITEM, before)
    station = Station(tmp_path, Pad(tag), dies_at)
    try:
        getattr(station, what)()
    except DeadError:
        assert dies_at
    station.journal.close()

    again = Station(tmp_path, Pad(tag))
    again.lies_there()

    happened = bool(again.facts())
    assert happened == (dies_at != "before the fact")
    assert tag.afi == (after if happened else before)
    assert again.journal.gates_owed() == []
    again.journal.close()


def test_what_a_power_cut_left_is_finished_before_the_book_is_taken_for_a_return(tmp_path):
    tag = BookTag(UID, ITEM)
    station = Station(tmp_path, Pad(tag), "before the tag")
    with pytest.raises(DeadError):
        station.lend()
    station.journal.close()
    again = Station(tmp_path, Pad(tag))

    assert again.lies_there() is True
    assert again.lies_there() is False
    again.journal.close()


def test_a_book_lifted_too_soon_is_switched_when_it_lies_there_again(tmp_path):
    tag, pad = BookTag(UID, ITEM), Pad()
    station = Station(tmp_path, pad)
    station.lend()
    assert station.journal.gates_owed()[0].uid == UID
    assert tag.afi == ARMED

    pad.tags[UID] = tag
    assert station.lies_there() is False

    assert tag.afi == RELEASED
    assert station.journal.gates_owed() == []
    station.journal.close()


def test_a_hand_that_trembles_is_waited_for(tmp_path):
    tag = BookTag(UID, ITEM)
    pad = Pad(tag)
    pad.gone_for = ORDER_TRIES - 1
    station = Station(tmp_path, pad)

    station.lend()

    assert tag.afi == RELEASED
    station.journal.close()


def test_a_pad_that_is_unplugged_in_mid_visit_switches_when_it_is_plugged_in_again(tmp_path):
    tag = BookTag(UID, ITEM)
    pad = Pad(tag)
    pad.unplugged = True
    station = Station(tmp_path, pad)
    station.lend()
    assert tag.afi == ARMED
    assert [gate.uid for gate in station.journal.gates_owed()] == [UID]

    pad.unplugged = False
    station.lies_there()

    assert tag.afi == RELEASED
    assert station.journal.gates_owed() == []
    station.journal.close()


def unswitched(station):
    return [fact for fact in station.facts() if isinstance(fact, Unswitched)]


def test_a_tag_that_refuses_is_told_to_the_hub_by_its_books_number(tmp_path):
    tag = BookTag(UID, ITEM)
    tag.locked = True
    station = Station(tmp_path, Pad(tag))

    station.lend()

    (told,) = unswitched(station)
    assert (told.armed, RING.open(told.key, told.item)) == (False, b"30000001")
    assert station.journal.gates_owed() == []
    station.journal.close()


@pytest.mark.parametrize("restarted", [False, True])
def test_a_book_that_has_left_is_told_of_after_ten_minutes(tmp_path, restarted):
    station = Station(tmp_path, Pad())
    station.take_back()
    if restarted:
        station.journal.close()
        station = Station(tmp_path, Pad())
    station.keeper.look()
    assert unswitched(station) == []

    station.clock.mono += PATIENCE_MS
    station.keeper.look()
    station.keeper.look()

    (told,) = unswitched(station)
    assert (told.armed, RING.open(told.key, told.item)) == (True, b"30000001")
    station.journal.close()


def test_the_newest_of_two_is_what_the_tag_says(tmp_path):
    tag, pad = BookTag(UID, ITEM), Pad()
    station = Station(tmp_path, pad)
    station.lend()
    station.take_back()
    pad.tags[UID] = tag

    station.lies_there()

    assert tag.afi == ARMED
    assert station.journal.gates_owed() == []
    station.journal.close()


def test_a_loan_that_a_hand_held_up_is_not_switched_after_the_return(tmp_path):
    """The loan's switching finds the tag lifted; the return's finds it there."""
    tag = BookTag(UID, ITEM)
    pad = Pad(tag)
    pad.gone_for = 1
    station = Station(tmp_path, pad)
    station.gates.switch(UID, armed=False, counter=None)
    station.gates.switch(UID, armed=True, counter=None)

    station.polls()

    assert tag.afi == ARMED
    assert [event.armed for event in station.heard] == [True]
    station.journal.close()


def test_what_the_loan_owed_being_done_does_not_strike_out_what_the_return_owes(tmp_path):
    tag = BookTag(UID, ITEM)
    station = Station(tmp_path, Pad(tag), "before it is struck out")
    with pytest.raises(DeadError):
        station.lend()
    told, station.heard[:] = list(station.heard), []
    station.dies_at = "before the tag"
    with pytest.raises(DeadError):
        station.take_back()

    station.keeper.switched(*told)

    assert [gate.armed for gate in station.journal.gates_owed()] == [True]
    station.polls()
    station.hear()
    assert tag.afi == ARMED
    assert station.journal.gates_owed() == []
    station.journal.close()


def test_what_is_owed_names_neither_book_nor_card(tmp_path):
    station = Station(tmp_path, Pad())
    station.lend()
    station.journal.close()

    kept = b"".join(path.read_bytes() for path in tmp_path.glob("journal.sqlite*"))
    assert UID.encode() in kept
    assert b"30000001" not in kept
    assert b"K-1" not in kept


def test_a_station_without_a_journal_owes_nothing(tmp_path):
    station = Station(tmp_path, Pad())
    keeper = Gatekeeper(None, station.gates, station.clock, nudge=lambda: None)

    keeper.switched(GateSwitched(uid=UID, armed=False, outcome=GateOutcome.REFUSED))
    keeper.look()

    assert keeper.lies_there(decode(BookTag(UID, ITEM).image())) is False
    station.journal.close()


def test_what_was_sealed_before_a_rotation_is_told_with_its_own_key(tmp_path):
    station = Station(tmp_path, Pad())
    station.lend()
    station.journal.key = sealing.SealingKey("2027-1", KEY.public)
    station.clock.mono += PATIENCE_MS

    station.keeper.look()

    (told,) = [
        fact
        for _, raw in station.journal.owed_after(1, 100)
        if isinstance(fact := _opened(raw), Unswitched)
    ]
    assert told.key == KEY.id
    station.journal.close()


def _opened(raw):
    envelope = envelopes.address(raw)
    return envelopes.open_fact(envelope, sealing.KeyRing({envelope.key: PRIVATE}))


@pytest.mark.parametrize("dies_at", STEPS)
def test_a_loan_is_counted_once_wherever_the_power_was_cut(tmp_path, dies_at):
    tag = BookTag(UID, ITEM)
    station = Station(tmp_path, Pad(tag), dies_at, counts=True)
    try:
        station.lend()
    except DeadError:
        assert dies_at
    station.journal.close()

    again = Station(tmp_path, Pad(tag))
    again.lies_there()

    assert again.counter().count == (dies_at != "before the fact")
    again.journal.close()


def test_a_tag_that_has_counted_elsewhere_since_never_counts_backwards(tmp_path):
    tag = BookTag(UID, ITEM)
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    station = Station(here, Pad(tag), "before the tag", counts=True)
    with pytest.raises(DeadError):
        station.lend()
    station.journal.close()
    elsewhere = Station(there, Pad(tag), counts=True)
    for _ in range(3):
        elsewhere.take_back()
    elsewhere.journal.close()
    again = Station(here, Pad(tag))

    again.lies_there()

    assert again.counter().count == 3
    again.journal.close()


def test_a_tag_whose_room_is_locked_is_switched_all_the_same(tmp_path):
    tag = BookTag(UID, ITEM)
    pad = Pad(tag)
    pad.memory_locked = True
    station = Station(tmp_path, pad, counts=True)

    station.lend()

    assert (tag.afi, station.counter().count) == (RELEASED, 0)
    assert unswitched(station) == []
    station.journal.close()
