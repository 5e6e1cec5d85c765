"""The gate's alarm: what was told is on the tag, whatever happens on the way, or it is said so."""

import pytest

from station.errors import TagGoneError, TagRefusedError
from station.readers import open_reader, pn5180_link, tag_keys
from station.readers.chips.noise import Noise
from station.readers.chips.virtual_ntag import Ntag
from station.readers.chips.virtual_vicinity import NO_SUCH_COMMAND, Icode, Refused
from station.readers.iso15693 import AddressedTag
from station.readers.iso15693_gate import Gate
from station.readers.pn5180_vicinity import Pn5180Vicinity
from tests.station.readers.conftest import BUS, BUSY_PIN, PAD_DEVICE, PAD_RESET_PIN

BOOK, OTHER = "e004010012345678", "e016000012345679"
IN_LIBRARY, ON_LOAN = 0x07, 0xC2
PASSWORD = b"\x0a\x0b\x0c\x0d"
KEYS = tag_keys.parse("icode 0a0b0c0d", "tags.keys")


@pytest.fixture(autouse=True)
def _hurry(monkeypatch):
    monkeypatch.setattr(pn5180_link, "FIELD_OFF_SECONDS", 0)
    monkeypatch.setattr(pn5180_link, "FIELD_ON_SECONDS", 0)


@pytest.fixture
def keyed(pad_chip, board):
    reader = open_reader(
        "pn5180",
        bus=BUS,
        device=PAD_DEVICE,
        reset_pin=PAD_RESET_PIN,
        busy_pin=BUSY_PIN,
        keys=KEYS,
        pins=board,
    )
    yield reader
    reader.close()


def lay(chip, uid: str = BOOK, *, afi: int = IN_LIBRARY, eas: bool = True) -> Icode:
    tag = Icode(bytes.fromhex(uid), afi=afi, eas=eas)
    chip.field.put(tag)
    return tag


def test_a_loan_switches_afi_and_eas_and_a_return_switches_them_back(pad_chip, pad):
    tag, other = lay(pad_chip), lay(pad_chip, "e004010012345679")
    pad.poll()

    assert pad.switch_gate(BOOK, afi=ON_LOAN, armed=False) is True
    assert (tag.afi, tag.eas) == (ON_LOAN, False)
    assert pad.poll()[0].image.afi == ON_LOAN

    assert pad.switch_gate(BOOK, afi=IN_LIBRARY, armed=True) is True
    assert (tag.afi, tag.eas) == (IN_LIBRARY, True)
    assert (other.afi, other.eas) == (IN_LIBRARY, True)


def test_a_tag_that_is_so_already_is_not_written(pad_chip, pad):
    lay(pad_chip, afi=ON_LOAN, eas=False).alarm_locked = True

    assert pad.switch_gate(BOOK, afi=ON_LOAN, armed=False) is True


def test_another_maker_s_tag_has_afi_and_is_asked_nothing_else(pad_chip, pad):
    tag = lay(pad_chip, OTHER)

    assert pad.switch_gate(OTHER, afi=ON_LOAN, armed=False) is True
    assert (tag.afi, tag.eas) == (ON_LOAN, True)


def test_a_tag_with_neither_says_so(pad_chip, pad):
    tag = lay(pad_chip, OTHER)
    tag._commands[0x2B] = lambda _: b"\x05" + tag.uid[::-1] + bytes([0, 27, 3])

    assert pad.switch_gate(OTHER, afi=ON_LOAN, armed=False) is False
    assert tag.afi == IN_LIBRARY


def test_nxp_s_own_tag_without_eas_is_known_by_its_answer(pad_chip, pad):
    def refuse(_):
        raise Refused(NO_SUCH_COMMAND)

    tag = lay(pad_chip, eas=False)
    tag._commands.update({0xA2: refuse, 0xA3: refuse, 0xA5: refuse})
    tag._commands[0x2B] = lambda _: b"\x05" + tag.uid[::-1] + bytes([0, 27, 3])

    assert pad.switch_gate(BOOK, afi=ON_LOAN, armed=True) is False


def test_a_loan_card_has_no_alarm(pad_chip, pad):
    pad_chip.field.put(Ntag(bytes.fromhex("04a1b2112233aa")))

    assert pad.switch_gate("04a1b2112233aa", afi=ON_LOAN, armed=False) is False


def test_a_book_that_has_gone_is_told(pad_chip, pad):
    with pytest.raises(TagGoneError):
        pad.switch_gate(BOOK, afi=ON_LOAN, armed=False)


