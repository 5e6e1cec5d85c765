"""Writing through the real driver: what is told to be written is on the tag, or it is said so."""

import random

import pytest

from station.errors import TagGoneError, TagRefusedError
from station.readers import rc522, tag_keys, transceiver
from station.readers.chips.noise import Noise
from station.readers.chips.virtual_cards import Phone, SmartCard
from station.readers.chips.virtual_ntag import NTAG213, NTAG216, Ntag
from station.readers.port import TagWriter
from station.readers.rc522 import Rc522Reader

UID, OTHER = "04a1b2112233aa", "04a1b2445566bb"
OLD, NEW = bytes(range(36)), bytes(range(100, 136))
PASSWORD = b"\x0a\x0b\x0c\x0d"
KEYS = tag_keys.parse("ntag 0a0b0c0d", "tags.keys")


@pytest.fixture(autouse=True)
def _hurry(monkeypatch):
    monkeypatch.setattr(rc522, "FIELD_SETTLE_SECONDS", 0)
    monkeypatch.setattr(transceiver, "WAITS_MS", (0,) * 5)


@pytest.fixture
def writer(chip):
    writer: TagWriter = Rc522Reader(bus=0, device=0, reset_pin=25, keys=KEYS)
    yield writer
    writer.close()


def lay(chip, uid: str = UID, **made) -> Ntag:
    tag = Ntag(bytes.fromhex(uid), OLD, **made)
    chip.field.put(tag)
    return tag


def memory(reader, uid: str = UID) -> bytes:
    return {tag.uid: tag.image for tag in reader.poll()}[uid].memory


def test_what_is_written_is_on_the_tag_and_in_the_next_poll(chip, writer):
    tag = lay(chip)
    lay(chip, OTHER)
    writer.poll()

    writer.write(UID, 8, NEW[8:16])

    wanted = OLD[:8] + NEW[8:16] + OLD[16:]
    assert tag.user_memory[:36] == wanted
    assert memory(writer) == wanted
    assert memory(writer, OTHER) == OLD


@pytest.mark.parametrize(("kind", "room"), [(NTAG213, 144), (NTAG216, 888)])
def test_a_tag_is_written_to_its_last_byte_and_no_further(chip, writer, kind, room):
    tag = lay(chip, kind=kind)
    whole = bytes(i % 253 for i in range(room))

    writer.write(UID, 0, whole)
    assert tag.user_memory == whole

    with pytest.raises(TagRefusedError, match=f"holds {room} bytes; {room + 4} are too many"):
        writer.write(UID, room, b"over")


def test_an_old_tag_that_does_not_say_how_big_it_is_is_written_too(chip, writer):
    class Plain(Ntag):
        def obey(self, command):
            return super().obey(command) if command[0] in (0x30, 0xA2) else None

    tag = Plain(bytes.fromhex(UID), OLD)
    chip.field.put(tag)

    writer.write(UID, 0, NEW)

    assert tag.user_memory[:36] == NEW
    with pytest.raises(TagRefusedError, match="holds 48 bytes"):
        writer.write(UID, 48, b"over")


def test_what_is_there_already_is_not_written_again(chip, writer):
    tag = lay(chip)
    written = []

    class Counting(Ntag):
        def obey(self, command):
            written.append(command[0] == 0xA2)
            return super().obey(command)

    tag.__class__ = Counting
    writer.write(UID, 0, OLD[:32] + b"new!")
    assert sum(written) == 1


def test_a_tag_that_is_not_there_is_gone(chip, writer):
    with pytest.raises(TagGoneError, match="does not lie there any more"):
        writer.write(UID, 0, NEW)
    lay(chip, OTHER)
    with pytest.raises(TagGoneError):
        writer.write(UID, 0, NEW)


def test_a_locked_page_is_refused(chip, writer):
    tag = lay(chip)
    tag.lock(6)
    with pytest.raises(TagRefusedError, match="is it locked"):
        writer.write(UID, 8, b"nope")
    assert tag.user_memory[:36] == OLD


@pytest.mark.parametrize("reading", [False, True])
def test_a_protected_tag_is_written_with_the_branchs_password(chip, writer, reading):
    tag = lay(chip)
    tag.protect(PASSWORD, reading=reading)

    writer.write(UID, 0, NEW)

    assert tag.user_memory[:36] == NEW


