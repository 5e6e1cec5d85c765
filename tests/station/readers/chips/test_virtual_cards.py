import pytest

from station.readers.chips.frames import Bits, with_crc
from station.readers.chips.virtual_cards import KEY_A, KEY_B, Classic, Phone, SmartCard
from station.readers.chips.virtual_tags import ACK, NAK_ARGUMENT, TagState, VirtualTag

UID = bytes.fromhex("deadbeef")
A, B = b"\xff" * 6, b"bbbbbb"
DATA = b"sixteen bytes ok"


def send(tag: VirtualTag, frame: bytes, *, ciphered: bool = False) -> Bits | None:
    return tag.answer(Bits.of(with_crc(frame)), ciphered=ciphered)


def activate(tag: VirtualTag) -> VirtualTag:
    tag.lose_power()
    assert tag.answer(Bits(0x26, 7))
    send(tag, bytes.fromhex("9370deadbeef22"))
    assert tag.state is TagState.ACTIVE
    return tag


def opened(card: Classic, key: str = "A") -> Classic:
    activate(card)
    command, secret = (KEY_A, A) if key == "A" else (KEY_B, B)
    assert card.open_sector(command, 4, secret, UID)
    return card


def with_access(bits: str) -> Classic:
    """Return a card whose sector 1 has data blocks with *bits*, and a key B that is a key."""
    c1, c2, c3 = (7 * int(bit) for bit in bits)
    c2, c3 = c2 | 8, c3 | 8
    six = (~c2 & 0xF) << 4 | (~c1 & 0xF)
    seven = c1 << 4 | (~c3 & 0xF)
    card = Classic(UID, key_b=B)
    card.put(7, A + bytes([six, seven, c3 << 4 | c2, 0x69]) + B)
    return card


def test_a_bank_card_notes_what_it_was_asked():
    card = activate(SmartCard(UID))

    assert send(card, b"\xe0\x50") is None

    assert card.asked == [b"\xe0\x50"]
    assert card.sak & 0x20


def test_a_telephone_shows_another_uid_in_each_field():
    phone = Phone(b"mine", seed=1)
    shown = set()
    for _ in range(3):
        phone.lose_power()
        phone.answer(Bits(0x26, 7))
        shown.add(phone.answer(Bits.of(b"\x93\x20")).to_bytes())

    assert len(shown) == 3
    assert {uid[0] for uid in shown} == {0x08}


def test_a_sector_opens_to_its_key_and_the_cards_uid_only():
    for key, uid in ((b"wrong!", UID), (A, b"\0" * 4)):
        card = activate(Classic(UID))
        assert not card.open_sector(KEY_A, 4, key, uid)
        assert card.state is TagState.IDLE
    assert opened(Classic(UID)).ciphered


def test_a_card_at_rest_opens_nothing():
    assert not Classic(UID).open_sector(KEY_A, 4, A, UID)


def test_an_open_card_hears_only_the_cipher():
    card = opened(Classic(UID))
    assert send(card, b"\x30\x04", ciphered=True).to_bytes()[:16] == bytes(16)

    assert send(card, b"\x30\x04") is None

    assert card.state is TagState.IDLE
    assert not card.ciphered


def test_what_is_written_in_two_steps_is_read():
    card = opened(Classic(UID))

    assert send(card, b"\xa0\x05", ciphered=True) is ACK
    assert send(card, DATA, ciphered=True) is ACK

    assert card.block(5) == DATA


@pytest.mark.parametrize("command", ["3008", "a008", "a000", "a007", "ff04"])
def test_another_sector_the_makers_block_and_the_keys_are_refused(command):
    card = opened(Classic(UID))
    assert send(card, bytes.fromhex(command), ciphered=True) is NAK_ARGUMENT


def test_half_a_block_is_refused():
    card = opened(Classic(UID))
    send(card, b"\xa0\x05", ciphered=True)
    assert send(card, b"short", ciphered=True) is NAK_ARGUMENT


def test_nobody_reads_a_key_that_is_one():
    card = opened(with_access("000"))
    shown = send(card, b"\x30\x07", ciphered=True).to_bytes()
    assert (shown[:6], shown[10:16]) == (bytes(6), bytes(6))


@pytest.mark.parametrize(
    ("bits", "readers", "writers"),
    [
        ("000", "AB", "AB"),
        ("010", "AB", ""),
        ("100", "AB", "B"),
        ("110", "AB", "B"),
        ("001", "AB", ""),
        ("011", "B", "B"),
        ("101", "B", ""),
        ("111", "", ""),
    ],
)
@pytest.mark.parametrize("key", ["A", "B"])
def test_access_bits_say_who_may_do_what(bits, readers, writers, key):
    read = send(opened(with_access(bits), key), b"\x30\x04", ciphered=True)
    written = send(opened(with_access(bits), key), b"\xa0\x04", ciphered=True)

    assert (read is not NAK_ARGUMENT) is (key in readers)
    assert (written is ACK) is (key in writers)


def test_a_key_b_that_can_be_read_opens_nothing():
    card = opened(Classic(UID, key_b=B), "B")
    assert send(card, b"\x30\x04", ciphered=True) is NAK_ARGUMENT


def test_access_bits_that_contradict_themselves_shut_the_sector():
    card = Classic(UID)
    card.put(7, A + bytes(4) + A)
    assert send(opened(card), b"\x30\x04", ciphered=True) is NAK_ARGUMENT
