"""Type 2 tags, asked over the virtual chip's own registers."""

import pytest

from station.readers import iso14443a, type2
from station.readers.chips.virtual_ntag import NTAG213, NTAG215, NTAG216, Ntag
from station.readers.exchange import Answer
from station.readers.iso14443a import with_crc
from station.readers.mfrc522_registers import let_go, open_registers
from station.readers.transceiver import Transceiver

UID = bytes.fromhex("04a1b2112233aa")


@pytest.fixture
def air(chip):
    registers = open_registers(0, 0, 25)
    yield Transceiver(registers)
    let_go(registers, 25)


def active(chip, air, tag: Ntag) -> Ntag:
    chip.field.put(tag)
    assert iso14443a.wake(air)
    assert iso14443a.call(air, tag.uid) is not None
    return tag


@pytest.mark.parametrize(("kind", "room"), [(NTAG213, 144), (NTAG215, 504), (NTAG216, 888)])
def test_a_sticker_says_how_much_it_holds(chip, air, kind, room):
    active(chip, air, Ntag(UID, kind=kind))

    assert type2.user_bytes(air) == room


def test_the_biggest_sticker_is_read_whole_in_pieces_that_a_chip_can_take(chip, air):
    memory = bytes(range(256)) * 3 + bytes(120)
    active(chip, air, Ntag(UID, memory, kind=NTAG216))

    assert type2.read_fast(air, 4, 225) == memory
    assert type2.read(air, 4, 225) == memory


def test_a_piece_with_its_checksum_fills_the_chip_and_does_not_run_over():
    assert type2.FAST_READ_PAGES_MAX * type2.PAGE_BYTES + 2 <= 64


def test_a_text_is_read_to_its_end(chip, air):
    text = b"\x01\x03\xa0\x0c\x34\x03\x50" + bytes(range(80)) + b"\xfe"
    active(chip, air, Ntag(UID, text))

    assert type2.memory(air, plainly=False)[:87] == text[:87]


def test_a_long_text_is_read_to_its_end(chip, air):
    text = b"\x03\xff\x01\x2c" + bytes(i % 251 for i in range(300))
    active(chip, air, Ntag(UID, text, kind=NTAG215))

    assert type2.memory(air, plainly=True) == text


@pytest.mark.parametrize("head", ["03ff0200", "0390", "00000391", "01ff"])
def test_what_says_it_is_longer_than_its_tag_is_no_text(chip, air, head):
    memory = bytes.fromhex(head) + b"\x55" * 40
    active(chip, air, Ntag(UID, memory))

    assert type2.memory(air, plainly=False) == memory[:36]


def test_a_page_is_written_and_a_locked_one_refused(chip, air):
    tag = active(chip, air, Ntag(UID))
    assert type2.write_page(air, 5, b"book") is True
    tag.lock(6)

    assert type2.write_page(air, 6, b"nope") is False

    assert tag.user_memory[4:12] == b"book\0\0\0\0"


def test_a_page_that_nobody_answers_for_is_not_written(chip, air):
    active(chip, air, Ntag(UID)).silent_from_page = 4

    assert not type2.write_page(air, 5, b"book")


@pytest.mark.parametrize(("kind", "room"), [(NTAG213, 144), (NTAG215, 504), (NTAG216, 888)])
def test_a_sticker_says_from_where_on_it_is_protected(chip, air, kind, room):
    tag = active(chip, air, Ntag(UID, kind=kind))
    assert type2.first_protected(air, room) == 0xFF
    tag.protect(b"1234", first=9)
    assert type2.first_protected(air, room) == 9


def test_a_password_opens_what_it_protects(chip, air):
    tag = active(chip, air, Ntag(UID))
    tag.protect(b"\x01\x02\x03\x04", pack=b"\xaa\xbb")

    assert type2.unlock(air, b"\x01\x02\x03\x04") is True
    assert type2.write_page(air, 5, b"book") is True


def test_a_wrong_password_is_refused(chip, air):
    active(chip, air, Ntag(UID)).protect(b"\x01\x02\x03\x04")

    assert type2.unlock(air, b"\0\0\0\0") is False


class Saying:
    """The air with one answer."""

    def __init__(self, data: bytes, last_bits: int = 0) -> None:
        self.answer = Answer(data, last_bits, None)

    def send(self, frame, *, last_bits=0, align=0, crc=True):
        return self.answer


def test_an_answer_damaged_on_its_way_is_neither_yes_nor_no():
    assert type2.unlock(Saying(with_crc(b"\xaa\xbb")), b"1234") is True
    assert type2.unlock(Saying(with_crc(b"\xaa\xbb")[:-1] + b"\0"), b"1234") is None
    assert type2.unlock(Saying(b"\x01", 4), b"1234") is None
    assert not type2.write_page(Saying(b"\x0a", 0), 4, b"1234")
    assert type2.user_bytes(Saying(b"\x00" * 7)) is None
