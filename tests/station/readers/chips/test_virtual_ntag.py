import random

import pytest

from station.readers.chips.frames import Bits, crc_holds, with_crc
from station.readers.chips.virtual_ntag import NTAG213, NTAG215, NTAG216, Ntag
from station.readers.chips.virtual_tags import ACK, NAK_ARGUMENT, NAK_CRC, NAK_NOT_NOW, TagState

UID = bytes.fromhex("04a1b2112233aa")
PASSWORD = "0a0b0c0d"


def send(tag: Ntag, hexes: str) -> Bits | None:
    return tag.answer(Bits.of(with_crc(bytes.fromhex(hexes))))


def activate(tag: Ntag) -> None:
    tag.lose_power()
    assert tag.answer(Bits(0x26, 7))
    send(tag, "9370" + "8804a1b2" + "9f")
    send(tag, "9570" + "112233aa" + "aa")
    assert tag.state is TagState.ACTIVE


@pytest.fixture
def tag() -> Ntag:
    tag = Ntag(UID, bytes(range(36)))
    activate(tag)
    return tag


def test_the_pages_are_read_with_their_checksum(tag):
    frame = send(tag, "3a040c").to_bytes()

    assert crc_holds(frame)
    assert frame[:-2] == bytes(range(36))
    assert send(tag, "3004").to_bytes()[:16] == bytes(range(16))


def test_the_first_pages_carry_the_uid_and_its_check_bytes(tag):
    assert send(tag, "3000").to_bytes()[:16].hex() == "04a1b29f112233aaaa480000e1101200"


@pytest.mark.parametrize(("kind", "storage"), [(NTAG213, 0x0F), (NTAG215, 0x11), (NTAG216, 0x13)])
def test_a_tag_says_its_kind(kind, storage):
    tag = Ntag(UID, kind=kind)
    activate(tag)

    assert send(tag, "60").to_bytes()[:8].hex() == f"00040402 0100{storage:02x}03".replace(" ", "")


def test_what_is_written_is_read_and_the_head_cannot_be_written(tag):
    assert send(tag, "a204aabbccdd") is ACK
    assert tag.user_memory[:4].hex() == "aabbccdd"
    assert send(tag, "a200aabbccdd") is NAK_ARGUMENT
    assert tag.state is TagState.IDLE


@pytest.mark.parametrize("command", ["302d", "3a0c04", "3a042d", "99"])
def test_a_page_or_command_that_does_not_exist_is_refused(tag, command):
    assert send(tag, command) is NAK_ARGUMENT


def test_a_garbled_command_is_refused_and_ends_the_talk(tag):
    assert tag.answer(Bits.of(bytes.fromhex("30040000"))) is NAK_CRC
    assert tag.state is TagState.IDLE


def test_a_tag_that_lies_badly_gives_its_uid_but_not_its_memory(tag):
    tag.silent_from_page = 8
    activate(tag)

    assert send(tag, "3004") is not None
    assert send(tag, "3a040c") is None


def test_a_tag_holds_no_more_than_its_pages():
    assert len(Ntag(UID).user_memory) == NTAG213.user_bytes == 144
    with pytest.raises(AssertionError):
        Ntag(UID, bytes(145))
    assert len(Ntag(UID, bytes(504), kind=NTAG215).user_memory) == 504


def test_protected_pages_are_written_only_after_the_password(tag):
    tag.protect(bytes.fromhex(PASSWORD), pack=b"\xaa\xbb")
    assert send(tag, "a205aabbccdd") is NAK_ARGUMENT
    activate(tag)
    assert send(tag, "3004").to_bytes()[:4] == bytes(range(4))

    assert send(tag, "1b" + PASSWORD).to_bytes()[:2] == b"\xaa\xbb"
    assert send(tag, "a205aabbccdd") is ACK

    activate(tag)
    assert send(tag, "a205aabbccdd") is NAK_ARGUMENT


def test_a_tag_that_protects_reading_shows_only_what_comes_before(tag):
    tag.protect(bytes.fromhex(PASSWORD), first=6, reading=True)

    assert send(tag, "3004").to_bytes()[:16] == bytes(range(8)) + UID[:3] + b"\x9f" + UID[3:]
    assert send(tag, "3a0406") is NAK_ARGUMENT
    activate(tag)
    assert send(tag, "3006") is NAK_ARGUMENT
    activate(tag)
    send(tag, "1b" + PASSWORD)
    assert send(tag, "3a0406").to_bytes()[:12] == bytes(range(12))


def test_after_too_many_wrong_passwords_no_password_is_taken(tag):
    tag.protect(bytes.fromhex(PASSWORD), tries=2)
    for _ in range(2):
        assert send(tag, "1b00000000") is NAK_ARGUMENT
        activate(tag)

    assert send(tag, "1b" + PASSWORD) is NAK_NOT_NOW


def test_nobody_reads_a_password_off_a_tag(tag):
    tag.protect(bytes.fromhex(PASSWORD), pack=b"\xaa\xbb")

    assert send(tag, "3a2b2c").to_bytes()[:8] == bytes(8)
    assert tag.password.hex() == PASSWORD


@pytest.mark.parametrize(
    ("kind", "page", "with_it"),
    [(NTAG213, 9, 9), (NTAG213, 16, 17), (NTAG215, 16, 31), (NTAG216, 225, 224)],
)
def test_a_locked_page_is_never_written_again(kind, page, with_it):
    tag = Ntag(UID, kind=kind)
    tag.lock(page)
    activate(tag)

    assert send(tag, f"a2{with_it:02x}aabbccdd") is NAK_ARGUMENT
    activate(tag)
    assert send(tag, "a20aaabbccdd") is ACK


def test_a_lock_that_was_set_over_the_air_stays_set(tag):
    assert send(tag, "a202ffff1000") is ACK
    assert send(tag, "a20200000000") is ACK
    assert send(tag, "3000").to_bytes()[8:12].hex() == "aa481000"
    assert send(tag, "a204aabbccdd") is NAK_ARGUMENT


def test_settings_that_are_locked_stay(tag):
    assert send(tag, "a22a40000000") is ACK
    assert send(tag, "a22900000004") is NAK_ARGUMENT


def test_a_tag_that_is_taken_away_answers_no_more_and_its_last_page_is_torn(tag):
    tag.frames_left, tag.tear = 2, random.Random(1)

    assert send(tag, "a204ffffffff") is ACK
    assert send(tag, "a205ffffffff") is None
    assert send(tag, "a206ffffffff") is None

    assert tag.user_memory[:4] == b"\xff" * 4
    assert tag.user_memory[4:8] not in (bytes(range(4, 8)), b"\xff" * 4)
    assert tag.user_memory[8:12] == bytes(range(8, 12))
