"""A tag that cannot be written or put back whole: it is said, and can be tried again."""

import json

import pytest

from provisioning.tagging.programming import Wish
from provisioning.tagging.writer import TagError, Writer
from tests.station.pads import ARMED, RELEASED, BookTag, Pad

UID = "e004010012345678"
WISH = Wish(item="30000001", owner="SE-Vi")


@pytest.fixture
def book():
    return BookTag(UID, "30000007", afi=RELEASED)


@pytest.fixture
def pad(book):
    return Pad(book)


@pytest.fixture
def writer(pad, tmp_path):
    return Writer(pad, tmp_path / "last.json", say=lambda _: None, seconds_max=2)


def test_an_alarm_that_cannot_be_put_back_is_told_and_put_back_later(writer, book):
    before = book.memory
    writer.write(WISH)
    book.locked = True

    with pytest.raises(TagError, match=r"but its alarm .* stays as it is: locked") as told:
        writer.undo()
    assert (told.value.what, book.memory, book.afi) == ("alarm", before, ARMED)

    book.locked = False
    assert writer.undo() == UID
    assert (book.afi, book.eas) == (RELEASED, False)


def test_a_tag_taken_away_before_its_alarm_is_put_back_is_asked_for_again(writer, pad, book):
    writer.write(WISH)
    pad.gone_for = 1

    with pytest.raises(TagError, match="taken away too soon"):
        writer.undo()

    assert writer.undo() == UID
    assert (book.afi, book.eas) == (RELEASED, False)


def test_an_alarm_that_cannot_be_armed_is_told_and_what_was_written_undone(writer, book):
    before = book.memory
    book.locked = True
    with pytest.raises(TagError, match=r"but its alarm .* stays as it is: locked"):
        writer.write(WISH)
    book.locked = False

    writer.undo()

    assert (book.memory, book.afi) == (before, RELEASED)


@pytest.mark.parametrize(
    "kept", ["", "[]", "{}", '{"uid": 1, "memory": ""}', '{"uid": "e0", "memory": "", "afi": "7"}']
)
def test_a_spoilt_note_of_the_last_tag_undoes_nothing(writer, tmp_path, book, kept):
    before = book.memory
    (tmp_path / "last.json").write_text(kept)

    with pytest.raises(TagError, match="nothing is known of a tag"):
        writer.undo()

    assert book.memory == before


def test_the_note_of_the_last_tag_is_its_owners_alone(writer, tmp_path):
    writer.write(WISH)

    note = tmp_path / "last.json"
    assert note.stat().st_mode & 0o077 == 0
    kept = json.loads(note.read_bytes())
    assert (kept["uid"], kept["afi"], kept["armed"]) == (UID, RELEASED, False)
