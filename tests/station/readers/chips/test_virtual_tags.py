import pytest

from station.readers.chips.frames import Bits, crc_holds, with_crc
from station.readers.chips.virtual_ntag import NTAG213, NTAG215, Ntag
from station.readers.chips.virtual_tags import ACK, NAK_ARGUMENT, NAK_CRC, TagState, VirtualTag

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


def test_the_pages_are_read_with_their_checksum(tag):
    activate(tag)

    frame = send(tag, "3a040c").to_bytes()

    assert crc_holds(frame)
    assert frame[:-2] == bytes(range(36))
    assert send(tag, "3004").to_bytes()[:16] == bytes(range(16))


def test_the_first_pages_carry_the_uid_and_its_check_bytes(tag):
    activate(tag)

    assert send(tag, "3000").to_bytes()[:16].hex() == "04a1b29f112233aaaa480000e1101200"


@pytest.mark.parametrize(("kind", "storage"), [(NTAG213, 0x0F), (NTAG215, 0x11)])
def test_a_tag_says_its_kind(kind, storage):
    tag = Ntag(UID, kind=kind)
    activate(tag)

    assert send(tag, "60").to_bytes()[:8].hex() == f"00040402 0100{storage:02x}03".replace(" ", "")


def test_what_is_written_is_read_and_the_head_cannot_be_written(tag):
    activate(tag)

    assert send(tag, "a204aabbccdd") is ACK
    assert tag.user_memory[:4].hex() == "aabbccdd"
    assert send(tag, "a200aabbccdd") is NAK_ARGUMENT
    assert tag.state is TagState.IDLE


@pytest.mark.parametrize("command", ["302d", "3a0c04", "3a042d", "99"])
def test_a_page_or_command_that_does_not_exist_is_refused(tag, command):
    activate(tag)

    assert send(tag, command) is NAK_ARGUMENT


def test_a_garbled_command_is_refused_and_ends_the_talk(tag):
    activate(tag)

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