def test_a_tag_that_asks_for_nothing_is_shown_no_password(chip, writer):
    tag = lay(chip)
    tag.protect(b"else", first=12)
    tag.lock(5)

    writer.write(UID, 8, NEW[8:16])
    with pytest.raises(TagRefusedError):
        writer.write(UID, 4, NEW[4:8])

    assert tag.wrong_passwords == 0


def test_another_branchs_password_is_not_guessed_at(chip, writer):
    tag = lay(chip)
    tag.protect(b"else", tries=2)

    with pytest.raises(TagRefusedError, match="another password"):
        writer.write(UID, 0, NEW)

    assert tag.wrong_passwords == 1


def test_an_identity_is_never_written(chip, writer):
    card = SmartCard(bytes.fromhex(UID))
    chip.field.put(card)

    with pytest.raises(TagRefusedError, match="identity only"):
        writer.write(UID, 0, NEW)

    assert card.asked == []


def test_a_telephone_is_never_written(chip, writer):
    phone = Phone(b"mine", seed=1)
    chip.field.put(phone)
    (found,) = writer.poll()

    with pytest.raises(TagRefusedError, match="hides its UID"):
        writer.write(found.uid, 0, NEW)

    assert phone.asked == []


@pytest.mark.parametrize(("offset", "length"), [(2, 4), (0, 6)])
def test_half_a_block_is_a_programmers_mistake(chip, writer, offset, length):
    lay(chip)
    with pytest.raises(AssertionError, match="middle of a block"):
        writer.write(UID, offset, NEW[:length])


def test_a_card_or_a_sticker_has_no_gate(chip, writer):
    lay(chip)
    assert writer.switch_gate(UID, afi=0xC2, armed=False) is False
    assert writer.is_armed(UID) is False


@pytest.mark.parametrize("frames", range(1, 25))
def test_a_tag_taken_away_at_any_moment_is_gone_and_mended_when_it_comes_back(chip, writer, frames):
    tag = lay(chip)
    tag.frames_left, tag.tear = frames, random.Random(frames)

    try:
        writer.write(UID, 0, NEW)
        told_written = True
    except TagGoneError:
        told_written = False

    assert not told_written or tag.user_memory[:36] == NEW
    tag.frames_left = tag.tear = None
    writer.write(UID, 0, NEW)
    assert memory(writer) == tag.user_memory[:36] == NEW


def test_the_moments_above_are_all_there_are(chip, writer):
    tag = lay(chip)
    tag.frames_left = 24
    writer.write(UID, 0, NEW)


@pytest.mark.parametrize("seed", range(50))
def test_damage_on_the_way_writes_nothing_else(chip, writer, seed):
    tag, other = lay(chip), lay(chip, OTHER)
    chip.noise = Noise(0.02, seed=seed)

    writer.write(UID, 0, NEW)

    assert tag.user_memory == NEW + bytes(108)
    assert other.user_memory == OLD + bytes(108)


@pytest.mark.slow
@pytest.mark.parametrize("protected", [False, True])
def test_a_thousand_writings_with_one_frame_in_a_hundred_damaged_all_arrive(
    chip, writer, protected
):
    for seed in range(1000):
        tag = lay(chip)
        if protected:
            tag.protect(PASSWORD, tries=1)
        chip.noise = Noise(0.01, seed=seed)
        writer.write(UID, 0, NEW)
        chip.noise = None
        assert tag.user_memory == NEW + bytes(108)
        assert tag.wrong_passwords == 0
        chip.field.take(tag.uid)


def test_a_silent_chip_is_no_lost_tag(chip, writer):
    lay(chip)
    chip.silent = True
    with pytest.raises(OSError, match=r"SPI bus 0, device 0.*check its power"):
        writer.write(UID, 0, NEW)


def test_a_worn_out_tag_that_says_yes_and_keeps_nothing_is_refused(chip, writer):
    class WornOut(Ntag):
        def _put(self, page, four):
            if page < self.kind.lock_page:
                return
            super()._put(page, four)

    chip.field.put(WornOut(bytes.fromhex(UID), OLD))

    with pytest.raises(TagRefusedError, match="does not take"):
        writer.write(UID, 0, NEW)
