"""Virtual ISO 15693 tags answer, and refuse, as real ones."""

import random

import pytest

from station.readers.chips.frames import with_crc_v
from station.readers.chips.virtual_vicinity import EAS_SEQUENCE, SLIX2, Icode

UID = bytes.fromhex("e004010012345678")


@pytest.fixture
def tag() -> Icode:
    return Icode(UID, b"abcdefgh", afi=0x07, dsfid=0x3E)


def said(tag: Icode, request: str) -> str | None:
    """Return the answer in hex without its checksum, which must hold."""
    answer = tag.hear(with_crc_v(bytes.fromhex(request)))
    if answer is None:
        return None
    assert with_crc_v(answer[:-2]) == answer
    return answer[:-2].hex()


def asked(tag: Icode, command: str, body: str = "") -> str | None:
    return said(tag, "22" + command + UID[::-1].hex() + body)


def of_maker(tag: Icode, command: str, body: str = "") -> str | None:
    return said(tag, "22" + command + "04" + UID[::-1].hex() + body)


def slots(tag: Icode, request: str) -> list[int]:
    """Return the slots in which the tag answers."""
    heard = [tag.hear(with_crc_v(bytes.fromhex(request))), *(tag.hear(b"") for _ in range(15))]
    return [slot for slot, answer in enumerate(heard) if answer]


def test_an_inventory_is_answered_with_format_and_uid(tag):
    assert said(tag, "260100") == "003e" + UID[::-1].hex()


def test_of_sixteen_slots_a_tag_takes_the_one_of_its_next_four_bits(tag):
    assert slots(tag, "060100") == [0x8]
    assert slots(tag, "06010408") == [0x7]
    assert slots(tag, "06010878") == [0x6]
    assert slots(tag, "06010409") == []


def test_an_inventory_for_one_family_is_answered_by_that_family(tag):
    assert said(tag, "360107" + "00")
    assert said(tag, "360100" + "00")
    assert said(tag, "3601c2" + "00") is None


def test_a_quiet_tag_answers_to_its_uid_only_until_the_field_goes(tag):
    assert asked(tag, "02") is None
    assert said(tag, "260100") is None
    assert asked(tag, "20", "00") == "0061626364"
    tag.lose_power()
    assert said(tag, "260100")
    asked(tag, "02")
    assert asked(tag, "26") == "00"
    assert said(tag, "260100")


def test_blocks_are_read_singly_and_together(tag):
    assert asked(tag, "20", "01") == "0065666768"
    assert asked(tag, "23", "0001") == "006162636465666768"
    assert asked(tag, "23", "001c") == "0110"
    assert asked(tag, "20", "1c") == "0110"
    assert len(Icode(UID, kind=SLIX2).user_memory) == 316


def test_a_locked_block_keeps_what_it_holds(tag):
    assert asked(tag, "22", "00") == "00"
    assert asked(tag, "22", "00") == "0111"
    assert asked(tag, "21", "0078787878") == "0112"
    assert asked(tag, "21", "0178787878") == "00"
    assert tag.user_memory[:8] == b"abcdxxxx"


def test_a_tag_tells_what_it_is(tag):
    assert asked(tag, "2b") == "000f" + UID[::-1].hex() + "3e071b0301"


def test_afi_dsfid_and_eas_are_switched(tag):
    assert asked(tag, "27", "c2") == "00"
    assert asked(tag, "29", "06") == "00"
    assert of_maker(tag, "a2") == "00"
    assert (tag.afi, tag.dsfid, tag.eas) == (0xC2, 0x06, True)
    assert of_maker(tag, "a5") == "00" + EAS_SEQUENCE.hex()
    assert of_maker(tag, "a3") == "00"
    assert of_maker(tag, "a5") is None


def test_a_guarded_alarm_wants_the_password_hidden_by_its_number(tag):
    tag.guarded, tag.password = True, b"\x0a\x0b\x0c\x0d"
    assert asked(tag, "27", "c2") == "010f"
    number = bytes.fromhex(of_maker(tag, "b2"))[1:]
    hidden = bytes(a ^ b for a, b in zip(tag.password, number * 2, strict=True))

    assert of_maker(tag, "b3", "10" + hidden.hex()) == "00"

    assert asked(tag, "27", "c2") == "00"
    tag.lose_power()
    assert asked(tag, "27", "07") == "010f"


def test_after_a_wrong_password_a_tag_obeys_nobody_until_the_field_goes(tag):
    assert of_maker(tag, "b3", "1001020304") is None
    assert asked(tag, "2b") is None
    tag.lose_power()
    assert asked(tag, "2b")


def test_another_s_uid_another_maker_or_a_wrong_checksum_is_not_answered(tag):
    assert said(tag, "2220" + "00" * 8 + "00") is None
    assert said(tag, "22a207" + UID[::-1].hex()) is None
    assert said(tag, "0220" + "00") is None
    assert tag.hear(b"\x26\x01\x00\x00\x00") is None
    assert tag.hear(b"\x26") is None


def test_an_unknown_command_is_refused(tag):
    assert asked(tag, "24", "00") == "0101"


def test_a_tag_torn_away_leaves_a_block_between_old_and_new(tag):
    tag.tear, tag.frames_left = random.Random(3), 1

    assert asked(tag, "21", "00" + b"\xff\x00\xff\x00".hex()) is None
    assert asked(tag, "20", "00") is None

    assert tag.user_memory[:4] not in (b"abcd", b"\xff\x00\xff\x00")


def test_an_antenna_for_cards_does_not_hear_it(tag):
    from station.readers.chips.frames import Bits

    assert tag.answer(Bits(0x26, 7)) is None
