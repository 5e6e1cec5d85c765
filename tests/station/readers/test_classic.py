"""MIFARE Classic, through the real driver and the virtual chip."""

import pytest

from station.errors import TagRefusedError
from station.readers import tag_keys
from station.readers.chips.noise import Noise
from station.readers.chips.virtual_cards import Classic
from station.readers.chips.virtual_ntag import Ntag
from station.readers.chips.virtual_tags import ACK
from station.readers.classic import data_blocks
from station.readers.rc522 import Rc522Reader

SHORT, LONG = bytes.fromhex("deadbeef"), bytes.fromhex("04a1b2112233aa")
KEY = bytes.fromhex("a0a1a2a3a4a5")
KEYS = tag_keys.parse("classic 1-2 A a0a1a2a3a4a5", "tags.keys")
MEMORY = bytes(range(96))
CRYPTO1_ON, STATUS2 = 0x08, 0x08


@pytest.fixture
def opening(chip):
    reader = Rc522Reader(bus=0, device=0, reset_pin=25, keys=KEYS)
    yield reader
    reader.close()


def card(uid: bytes = SHORT, key_a: bytes = KEY) -> Classic:
    card = Classic(uid, key_a=key_a)
    for at, block in enumerate((4, 5, 6, 8, 9, 10)):
        card.put(block, MEMORY[at * 16 : at * 16 + 16])
    return card


def cipher_is_off(chip) -> bool:
    return not chip.transfer([STATUS2 << 1 | 0x80, 0])[1] & CRYPTO1_ON


def test_the_users_blocks_leave_out_the_makers_and_the_keys():
    keys = tag_keys.parse("classic 0-1 A ffffffffffff\nclassic 15 A ffffffffffff", "tags.keys")
    assert data_blocks(keys) == [1, 2, 4, 5, 6, 60, 61, 62]


@pytest.mark.parametrize("uid", [SHORT, LONG])
def test_a_card_is_read_where_the_branch_has_its_keys(chip, opening, uid):
    chip.field.put(card(uid))

    (found,) = opening.poll()

    assert found.uid == uid.hex()
    assert found.image.memory == MEMORY
    assert found.image.block_bytes == 16
    assert not found.identity_only


def test_the_other_key_opens_too(chip):
    keys = tag_keys.parse("classic 1 B b0b1b2b3b4b5", "tags.keys")
    card = Classic(SHORT, key_b=bytes.fromhex("b0b1b2b3b4b5"))
    # Key B is a key here, not data: trailer 011, data blocks 000.
    card.put(7, bytes(6) + bytes.fromhex("7f078869") + bytes.fromhex("b0b1b2b3b4b5"))
    card.put(4, b"sixteen bytes ok")
    chip.field.put(card)
    reader = Rc522Reader(bus=0, device=0, reset_pin=25, keys=keys)

    assert reader.poll()[0].image.memory[:16] == b"sixteen bytes ok"
    reader.close()


def test_a_card_with_another_key_is_found_and_hides_nobody(chip, opening):
    chip.field.put(card(key_a=b"other!"))
    chip.field.put(Ntag(LONG, b"book"))

    found = {tag.uid: tag.image for tag in opening.poll()}

    assert found[SHORT.hex()] is None
    assert found[LONG.hex()].memory[:4] == b"book"
    assert cipher_is_off(chip)


def test_without_keys_a_card_is_found_and_asked_nothing(chip, reader):
    chip.field.put(card())

    (found,) = reader.poll()

    assert (found.uid, found.image) == (SHORT.hex(), None)


def test_the_cipher_is_always_switched_off(chip, opening):
    chip.field.put(card())
    chip.field.put(card(LONG))

    assert len(opening.poll()) == 2
    assert cipher_is_off(chip)
    assert len(opening.poll()) == 2


def test_a_card_is_written_and_read_back(chip, opening):
    laid = card()
    chip.field.put(laid)
    chip.field.put(Ntag(LONG, b"book"))
    opening.poll()

    opening.write(SHORT.hex(), 32, b"a" * 16 + b"b" * 16)

    assert laid.block(6) == b"a" * 16
    assert laid.block(8) == b"b" * 16
    assert cipher_is_off(chip)
    found = {tag.uid: tag.image for tag in opening.poll()}
    assert found[SHORT.hex()].memory == MEMORY[:32] + b"a" * 16 + b"b" * 16 + MEMORY[64:]


def test_a_card_that_only_key_b_may_write_refuses(chip, opening):
    laid = card()
    # Data blocks 100: read by both keys, written by key B (8.7.3).
    laid.put(7, KEY + bytes.fromhex("787788") + b"i" + b"\xff" * 6)
    chip.field.put(laid)

    with pytest.raises(TagRefusedError, match="does not take"):
        opening.write(SHORT.hex(), 0, b"a" * 16)

    assert laid.block(4) == MEMORY[:16]


def test_a_card_without_keys_or_room_refuses_at_once(chip, opening, reader):
    chip.field.put(card())
    with pytest.raises(TagRefusedError, match="holds 96 bytes; 112 are too many"):
        opening.write(SHORT.hex(), 96, b"a" * 16)
    with pytest.raises(TagRefusedError, match="no key for it"):
        reader.write(SHORT.hex(), 0, b"a" * 16)


@pytest.mark.parametrize("seed", range(20))
def test_damage_on_the_way_neither_reads_nor_writes_wrong(chip, opening, seed):
    laid = card()
    chip.field.put(laid)
    chip.noise = Noise(0.03, seed=seed)

    opening.write(SHORT.hex(), 16, b"a" * 16)
    found = [tag for _ in range(4) for tag in opening.poll()]

    assert laid.block(5) == b"a" * 16
    assert found
    assert {tag.image.memory for tag in found if tag.image} == {
        MEMORY[:16] + b"a" * 16 + MEMORY[32:]
    }


def test_a_worn_out_card_that_says_yes_and_keeps_nothing_is_refused(chip, opening):
    class WornOut(Classic):
        def _take(self, sixteen):
            super()._take(bytes(16))
            return ACK

    worn = WornOut(SHORT, key_a=KEY)
    chip.field.put(worn)

    with pytest.raises(TagRefusedError, match="does not take"):
        opening.write(SHORT.hex(), 0, b"a" * 16)
