import queue
import threading
from collections.abc import Callable, Iterator

import pytest

from circulation.tags.content import Usage
from circulation.tags.iso28560_3 import encode_basic
from station.events import Place
from station.readers import open_reader
from station.readers.carrier import ReaderCarrier
from station.readers.chips.virtual_ntag import Ntag
from station.readers.port import TagGone, TagSeen, TagUnreadable

UID = "04a1b2112233aa"
BOOK = encode_basic("30000001", usage=Usage.CIRCULATING, owner="SE-Um")
SOON = 3.0


class Inbox:
    """What the carrier has told, in order."""

    def __init__(self) -> None:
        self.events: queue.Queue = queue.Queue()
        self.faults: queue.Queue = queue.Queue()

    def event(self):
        place, event = self.events.get(timeout=SOON)
        assert place is Place.CARD
        return event

    def fault(self) -> str | None:
        return self.faults.get(timeout=SOON)[1]


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def start(chip, inbox) -> Iterator[Callable[..., ReaderCarrier]]:
    carriers = []

    def started(**settings) -> ReaderCarrier:
        carrier = ReaderCarrier(
            Place.CARD,
            lambda: open_reader("rc522", bus=0, device=0, reset_pin=25),
            on_event=lambda *event: inbox.events.put(event),
            on_fault=lambda *fault: inbox.faults.put(fault),
            retry_ms=50,
            **settings,
        )
        carrier.start()
        carriers.append(carrier)
        return carrier

    yield started
    for carrier in carriers:
        carrier.stop()


def lay(chip, memory: bytes = BOOK) -> Ntag:
    tag = Ntag(bytes.fromhex(UID), memory)
    chip.field.put(tag)
    return tag


def test_a_card_comes_lies_and_goes(chip, inbox, start):
    start()
    lay(chip)
    seen = inbox.event()
    assert isinstance(seen, TagSeen)
    assert seen.content.number == "30000001"

    with pytest.raises(queue.Empty):
        inbox.events.get(timeout=0.5)
    chip.field.take(bytes.fromhex(UID))

    assert inbox.event() == TagGone(UID)
    assert inbox.faults.empty()


def test_a_tag_that_lies_badly_is_said_to_be_unreadable(chip, inbox, start):
    tag = lay(chip)
    tag.silent_from_page = 4
    start()

    assert inbox.event() == TagUnreadable(UID)


def test_one_flipped_bit_is_noticed_by_nobody(chip, inbox, start):
    start()
    lay(chip)
    assert isinstance(inbox.event(), TagSeen)
    chip.flip_bits = 1

    with pytest.raises(queue.Empty):
        inbox.events.get(timeout=0.4)


def test_a_silent_chip_is_told_of_once_and_comes_back_by_itself(chip, inbox, start):
    start()
    lay(chip)
    assert isinstance(inbox.event(), TagSeen)

    chip.silent = True
    assert "SPI bus 0, device 0" in inbox.fault()
    assert inbox.event() == TagGone(UID)
    with pytest.raises(queue.Empty):
        inbox.faults.get(timeout=0.3)

    chip.silent = False
    assert inbox.fault() is None
    assert isinstance(inbox.event(), TagSeen)


def test_a_chip_that_is_missing_at_the_start_may_come_later(chip, inbox, start):
    chip.silent = True
    start()
    assert "no MFRC522 answers" in inbox.fault()

    chip.silent = False
    assert inbox.fault() is None


def test_a_dip_in_the_supply_is_mended_by_waking_the_chip_again(chip, inbox, start):
    start()
    lay(chip)
    assert isinstance(inbox.event(), TagSeen)
    chip.lose_power()

    assert inbox.fault() is not None
    assert inbox.fault() is None


def test_a_stopped_carrier_is_gone_and_was_known_by_its_place(chip, start):
    carrier = start()
    assert carrier.name == "reader-card"
    carrier.stop()
    assert carrier not in threading.enumerate()


def test_a_carrier_that_will_not_go_is_named(monkeypatch, chip, inbox):
    monkeypatch.setattr("station.readers.carrier.STOP_SECONDS_MAX", 0.05)
    held = threading.Event()

    def connect():
        held.wait(SOON)
        return open_reader("rc522", bus=0, device=0, reset_pin=25)

    carrier = ReaderCarrier(Place.PAD, connect, on_event=lambda *_: None, on_fault=lambda *_: None)
    carrier.start()
    with pytest.raises(RuntimeError, match="reader-pad did not stop"):
        carrier.stop()
    held.set()
    carrier.join(SOON)
    assert not carrier.is_alive()
