"""The chip as a bus sees it: commands, registers and lines."""

import pytest

from station.readers.chips.field import Field
from station.readers.chips.frames import Bits
from station.readers.chips.noise import Noise
from station.readers.chips.virtual_cards import Classic
from station.readers.chips.virtual_ntag import Ntag
from station.readers.chips.virtual_pn5180 import VirtualPn5180
from station.readers.chips.virtual_vicinity import Icode

BOOK = bytes.fromhex("e004010012345678")
CARD = bytes.fromhex("04a1b2112233aa")
RX, TX, IDLE, TIMER, WRONG = 1 << 0, 1 << 1, 1 << 2, 1 << 12, 1 << 17


@pytest.fixture
def chip() -> VirtualPn5180:
    return VirtualPn5180(Field())


def do(chip: VirtualPn5180, command: str) -> None:
    chip.transfer(list(bytes.fromhex(command)))


def asked(chip: VirtualPn5180, command: str, count: int) -> bytes:
    do(chip, command)
    return bytes(chip.transfer([0xFF] * count))


def register(chip: VirtualPn5180, number: int) -> int:
    return int.from_bytes(asked(chip, f"04{number:02x}", 4), "little")


def listen(chip: VirtualPn5180, config: str) -> None:
    """Put the field on, start the timer with each frame, and begin a cycle."""
    do(chip, "11" + config)
    do(chip, "1601")
    do(chip, "000c64000000")
    do(chip, "000f3d081000")


def send(chip: VirtualPn5180, frame: str, last_bits: int = 0) -> int:
    """Return what has happened after *frame*."""
    do(chip, "0200f8ffffff")
    do(chip, "0003ffff0f00")
    do(chip, "010003000000")
    do(chip, f"09{last_bits:02x}{frame}")
    return register(chip, 0x02)


def test_a_book_answers_an_inventory(chip):
    chip.field.put(Icode(BOOK, dsfid=0x3E))
    listen(chip, "0d8d")

    assert send(chip, "260100") == TX | RX
    assert register(chip, 0x13) & 0x1FF == 10
    assert asked(chip, "0a00", 10).hex() == "003e" + BOOK[::-1].hex()


def test_nobody_there_is_the_timer_s_word(chip):
    listen(chip, "0d8d")
    assert send(chip, "260100") == TX | TIMER


def test_without_a_timer_nothing_ever_comes(chip):
    do(chip, "110d8d")
    do(chip, "1601")
    assert send(chip, "260100") == TX


def test_an_end_of_frame_alone_begins_the_next_slot(chip):
    chip.field.put(Icode(BOOK))
    listen(chip, "0d8d")
    assert send(chip, "060100") == TX | TIMER
    do(chip, "02183ffbffff")

    heard = [send(chip, "") & RX for _ in range(9)]

    assert heard == [0] * 7 + [RX, 0]


def test_data_where_only_an_end_is_sent_is_a_mistake_and_so_is_an_end_where_data_is(chip):
    listen(chip, "0d8d")
    assert send(chip, "") & WRONG
    do(chip, "02183ffbffff")
    assert send(chip, "260100") & WRONG


def test_two_books_collide_at_their_first_bit_that_differs(chip):
    chip.field.put(Icode(BOOK))
    chip.field.put(Icode(BOOK[:7] + b"\x7a"))
    listen(chip, "0d8d")
    send(chip, "260100")

    status = register(chip, 0x13)

    assert status & 1 << 18
    assert status >> 19 & 0x7F == 17


def test_a_card_answers_seven_bits(chip):
    chip.field.put(Ntag(CARD))
    listen(chip, "0080")

    assert send(chip, "26", 7) & RX
    assert asked(chip, "0a00", 2) == b"\x44\x00"


def test_a_book_s_antenna_hears_no_card_and_a_card_s_no_book(chip):
    chip.field.put(Ntag(CARD))
    listen(chip, "0d8d")
    assert not send(chip, "260100") & RX
    chip.field.put(Icode(BOOK))
    listen(chip, "0080")
    assert send(chip, "26", 7) & RX
    assert asked(chip, "0a00", 2) == b"\x44\x00"


def test_a_checksum_that_does_not_hold_is_told(chip):
    chip.field.put(Icode(BOOK))
    listen(chip, "0d8d")
    chip.noise = Noise(1, seed=1)
    chip.field.echoes = lambda frame: [Bits.of(bytes(12))]

    send(chip, "260100")

    assert register(chip, 0x13) & 1 << 16


def test_a_key_opens_a_sector_and_the_cipher_is_on_until_it_is_switched_off(chip):
    card = Classic(b"\x5e\x11\x22\x33")
    chip.field.put(card)
    listen(chip, "0080")
    send(chip, "26", 7)
    level = b"\x5e\x11\x22\x33\x5e"
    do(chip, "011901000000")
    send(chip, "9370" + level.hex())

    assert asked(chip, "0c" + "ff" * 6 + "6004" + "5e112233", 1) == b"\0"
    assert register(chip, 0x00) & 0x40
    do(chip, "0200bfffffff")
    assert not register(chip, 0x00) & 0x40
    assert asked(chip, "0c" + "00" * 6 + "6004" + "5e112233", 1) == b"\1"


def test_a_frame_without_a_field_or_a_cycle_is_a_mistake(chip):
    do(chip, "110d8d")
    assert send(chip, "260100") & WRONG
    do(chip, "1601")
    do(chip, "0200f8ffffff")
    do(chip, "0900260100")
    assert register(chip, 0x02) & WRONG


@pytest.mark.parametrize("command", ["ff", "114080", "110d80"])
def test_what_the_chip_does_not_know_is_a_mistake(chip, command):
    do(chip, command)
    assert register(chip, 0x02) & WRONG


def test_a_field_that_goes_lets_tags_forget(chip):
    tag = Icode(BOOK)
    chip.field.put(tag)
    listen(chip, "0d8d")
    send(chip, "2202" + BOOK[::-1].hex())
    assert not send(chip, "260100") & RX

    do(chip, "1700")
    do(chip, "1601")

    assert send(chip, "260100") & RX


def test_a_held_chip_and_a_silent_one_say_nothing(chip):
    chip.held_in_reset(True)
    assert asked(chip, "071006", 6) == bytes(6)
    chip.held_in_reset(False)
    assert asked(chip, "071006", 6)[1] == 3
    chip.silent = True
    assert asked(chip, "071006", 6) == bytes(6)


def test_a_reading_too_long_is_filled_with_ones(chip):
    assert asked(chip, "071002", 4)[2:] == b"\xff\xff"
