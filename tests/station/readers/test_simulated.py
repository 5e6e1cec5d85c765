import time
from collections.abc import Iterator

import pytest

from circulation.tags.dump import TagDump
from station.events import Place
from station.readers import open_reader
from station.readers.simulated import Lines, SimulatedField

BOOK = TagDump(name="book-1", kind="book", uid="04a1b2112233aa", pages="11010131")
IDLE_POLL_MS_MAX = 0.25


@pytest.fixture
def field() -> Iterator[SimulatedField]:
    field = SimulatedField({Place.CARD: (0, 0), Place.PAD: (0, 1)})
    yield field
    field.close()


@pytest.fixture
def pad(field):
    reader = open_reader("rc522", bus=0, device=1, reset_pin=4)
    yield reader
    reader.close()


def test_a_book_laid_on_the_pad_is_read_by_the_real_driver(field, pad):
    field.place(Place.PAD, BOOK)

    (found,) = pad.poll()

    assert found.uid == BOOK.uid
    assert found.image.memory[:4] == BOOK.memory


def test_a_book_taken_away_is_gone(field, pad):
    field.place(Place.PAD, BOOK)
    pad.poll()
    field.remove(Place.PAD, BOOK.uid)

    assert pad.poll() == []
    field.remove(Place.PAD, BOOK.uid)


def test_a_book_is_one_thing_and_lies_in_one_place(field, pad):
    field.place(Place.PAD, BOOK)
    field.place(Place.CARD, BOOK)
    field.place(Place.CARD, BOOK)

    assert pad.poll() == []
    assert field.lying(Place.CARD) == [BOOK.uid]
    assert field.places == [Place.CARD, Place.PAD]


def test_a_book_laid_badly_gives_its_uid_only(field, pad):
    field.half_place(Place.PAD, BOOK)

    (found,) = pad.poll()

    assert (found.uid, found.image) == (BOOK.uid, None)


def test_a_long_dump_lies_on_a_bigger_tag(field):
    long = TagDump(name="x", kind="other", uid=BOOK.uid, pages="00" * 148, chip="ntag215")
    field.place(Place.PAD, long)
    (tag,) = field.chip(Place.PAD).field.tags
    assert len(tag.user_memory) == 504


def test_an_empty_antenna_costs_next_to_nothing(field, pad):
    pad.poll()
    began = time.thread_time()
    for _ in range(200):
        pad.poll()
    assert (time.thread_time() - began) * 1000 / 200 < IDLE_POLL_MS_MAX


def test_what_is_written_on_a_tag_stays_there_when_it_is_lifted(field, pad):
    field.place(Place.PAD, BOOK)
    pad.write(BOOK.uid, 4, b"more")
    field.remove(Place.PAD, BOOK.uid)
    pad.poll()
    field.place(Place.PAD, BOOK)

    assert pad.poll()[0].image.memory[:8] == BOOK.memory + b"more"
    assert [dump.pages for dump in field.dumps()] == [BOOK.pages + b"more".hex()]


def test_a_bank_card_lies_there_without_a_word(field, pad):
    field.place(
        Place.PAD, TagDump(name="x", kind="other", uid="01020304", pages="", chip="iso14443-4")
    )
    (found,) = pad.poll()
    assert found.identity_only


VICINITY = TagDump(
    name="b", kind="book", uid="e004010012345678", pages="11010131", chip="slix", afi=7, eas=True
)


@pytest.fixture
def both_worlds():
    field = SimulatedField({Place.PAD: (0, 1)}, {Place.PAD: Lines(busy_pin=15, reset_pin=4)})
    yield field
    field.close()


@pytest.fixture
def wide_pad(both_worlds):
    reader = open_reader("pn5180", bus=0, device=1, reset_pin=4, busy_pin=15, pins=both_worlds.pins)
    yield reader
    reader.close()


def test_a_wider_pad_reads_books_of_both_worlds(both_worlds, wide_pad):
    both_worlds.place(Place.PAD, VICINITY)
    both_worlds.place(Place.PAD, BOOK)

    assert [tag.uid for tag in wide_pad.poll()] == [BOOK.uid, VICINITY.uid]


def test_what_a_gate_looks_at_is_in_the_dump_again(both_worlds, wide_pad):
    both_worlds.place(Place.PAD, VICINITY)
    wide_pad.switch_gate(VICINITY.uid, afi=0xC2, armed=False)
    both_worlds.remove(Place.PAD, VICINITY.uid)

    (dump,) = both_worlds.dumps()

    assert (dump.afi, dump.eas, dump.memory) == (0xC2, False, VICINITY.memory)


def test_a_book_of_the_other_world_laid_badly_gives_its_uid_only(both_worlds, wide_pad):
    both_worlds.half_place(Place.PAD, VICINITY)

    (found,) = wide_pad.poll()

    assert (found.uid, found.image) == (VICINITY.uid, None)
    both_worlds.place(Place.PAD, VICINITY)
    assert wide_pad.poll()[0].image.memory[:4] == VICINITY.memory


def test_a_book_of_the_other_world_is_not_heard_by_an_mfrc522(field, pad):
    field.place(Place.PAD, VICINITY)

    assert pad.poll() == []