@pytest.mark.parametrize("frames", range(1, 12))
def test_a_book_lifted_in_the_middle_is_told_or_done(pad_chip, pad, frames):
    tag = lay(pad_chip)
    tag.frames_left = frames
    try:
        pad.switch_gate(BOOK, afi=ON_LOAN, armed=False)
    except TagGoneError:
        tag.frames_left = None
        pad.switch_gate(BOOK, afi=ON_LOAN, armed=False)
    assert (tag.afi, tag.eas) == (ON_LOAN, False)


def test_an_alarm_locked_for_ever_is_told(pad_chip, pad):
    lay(pad_chip).alarm_locked = True

    with pytest.raises(TagRefusedError, match="locked for ever"):
        pad.switch_gate(BOOK, afi=ON_LOAN, armed=False)


def test_a_guarded_alarm_opens_with_the_branch_s_password(pad_chip, keyed):
    tag = lay(pad_chip)
    tag.guarded, tag.password = True, PASSWORD

    assert keyed.switch_gate(BOOK, afi=ON_LOAN, armed=False) is True
    assert (tag.afi, tag.eas) == (ON_LOAN, False)


def test_the_password_is_shown_only_where_it_is_asked_for(pad_chip, keyed):
    tag = lay(pad_chip)
    tag._commands[0xB3] = None

    assert keyed.switch_gate(BOOK, afi=ON_LOAN, armed=False) is True


def test_a_guarded_alarm_without_a_password_is_told(pad_chip, pad):
    tag = lay(pad_chip)
    tag.guarded, tag.password = True, PASSWORD

    with pytest.raises(TagRefusedError, match="asks for a password, and the branch names none"):
        pad.switch_gate(BOOK, afi=ON_LOAN, armed=False)


def test_a_wrong_password_is_told_and_the_tag_answers_again(pad_chip, keyed):
    tag = lay(pad_chip)
    tag.guarded, tag.password = True, b"else"

    with pytest.raises(TagRefusedError, match="another password than this branch's"):
        keyed.switch_gate(BOOK, afi=ON_LOAN, armed=False)

    assert [found.uid for found in keyed.poll()] == [BOOK]
    assert (tag.afi, tag.eas) == (IN_LIBRARY, True)


def test_a_tag_that_has_no_number_to_hide_a_password_is_refused(pad_chip, keyed):
    tag = lay(pad_chip)
    tag.guarded = True
    del tag._commands[0xB2]

    with pytest.raises(TagRefusedError, match="another password than this branch's"):
        keyed.switch_gate(BOOK, afi=ON_LOAN, armed=False)


@pytest.mark.parametrize("seed", range(60))
def test_damaged_frames_do_not_leave_an_alarm_half_switched(pad_chip, keyed, seed):
    tag = lay(pad_chip)
    tag.guarded, tag.password = bool(seed % 2), PASSWORD
    pad_chip.noise = Noise(0.05, seed=seed)

    assert keyed.switch_gate(BOOK, afi=ON_LOAN, armed=False) is True

    assert (tag.afi, tag.eas) == (ON_LOAN, False)


def test_an_alarm_says_whether_it_is_armed(pad_chip, pad):
    tag = lay(pad_chip)
    air = Pn5180Vicinity(pad._link)
    air.enter()
    gate = Gate(AddressedTag(air, bytes.fromhex(BOOK)), cycle_field=air.enter, password=None)

    assert gate.is_armed() is True
    tag.eas = False
    assert gate.is_armed() is False
    pad_chip.field.take(bytes.fromhex(BOOK))
    assert gate.is_armed() is None


@pytest.mark.parametrize("eas", [True, False])
def test_a_pad_says_whether_a_book_s_alarm_is_set(pad_chip, pad, eas):
    lay(pad_chip, eas=eas)
    lay(pad_chip, OTHER, eas=True)
    pad_chip.field.put(Ntag(bytes.fromhex("04a1b2112233aa")))

    assert pad.is_armed(BOOK) is eas
    assert pad.is_armed(OTHER) is False
    assert pad.is_armed("04a1b2112233aa") is False
    with pytest.raises(TagGoneError):
        pad.is_armed("e004010012345670")


@pytest.mark.parametrize("seed", range(20))
def test_damaged_frames_do_not_hide_that_an_alarm_is_set(pad_chip, pad, seed):
    lay(pad_chip, eas=True)
    pad_chip.noise = Noise(0.2, seed=seed)

    assert pad.is_armed(BOOK) is True
