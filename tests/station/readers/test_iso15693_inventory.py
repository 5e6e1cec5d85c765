import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from station.readers import pn5180_link
from station.readers.chips.noise import Metal, Noise
from station.readers.chips.virtual_vicinity import Icode
from station.readers.iso15693 import Echo
from station.readers.iso15693_inventory import Mask, heard, search
from station.readers.pn5180_vicinity import Pn5180Vicinity

serials = st.sets(st.integers(0, (1 << 40) - 1), min_size=1, max_size=8)


@pytest.fixture
def air(pad, monkeypatch):
    monkeypatch.setattr(pn5180_link, "FIELD_OFF_SECONDS", 0)
    monkeypatch.setattr(pn5180_link, "FIELD_ON_SECONDS", 0)
    return Pn5180Vicinity(pad._link)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(serials)
def test_any_field_of_up_to_eight_tags_is_told_whole(pad_chip, air, drawn):
    uids = [bytes.fromhex("e00401") + serial.to_bytes(5) for serial in drawn]
    for uid in uids:
        pad_chip.field.put(Icode(uid))
    air.enter()
    try:
        assert sorted(tag.uid for tag in search(air)) == sorted(uids)
    finally:
        for uid in uids:
            pad_chip.field.take(uid)


def test_tags_in_slots_of_their_own_take_one_inventory(pad_chip, air):
    for number in range(8):
        pad_chip.field.put(Icode(bytes.fromhex("e0040100000000") + bytes([number])))
    air.enter()
    before = pad_chip.frames

    assert len(search(air)) == 8
    assert pad_chip.frames - before == 1 + 15 + 8


class Lost(Noise):
    """Damages the frames of these numbers only, counted from the first."""

    def __init__(self, *numbers):
        super().__init__(1, seed=1)
        self.numbers, self.count = numbers, 0

    def strikes(self) -> bool:
        self.count += 1
        return self.count - 1 in self.numbers


@pytest.mark.parametrize("frame", [3, 18, 19, 20])
def test_a_damaged_question_or_a_lost_slot_does_not_lose_those_who_collided(pad_chip, air, frame):
    # Both answer in slot 3 and then in slot 2, and are told apart by their third digit.
    uids = [bytes.fromhex("e004010000000023"), bytes.fromhex("e004010000000123")]
    for uid in uids:
        pad_chip.field.put(Icode(uid))
    air.enter()
    pad_chip.noise = Lost(frame)

    assert [tag.uid for tag in search(air)] == uids
    assert pad_chip.noise.count > frame


def test_over_metal_a_search_ends_at_once(pad_chip, air):
    air.enter()
    pad_chip.field.metal = Metal(seed=1)
    before = pad_chip.transfers

    assert search(air) == []
    assert pad_chip.transfers - before < 16 * 7


def test_a_mask_grows_by_a_slot_and_shrinks_again():
    mask = Mask().grown(0xA).grown(0x5)

    assert mask.to_bytes() == b"\x08\x5a"
    assert mask.shrunk() == Mask().grown(0xA)
    assert mask.grown(0xF).to_bytes() == b"\x0c\x5a\x0f"


@pytest.mark.parametrize("data", ["", "00003e", "010012", "00" * 10, "013e78563412000104e0"])
def test_what_is_no_whole_answer_is_nobody(data):
    assert heard(Echo(bytes.fromhex(data), clear=True)) is None


def test_a_damaged_answer_is_nobody():
    assert heard(Echo(bytes.fromhex("003e78563412000104e0"), clear=False)) is None
    assert heard(Echo(bytes.fromhex("003e78563412000104e0"), clear=True)).dsfid == 0x3E
