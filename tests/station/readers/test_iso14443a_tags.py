"""Which tags lie in a field, whatever lies there and whatever happens to the frames."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from station.readers import rc522, transceiver
from station.readers.chips.noise import Metal, Noise
from station.readers.chips.virtual_cards import Phone, SmartCard
from station.readers.chips.virtual_ntag import Ntag
from station.readers.chips.virtual_tags import TagState
from station.readers.port import TagGone, TagSeen
from station.readers.presence import Presence
from tests.station.readers.fields import tally

UID = "04a1b2112233aa"


@pytest.fixture
def hurried(chip, monkeypatch):
    """A reader that does not wait for the air, which is virtual."""
    monkeypatch.setattr(rc522, "FIELD_SETTLE_SECONDS", 0)
    monkeypatch.setattr(transceiver, "WAITS_MS", (0,) * 5)
    reader = rc522.Rc522Reader(bus=0, device=0, reset_pin=25)
    yield reader
    reader.close()


def test_every_field_is_told_whole_in_one_poll(chip, hurried):
    told = tally(chip, hurried, range(150), rate=0)

    assert (told.wrong, told.missed) == (0, 0)
    assert told.whole_at_once == told.fields == 150


def test_with_one_frame_in_a_hundred_damaged_every_field_is_told_whole(chip, hurried):
    told = tally(chip, hurried, range(150), rate=0.01)

    assert told.damaged > 100
    assert (told.wrong, told.missed) == (0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0, 0.01])
def test_a_thousand_fields_are_told_whole(chip, hurried, rate):
    told = tally(chip, hurried, range(1000, 2000), rate=rate)

    assert (told.fields, told.wrong, told.missed) == (1000, 0, 0)


@pytest.mark.parametrize("seed", range(20))
def test_however_much_is_damaged_nothing_is_told_wrong(chip, hurried, seed):
    told = tally(chip, hurried, range(seed, seed + 1), rate=0.2)
    assert told.wrong == 0


@pytest.mark.parametrize("uid", ["0812aabb", "deadbeef", UID, "04a1b2c3d4e5f6a7b8c9"])
def test_of_a_bank_card_nothing_is_asked_but_its_uid(chip, hurried, uid):
    card = SmartCard(bytes.fromhex(uid))
    chip.field.put(card)

    found = [hurried.poll() for _ in range(3)]

    assert all(tag.identity_only and tag.image is None for (tag,) in found)
    assert card.asked == []
    assert card.state is TagState.HALTED


def test_a_telephone_is_one_thing_however_often_its_uid_changes(chip, hurried):
    chip.field.put(Phone(b"mine", seed=1))
    chip.field.put(Ntag(bytes.fromhex(UID)))

    polls = [hurried.poll() for _ in range(5)]

    assert {tuple(tag.uid for tag in found) for found in polls} == {(UID, "08000000")}
    assert [tag.identity_only for tag in polls[0]] == [False, True]


def test_metal_on_the_pad_is_no_tag_and_no_fault(chip, hurried):
    for seed in range(20):
        chip.field.metal = Metal(seed=seed)
        assert hurried.poll() == []
    chip.field.metal = None
    chip.field.put(Ntag(bytes.fromhex(UID)))
    assert [tag.uid for tag in hurried.poll()] == [UID]


def test_metal_is_given_up_in_bounded_time(chip, hurried):
    chip.field.metal = Metal(seed=1)
    hurried.poll()
    assert chip.frames < 1000


def test_two_tags_that_lie_badly_hide_no_other(chip, hurried):
    for uid in ("04ffffffffffff", "04fffffffffffe", "04ffffffffff00"):
        bad = Ntag(bytes.fromhex(uid))
        bad.silent_from_page = 0
        chip.field.put(bad)
    chip.field.put(Ntag(bytes.fromhex(UID), b"good"))

    found = {tag.uid: tag.image for tag in hurried.poll()}

    assert len(found) == 4
    assert found[UID].memory[:4] == b"good"


def test_a_tag_that_leaves_in_the_middle_of_a_poll_spoils_no_other(chip, hurried):
    for frames in range(1, 20):
        leaving = Ntag(bytes.fromhex("04000000000001"), b"gone")
        leaving.frames_left = frames
        chip.field.put(leaving)
        chip.field.put(Ntag(bytes.fromhex(UID), b"here"))

        for _ in range(2):
            found = {tag.uid: tag.image for tag in hurried.poll()}
            assert found[UID].memory[:4] == b"here"

        chip.field.take(leaving.uid)
        chip.field.take(bytes.fromhex(UID))
        hurried.poll()


def test_an_air_that_is_half_noise_raises_nothing(chip, hurried):
    chip.field.put(Ntag(bytes.fromhex(UID)))
    chip.noise = Noise(0.5, seed=3)
    for _ in range(50):
        assert all(tag.uid == UID for tag in hurried.poll())


# Drawn the same each time: at such rates one lot in many thousands does miss a tag twice.
@settings(
    derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(seed=st.integers(0, 1 << 32), tags=st.integers(1, 4), rate=st.sampled_from([0.01, 0.03]))
def test_under_damage_a_tag_is_placed_once_and_removed_once(chip, hurried, seed, tags, rate):
    presence = Presence()
    uids = [f"04{number:012x}" for number in range(tags)]
    for uid in uids:
        chip.field.put(Ntag(bytes.fromhex(uid), b"\x11book"))
    chip.noise = Noise(rate, seed=seed)
    told = []
    for at in range(30):
        told += presence.polled(hurried.poll(), at * 100)
    placed = [(type(event), event.uid) for event in told]
    for uid in uids:
        chip.field.take(bytes.fromhex(uid))
    gone = [event for at in range(30, 40) for event in presence.polled(hurried.poll(), at * 100)]
    chip.noise = None

    assert sorted(placed, key=lambda event: event[1]) == [(TagSeen, uid) for uid in uids]
    assert sorted(event.uid for event in gone) == uids
    assert {type(event) for event in gone} == {TagGone}
