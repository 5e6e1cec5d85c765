import pytest

from station.readers import iso14443a
from station.readers.chips import frames
from station.readers.chips.virtual_tags import VirtualTag
from station.readers.exchange import Answer
from station.readers.mfrc522_registers import let_go, open_registers
from station.readers.transceiver import Transceiver


class Script:
    """The air as a list of answers, for what no honest tag would send."""

    def __init__(self, *answers: Answer | None) -> None:
        self.answers = list(answers)

    def send(self, frame, *, last_bits=0, align=0, crc=True):
        return self.answers.pop(0)


def heard(hexes: str, collision: int | None = None) -> Answer:
    return Answer(bytes.fromhex(hexes), 0, collision)


def test_two_kinds_of_tag_that_answer_at_once_are_still_there():
    assert iso14443a.wake(Script(heard("4400", 3)))
    assert not iso14443a.wake(Script(None))


def test_a_uid_with_a_wrong_check_byte_is_not_believed():
    assert iso14443a.select(Script(heard("deadbeef23"))) is None


def test_a_tag_that_leaves_while_it_is_chosen_is_not_found():
    assert iso14443a.select(Script(heard("deadbeef22"), None)) is None


def test_a_uid_of_four_bytes_may_begin_as_a_longer_one_does():
    air = Script(heard("88deadbe" + "45"), heard("08"))

    assert iso14443a.select(air) == (bytes.fromhex("88deadbe"), 0x08)


def test_a_uid_that_never_ends_is_given_up():
    level = (heard("88000000" + "88"), heard("04"))
    assert iso14443a.select(Script(*level * 3)) is None


def test_a_collision_that_nobody_can_place_is_not_followed():
    assert iso14443a.select(Script(heard("ff", 0))) is None


@pytest.mark.parametrize("garbage", ["", "deadbeefdeadbeef"])
def test_an_answer_of_the_wrong_length_is_not_a_uid(garbage):
    assert iso14443a.select(Script(heard(garbage), None)) is None


@pytest.mark.parametrize("uid", ["deadbeef", "04a1b2112233aa", "04a1b2c3d4e5f6a7b8c9"])
def test_a_known_tag_is_called_past_all_others(chip, uid):
    others = [VirtualTag(bytes.fromhex(uid)[:-1] + bytes([last])) for last in range(3)]
    for tag in (VirtualTag(bytes.fromhex(uid), sak=0x08), *others):
        chip.field.put(tag)
    registers = open_registers(0, 0, 25)
    air = Transceiver(registers)
    assert iso14443a.wake(air)

    assert iso14443a.call(air, bytes.fromhex(uid)) == (bytes.fromhex(uid), 0x08)
    assert iso14443a.call(air, b"\x01\x02\x03\x04") is None
    let_go(registers, 25)


def test_the_checksum_made_here_is_the_one_that_chips_make():
    for data in (b"\x50\x00", b"\x30\x04", bytes(range(18))):
        assert iso14443a.with_crc(data) == frames.with_crc(data)
