"""Books on the pad: each is told once and whole, whatever lies beside it and flips its bits."""

import random

import pytest

from station.errors import TagGoneError, TagRefusedError
from station.readers import pn5180_link
from station.readers.chips.noise import Noise
from station.readers.chips.virtual_vicinity import SLIX2, Icode
from tests.station.readers.fields import books, books_and_cards, tally

BOOK, OTHER = "e004010012345678", "e004010012345679"
OLD, NEW = bytes(range(36)), bytes(range(100, 136))


@pytest.fixture
def hurried(pad, monkeypatch):
    monkeypatch.setattr(pn5180_link, "FIELD_OFF_SECONDS", 0)
    monkeypatch.setattr(pn5180_link, "FIELD_ON_SECONDS", 0)
    return pad


@pytest.mark.parametrize("draw", [books, books_and_cards])
def test_every_field_is_told_whole_in_one_poll(pad_chip, hurried, draw):
    told = tally(pad_chip, hurried, range(60), rate=0, draw=draw)

    assert (told.wrong, told.missed, told.whole_at_once) == (0, 0, 60)


@pytest.mark.parametrize("draw", [books, books_and_cards])
def test_damaged_frames_neither_change_nor_hide_a_tag(pad_chip, hurried, draw):
    told = tally(pad_chip, hurried, range(60), rate=0.01, draw=draw)

    assert (told.wrong, told.missed) == (0, 0)
    assert told.damaged > 50


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("rate", [0, 0.01])
@pytest.mark.parametrize("draw", [books, books_and_cards])
def test_a_thousand_fields_are_told_right(pad_chip, hurried, rate, draw):
    told = tally(pad_chip, hurried, range(1000, 2000), rate=rate, draw=draw)

    print(draw.__name__, told)
    assert (told.fields, told.wrong, told.missed) == (1000, 0, 0)


def test_a_strong_tag_does_not_hide_a_weak_one(pad_chip, hurried):
    class Weak(Icode):
        """Heard only while nobody else answers."""

        def hear(self, frame):
            loud = [tag for tag in pad_chip.field.tags if tag is not self]
            answer = super().hear(frame)
            return None if any(tag.vicinity_state.name == "READY" for tag in loud) else answer

    lay(pad_chip)
    pad_chip.field.put(Weak(bytes.fromhex(OTHER), OLD))

    assert [tag.uid for tag in hurried.poll()] == [BOOK, OTHER]


# --- writing ------------------------------------------------------------------------------


def lay(chip, uid: str = BOOK, **made) -> Icode:
    tag = Icode(bytes.fromhex(uid), OLD, **made)
    chip.field.put(tag)
    return tag


def memory(reader, uid: str = BOOK) -> bytes:
    return {tag.uid: tag.image for tag in reader.poll()}[uid].memory


def test_what_is_written_is_on_the_tag_and_in_the_next_poll(pad_chip, hurried):
    tag, other = lay(pad_chip), lay(pad_chip, OTHER)
    hurried.poll()

    hurried.write(BOOK, 8, NEW[8:16])

    wanted = OLD[:8] + NEW[8:16] + OLD[16:]
    assert tag.user_memory[:36] == wanted
    assert memory(hurried)[:36] == wanted
    assert other.user_memory[:36] == OLD


def test_only_what_differs_is_written(pad_chip, hurried):
    tag = lay(pad_chip)
    tag.locked_blocks = {0, 1}

    hurried.write(BOOK, 0, OLD[:8] + NEW[8:])

    assert tag.user_memory[8:36] == NEW[8:]


def test_a_locked_block_is_refused_by_its_number(pad_chip, hurried):
    lay(pad_chip).locked_blocks = {3}

    with pytest.raises(TagRefusedError, match="block 3 of the tag is locked"):
        hurried.write(BOOK, 0, NEW)


