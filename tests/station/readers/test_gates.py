"""A book's alarm, switched by the real driver on a virtual chip, its plug pulled anywhere."""

from contextlib import contextmanager, suppress
from datetime import date

import pytest

from circulation.facts import Checkin, Checkout
from circulation.identifiers import CardNumber, ItemId
from circulation.tags.content import TagContent, Usage
from circulation.tags.decoding import decode
from circulation.tags.iso28560_3 import encode_basic
from station import gatekeeping
from station.config import GateSetting
from station.effects import Gate
from station.events import GateOutcome, Place
from station.gatekeeping import Gatekeeper
from station.readers import open_reader, pn5180_link
from station.readers.carrier import ORDER_TRIES, ReaderCarrier
from station.readers.chips import virtual_bus
from station.readers.chips.field import Field
from station.readers.chips.virtual_lines import mock_board
from station.readers.chips.virtual_pn5180 import VirtualPn5180
from station.readers.chips.virtual_vicinity import LOCKED, Icode, Refused
from station.readers.gates import PadGates
from tests.station.readers.conftest import BUS, BUSY_PIN, PAD_DEVICE, PAD_RESET_PIN
from tests.station.rig import AT, open_journal

UID, ITEM = "e004010012345678", ItemId("30000001")
IN_LIBRARY, ON_LOAN = 0x07, 0xC2
SLIX_BYTES = 112


class PlugPulledError(Exception):
    """The station has no power any more."""


class Air(Field):
    """A field whose station loses its power after so many frames to the books in it."""

    def __init__(self, *tags: Icode) -> None:
        super().__init__()
        self.frames_left = -1
        for tag in tags:
            self.put(tag)

    def echoes(self, frame):
        if self.frames_left == 0:
            raise PlugPulledError
        self.frames_left -= 1
        return super().echoes(frame)


class Clock:
    def mono_ms(self) -> int:
        return 5_000

    def now(self):
        return AT


class Station:
    """Journal, gatekeeper, carrier and driver, one step after the other."""

    def __init__(self, folder, reader) -> None:
        self.reader = reader
        self.journal = open_journal(folder)
        self.heard = []
        gates = PadGates(GateSetting(), self.heard.append)
        self.carrier = ReaderCarrier(
            Place.PAD, lambda: reader, on_event=lambda *_: None, on_fault=lambda *_: None
        )
        gates.attach(self.carrier)
        self.keeper = Gatekeeper(self.journal, gates, Clock(), nudge=lambda: None)

    def lies(self) -> TagContent:
        (found,) = self.reader.poll()
        return decode(found.image)

    def happens(self, fact, *, armed: bool) -> None:
        gate = Gate(uid=UID, item=ITEM, armed=armed, counter=self.lies().counter)
        self.journal.record(fact, gates=[gatekeeping.sealed(gate, self.journal)])
        self.keeper.owes(gate)
        self.polls()

    def heals(self) -> None:
        self.keeper.lies_there(self.lies())
        self.polls()

    def polls(self) -> None:
        for _ in range(ORDER_TRIES):
            self.carrier._turn()
            while self.heard:
                self.keeper.switched(self.heard.pop(0))


@pytest.fixture(autouse=True)
def _hurry(monkeypatch):
    monkeypatch.setattr(pn5180_link, "FIELD_OFF_SECONDS", 0)
    monkeypatch.setattr(pn5180_link, "FIELD_ON_SECONDS", 0)


@contextmanager
def plugged_in(folder, air: Air):
    """Yield a station with power; without it every tag forgets its state."""
    virtual_bus.install()
    board, chip = mock_board(), VirtualPn5180(air)
    chip.solder(board, busy_pin=BUSY_PIN, reset_pin=PAD_RESET_PIN)
    virtual_bus.attach(BUS, PAD_DEVICE, chip)
    lines = {"reset_pin": PAD_RESET_PIN, "busy_pin": BUSY_PIN, "pins": board}
    reader = open_reader("pn5180", bus=BUS, device=PAD_DEVICE, **lines)
    station = Station(folder, reader)
    yield station
    station.journal.close()
    reader.close()
    virtual_bus.detach(BUS, PAD_DEVICE)
    air.lose_power()


def book(*, armed: bool, kind: type[Icode] = Icode) -> Icode:
    memory = encode_basic(ITEM, usage=Usage.CIRCULATING, owner="SE-Vi").ljust(SLIX_BYTES, b"\0")
    afi = IN_LIBRARY if armed else ON_LOAN
    return kind(bytes.fromhex(UID), memory, afi=afi, eas=armed)


LOAN = Checkout(at=AT, item=ITEM, card=CardNumber("K-1"), due=date(2026, 10, 1))
RETURN = Checkin(at=AT, item=ITEM)


@pytest.mark.parametrize(("fact", "armed"), [(LOAN, False), (RETURN, True)])
def test_a_power_cut_between_any_two_frames_to_the_tag_is_healed(tmp_path, fact, armed):
    """AFI, EAS, their reading back, and both pages of the counter: cut before each frame."""
    frames, switched = 0, False
    while not switched:
        folder = tmp_path / str(frames)
        folder.mkdir()
        tag = book(armed=not armed)
        air = Air(tag)
        with plugged_in(folder, air) as station:
            air.frames_left = frames
            with suppress(PlugPulledError):
                station.happens(fact, armed=armed)
            air.frames_left = -1
            happened = bool(station.journal.owed_after(0, 1))
            switched = happened and not station.journal.gates_owed()

        with plugged_in(folder, air) as again:
            again.heals()
            assert again.journal.gates_owed() == [], frames
            said = again.lies()

        alarm = armed if happened else not armed
        assert (tag.afi, tag.eas) == (IN_LIBRARY if alarm else ON_LOAN, alarm), frames
        assert (said.number, said.counter.count) == (ITEM, int(happened)), frames
        frames += 1
    assert frames > 12


class Stubborn(Icode):
    """A tag whose AFI is written, and whose EAS is locked for ever."""

    def _write_eas(self, armed: bool) -> bytes:
        raise Refused(LOCKED)


def test_a_tag_half_switched_by_a_loan_is_armed_again_by_its_return(tmp_path):
    tag = book(armed=True, kind=Stubborn)
    with plugged_in(tmp_path, Air(tag)) as station:
        station.happens(LOAN, armed=False)
        assert (tag.afi, tag.eas) == (ON_LOAN, True)
        assert station.journal.gates_owed() == []

        station.happens(RETURN, armed=True)
        assert (tag.afi, tag.eas) == (IN_LIBRARY, True)
        assert station.journal.gates_owed() == []


def test_a_power_cut_between_that_return_and_the_tag_is_healed(tmp_path):
    tag = book(armed=True, kind=Stubborn)
    air = Air(tag)
    with plugged_in(tmp_path, air) as station:
        station.happens(LOAN, armed=False)
        gate = Gate(uid=UID, item=ITEM, armed=True)
        station.journal.record(RETURN, gates=[gatekeeping.sealed(gate, station.journal)])

    with plugged_in(tmp_path, air) as again:
        assert again.keeper.lies_there(again.lies()) is True
        again.polls()
        assert (tag.afi, again.journal.gates_owed()) == (IN_LIBRARY, [])


def test_a_station_whose_pad_cannot_write_says_that_the_tag_has_gone():
    heard = []

    PadGates(GateSetting(), heard.append).switch(UID, armed=False, counter=None)

    assert [(event.armed, event.outcome) for event in heard] == [(False, GateOutcome.GONE)]
