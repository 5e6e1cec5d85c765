import random
import threading
import time

import pytest

from station.errors import ReaderUnavailableError
from station.readers import open_reader
from station.readers.chips import virtual_bus
from station.readers.chips.noise import Metal
from station.readers.chips.virtual_cards import Classic, SmartCard
from station.readers.chips.virtual_ntag import Ntag
from station.readers.chips.virtual_vicinity import SLIX2, Icode
from station.readers.tag_keys import SectorKey, TagKeys
from tests.station.readers.conftest import BUS, BUSY_PIN, PAD_DEVICE, PAD_RESET_PIN

BOOK = "e004010012345678"
CARD = "04a1b2112233aa"
MEMORY = bytes(range(0x11, 0x11 + 34))


def lay_book(chip, uid=BOOK, memory=MEMORY, **made) -> Icode:
    tag = Icode(bytes.fromhex(uid), memory, **made)
    chip.field.put(tag)
    return tag


def uids(reader) -> list[str]:
    return [tag.uid for tag in reader.poll()]


def test_an_empty_pad_finds_nothing(pad):
    assert pad.poll() == []


def test_a_book_is_read_whole_with_afi_and_dsfid(pad_chip, pad):
    lay_book(pad_chip, afi=0x07, dsfid=0x3E)

    (found,) = pad.poll()

    assert found.uid == BOOK
    assert found.image.memory == MEMORY.ljust(112, b"\0")
    assert (found.image.afi, found.image.dsfid, found.image.block_bytes) == (0x07, 0x3E, 4)


def test_one_pad_reads_books_and_loan_cards(pad_chip, pad):
    lay_book(pad_chip)
    pad_chip.field.put(Ntag(bytes.fromhex(CARD), b"\x11" + bytes(35)))

    assert [uids(pad) for _ in range(4)] == [[CARD, BOOK]] * 4


def test_a_bank_card_gives_its_uid_only(pad_chip, pad):
    card = SmartCard(bytes.fromhex("04112233"))
    pad_chip.field.put(card)

    (found,) = pad.poll()

    assert (found.uid, found.image, found.identity_only) == ("04112233", None, True)
    assert card.asked == []


@pytest.mark.parametrize("seed", range(40))
def test_a_stack_of_books_is_told_whole(pad_chip, pad, seed):
    chance = random.Random(seed)
    laid = {f"e00401{chance.randbytes(5).hex()}" for _ in range(chance.randint(1, 8))}
    for uid in laid:
        lay_book(pad_chip, uid, bytes.fromhex(uid))

    found = pad.poll()

    assert [tag.uid for tag in found] == sorted(laid)
    assert all(tag.image.memory.startswith(bytes.fromhex(tag.uid)) for tag in found)
    assert uids(pad) == sorted(laid)


def test_books_that_differ_only_in_the_maker_s_bits_are_told_apart(pad_chip, pad):
    twins = ["e004010012345678", "e004018012345678"]
    for uid in twins:
        lay_book(pad_chip, uid)

    assert uids(pad) == twins


def test_a_big_tag_is_read_to_its_end(pad_chip, pad):
    memory = random.Random(1).randbytes(316)
    lay_book(pad_chip, memory=memory, kind=SLIX2)

    assert pad.poll()[0].image.memory == memory


def test_an_older_tag_is_read_block_by_block(pad_chip, pad):
    lay_book(pad_chip).singly = True

    assert pad.poll()[0].image.memory[:34] == MEMORY


def test_a_book_lying_still_is_read_once(pad_chip, pad):
    tag = lay_book(pad_chip)
    pad.poll()
    tag.silent_from_block = 0

    assert pad.poll()[0].image.memory[:34] == MEMORY


def test_a_book_that_was_away_is_read_anew(pad_chip, pad):
    lay_book(pad_chip, memory=b"then")
    pad.poll()
    pad_chip.field.take(bytes.fromhex(BOOK))
    pad.poll()
    lay_book(pad_chip, memory=b"now!")

    assert pad.poll()[0].image.memory[:4] == b"now!"


def test_a_book_laid_badly_gives_its_uid_only(pad_chip, pad):
    lay_book(pad_chip).silent_from_block = 3

    assert [(tag.uid, tag.image) for tag in pad.poll()] == [(BOOK, None)]


def test_a_private_tag_is_left_alone(pad_chip, pad):
    lay_book(pad_chip, kind=SLIX2).private = True

    assert pad.poll() == []


def test_metal_on_the_pad_tells_nothing_and_raises_nothing(pad_chip, pad):
    pad_chip.field.metal = Metal(seed=1)

    assert pad.poll() == []


def test_the_sectors_of_a_card_are_opened_with_the_branch_s_keys(pad_chip, board):
    tag = Classic(b"\x5e\x11\x22\x33")
    tag.put(4, b"loan card no. 17")
    pad_chip.field.put(tag)
    keys = TagKeys(sectors={1: SectorKey(b"\xff" * 6)})
    reader = open_pad(board, keys=keys)

    (found,) = reader.poll()

    assert found.image.memory.startswith(b"loan card no. 17")
    assert uids(reader) == ["5e112233"]
    reader.close()


# --- when the reader fails ----------------------------------------------------------------


def open_pad(board, **other):
    wiring = {"bus": BUS, "device": PAD_DEVICE, "reset_pin": PAD_RESET_PIN, "busy_pin": BUSY_PIN}
    return open_reader("pn5180", **{**wiring, "pins": board, **other})


def test_a_chip_that_falls_silent_is_told_and_comes_back(pad_chip, board):
    reader = open_pad(board)
    pad_chip.silent = True
    with pytest.raises(ReaderUnavailableError, match="SPI bus 0, device 1: the reader has stopped"):
        reader.poll()
    reader.close()
    pad_chip.silent = False
    lay_book(pad_chip)

    again = open_pad(board)

    assert uids(again) == [BOOK]
    again.close()


def test_a_field_that_does_not_come_up_is_told(pad_chip, pad):
    pad_chip.antenna_broken = True

    with pytest.raises(ReaderUnavailableError, match="check the 5 V of the chip and its antenna"):
        pad.poll()


def test_a_chip_that_lost_its_registers_in_mid_poll_is_told(pad_chip, pad):
    tag = lay_book(pad_chip)
    heard = tag.hear

    def dip(frame):
        pad_chip.lose_power()
        return heard(frame)

    tag.hear = dip
    with pytest.raises(ReaderUnavailableError, match="stopped answering"):
        pad.poll()


def test_closing_ends_a_poll_that_another_thread_has_begun(pad_chip, board):
    reader = open_pad(board)
    ended = []

    def poll():
        try:
            while True:
                reader.poll()
        except ReaderUnavailableError as error:
            ended.append(str(error))

    thread = threading.Thread(target=poll)
    thread.start()
    time.sleep(0.05)
    reader.close()
    thread.join(2)

    assert ended
    assert "the reader was closed" in ended[0]


def test_two_pads_share_a_bus_and_fail_alone(pad_chip, pad, chip, reader):
    lay_book(pad_chip)
    chip.silent = True

    with pytest.raises(ReaderUnavailableError):
        reader.poll()

    assert uids(pad) == [BOOK]
    virtual_bus.detach(BUS, 0)