def test_a_tag_is_written_to_its_last_byte_and_no_further(pad_chip, hurried):
    tag = lay(pad_chip, kind=SLIX2)
    whole = random.Random(1).randbytes(316)

    hurried.write(BOOK, 0, whole)
    assert tag.user_memory == whole

    with pytest.raises(TagRefusedError, match="holds 316 bytes; 320 are too many"):
        hurried.write(BOOK, 316, b"over")


def test_half_a_block_is_refused(pad_chip, hurried):
    lay(pad_chip)
    with pytest.raises(TagRefusedError, match="blocks of 4 bytes"):
        hurried.write(BOOK, 2, b"half")


def test_a_book_that_has_gone_is_told(pad_chip, hurried):
    lay(pad_chip, OTHER)
    with pytest.raises(TagGoneError):
        hurried.write(BOOK, 0, NEW)


@pytest.mark.parametrize("seed", range(20))
def test_a_book_torn_away_in_the_middle_is_whole_after_the_same_order_again(
    pad_chip, hurried, seed
):
    chance = random.Random(seed)
    tag = lay(pad_chip)
    tag.tear, tag.frames_left = chance, chance.randint(1, 14)
    try:
        hurried.write(BOOK, 0, NEW)
    except TagGoneError:
        assert tag.user_memory[:36] != NEW
    tag.tear, tag.frames_left = None, None

    hurried.write(BOOK, 0, NEW)

    assert tag.user_memory[:36] == NEW


@pytest.mark.parametrize("seed", range(40))
def test_damaged_frames_do_not_damage_what_is_written(pad_chip, hurried, seed):
    tag, other = lay(pad_chip), lay(pad_chip, OTHER)
    pad_chip.noise = Noise(0.05, seed=seed)

    hurried.write(BOOK, 0, NEW)

    assert tag.user_memory[:36] == NEW
    assert other.user_memory[:36] == OLD


def test_a_tag_that_says_yes_and_keeps_nothing_is_refused(pad_chip, hurried):
    lay(pad_chip)._commands[0x21] = lambda _: b""

    with pytest.raises(TagRefusedError, match="does not take what is written"):
        hurried.write(BOOK, 0, NEW)


@pytest.mark.parametrize("seed", range(10))
def test_a_tag_that_answers_a_write_late_is_written_too(pad_chip, hurried, seed):
    uid = "e007000012345678"
    tag = lay(pad_chip, uid)
    tag.answers_late = True
    lay(pad_chip)
    pad_chip.noise = Noise(0.05 * (seed > 0), seed=seed)

    hurried.write(uid, 0, NEW)
    hurried.write_dsfid(uid, 0x3E)
    assert hurried.switch_gate(uid, afi=0xC2, armed=False) is True

    assert (tag.user_memory[:36], tag.afi, tag.dsfid) == (NEW, 0xC2, 0x3E)
    tag.locked_blocks = {2}
    with pytest.raises(TagRefusedError, match="block 2 of the tag is locked"):
        hurried.write(uid, 0, OLD)


def test_a_loan_card_is_written_on_the_same_pad(pad_chip, hurried):
    from station.readers.chips.virtual_ntag import Ntag

    tag = Ntag(bytes.fromhex("04a1b2112233aa"), OLD)
    pad_chip.field.put(tag)
    lay(pad_chip)

    hurried.write("04a1b2112233aa", 0, NEW)

    assert tag.user_memory[:36] == NEW
    assert memory(hurried, "04a1b2112233aa")[:36] == NEW
    assert memory(hurried)[:36] == OLD


def test_the_data_format_is_written_and_read_back(pad_chip, hurried):
    tag = lay(pad_chip)
    hurried.poll()

    hurried.write_dsfid(BOOK, 0x3E)

    assert tag.dsfid == 0x3E
    assert hurried.poll()[0].image.dsfid == 0x3E
    pad_chip.field.take(bytes.fromhex(BOOK))
    with pytest.raises(TagGoneError):
        hurried.write_dsfid(BOOK, 0x06)
