import pytest

from station.readers.chips.frames import Bits, with_crc
from station.readers.chips.virtual_ntag import Ntag
from station.readers.chips.virtual_tags import TagState, VirtualTag

UID = bytes.fromhex("04a1b2112233aa")


def wake(tag: VirtualTag, command: int = 0x26) -> Bits | None:
    return tag.answer(Bits(command, 7))


def send(tag: VirtualTag, hexes: str) -> Bits | None:
    return tag.answer(Bits.of(with_crc(bytes.fromhex(hexes))))


def activate(tag: VirtualTag) -> None:
    assert wake(tag)
    send(tag, "9370" + "8804a1b2" + "9f")
    send(tag, "9570" + "112233aa" + "aa")
    assert tag.state is TagState.ACTIVE


@pytest.fixture
def tag() -> Ntag:
    return Ntag(UID, bytes(range(36)))


def test_a_tag_of_seven_bytes_says_at_first_that_its_uid_goes_on(tag):
    wake(tag)

    assert send(tag, "93708804a1b29f").to_bytes()[0] == 0x04
    assert send(tag, "9570112233aaaa").to_bytes()[0] == 0x00


def test_a_tag_answers_the_rest_of_its_uid_to_those_who_know_the_beginning(tag):
    wake(tag)

    assert tag.answer(Bits.of(b"\x93\x20")).to_bytes().hex() == "8804a1b29f"
    assert tag.answer(Bits.of(b"\x93\x30\x88")).to_bytes().hex() == "04a1b29f"
    assert tag.answer(Bits.of(b"\x93\x30\x89")) is None


def test_a_tag_that_is_ready_takes_a_second_call_for_an_error(tag):
    assert wake(tag)
    assert wake(tag) is None
    assert wake(tag)


def test_a_sleeping_tag_wakes_only_to_the_louder_call(tag):
    activate(tag)
    assert send(tag, "5000") is None

    assert wake(tag) is None
    assert wake(tag, 0x52)


def test_a_tag_woken_from_sleep_falls_asleep_again_where_another_is_chosen(tag):
    activate(tag)
    send(tag, "5000")
    wake(tag, 0x52)

    send(tag, "93701122334444")

    assert tag.state is TagState.HALTED


def test_a_tag_without_power_forgets_that_it_slept(tag):
    activate(tag)
    send(tag, "5000")
    tag.lose_power()
    assert wake(tag)
