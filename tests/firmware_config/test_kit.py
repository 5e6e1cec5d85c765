import pytest

from firmware_config.errors import KitError
from firmware_config.kit import KITS, load_kit, names


def edited(tmp_path, name, *changes):
    """Return the file of a kit that comes with the product, after *changes*."""
    text = (KITS / f"{name}.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    kit = tmp_path / "kit.toml"
    kit.write_text(text, encoding="utf-8")
    return kit


@pytest.mark.parametrize("name", names())
def test_every_kit_that_comes_with_the_product_can_be_built(name):
    assert load_kit(name).name == name


def test_there_is_a_real_and_a_simulated_kit_of_each_kind():
    kits = [load_kit(name) for name in names()]

    assert {(kit.kind, kit.wholly_simulated) for kit in kits} == {
        ("loan", True),
        ("loan", False),
        ("listening", True),
        ("listening", False),
    }


def test_a_kit_is_also_found_by_its_path(tmp_path):
    assert load_kit(edited(tmp_path, "simulated-loan")).title == "Loan station, simulated"


@pytest.mark.parametrize(
    "part",
    ["pins_virtual = true", "reset_pin = 25\nvirtual = true", "px_per_mm = 5.9\nvirtual = true"],
)
def test_one_real_part_makes_a_kit_real(tmp_path, part):
    # A real board's serial line has that pin.
    real = ("reset_pin = 14", "reset_pin = 2")
    kit = edited(tmp_path, "simulated-loan", real, (part, part.replace("true", "false")))

    assert not load_kit(kit).wholly_simulated


def test_what_is_not_said_to_be_virtual_is_real(tmp_path):
    kit = edited(tmp_path, "simulated-listening", ("virtual = true\n\n[sound]", "\n[sound]"))

    assert not load_kit(kit).wholly_simulated


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("lamp = 17", "lamp = 27"), "GPIO 27 is used twice: lamp and buzzer"),
        (("lamp = 17", "lamp = 25"), "GPIO 25 is used twice: reader card's reset and lamp"),
        (("up = 5", "up = 9"), "GPIO 9 is used twice: SPI bus 0 and keys.up"),
        (("up = 5", "up = 18"), "GPIO 18 is used twice: reader finger's chip select and keys.up"),
        (("device = 1", "device = 0"), "readers card and pad are both on SPI bus 0, device 0"),
        (("device = 1", "device = 2"), "SPI bus 0 has no device 2"),
        (('"finger"', '"pad"'), "two readers at one place"),
        (('"pad"', '"finger"'), "two readers at one place"),
        (('place = "card"', 'place = "belt"'), "Invalid enum value 'belt'"),
        (("lamp = 17", "lampp = 17"), "unknown setting `lampp`; did you mean `lamp`"),
        (("up = 5", "upp = 5"), "upp"),
        (("lamp = 17", "lamp = 28"), "GPIO 28 is not on the header, which has 2 to 27"),
        (("lamp = 17", "lamp = -1"), ">= 0"),
        (('title = "Loan', 'title = "A <b>loan'), "matching regex"),
        (('kind = "loan"', 'kind = "toy"'), "toy"),
        (("px_per_mm = 5.9", "px_per_mm = 0.059"), ">= 0.5"),
    ],
)
def test_a_kit_that_cannot_be_built_is_refused_with_the_reason(tmp_path, change, problem):
    with pytest.raises(KitError, match=problem):
        load_kit(edited(tmp_path, "simulated-loan", change))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("busy_pin = 15\n", ""), "reader pad: a PN5180 needs a busy_pin and a reset_pin"),
        (("reset_pin = 4\n", ""), "reader pad: a PN5180 needs a busy_pin and a reset_pin"),
        (('driver = "pn5180"\n', ""), "reader pad: an MFRC522 has no busy_pin"),
        (("busy_pin = 15\nvirtual = true", "busy_pin = 15"), "a real PN5180 needs real pins"),
        (("lamp = 17", "lamp = 15"), "GPIO 15 is used twice: reader pad's busy and lamp"),
        (('"pn5180"', '"pn518"'), "pn518"),
    ],
)
def test_a_pad_that_lacks_a_line_is_refused_with_the_reason(tmp_path, change, problem):
    with pytest.raises(KitError, match=problem):
        load_kit(edited(tmp_path, "simulated-loan-pn5180", change))


@pytest.mark.parametrize(
    ("change", "line", "problem"),
    [
        (("buzzer = 27", "buzzer = 17"), "buzzer = 17", "`buzzer`: GPIO 17 is used twice"),
        (("down = 6", "down = 40"), "down = 40", "`keys.down`: GPIO 40 is not on the header"),
        (("device = 1\n", "device = 0 #\n"), "device = 0 #", "both on SPI bus 0, device 0"),
        (("device = 1\n", "device = 9\n"), "device = 9", "<= 2"),
        (("up = 5", "upp = 5"), "upp = 5", "did you mean `up`?"),
        (('"pad"', '"pat"'), '"pat"', "did you mean `pad`?"),
        (('kind = "loan"', 'kind = "lone"'), '"lone"', "did you mean `loan`?"),
        (("busy_pin = 15", "bussy_pin = 15"), "bussy_pin", "did you mean `busy_pin`?"),
    ],
)
def test_what_is_wrong_is_answered_with_its_line_and_what_was_meant(
    tmp_path, change, line, problem
):
    kit = edited(tmp_path, "simulated-loan-pn5180", change)
    lines = kit.read_text(encoding="utf-8").splitlines()
    number = next(number for number, text in enumerate(lines, start=1) if line in text)

    with pytest.raises(KitError) as told:
        load_kit(kit)

    assert str(told.value).startswith(f"{kit}:{number}: ")
    assert problem in str(told.value)


@pytest.mark.parametrize(
    ("name", "change", "problem"),
    [
        (
            "loan-pi5-pn5180",
            ('overlay = "hifiberry-dac"', ""),
            "a Raspberry Pi 5 has no headphone socket; did you mean",
        ),
        (
            "loan-pi5-pn5180",
            ('board = "pi5"', 'board = "zero2"'),
            "a Raspberry Pi Zero 2 W has 512 MB, too little for a browser",
        ),
        ("loan-pi5-pn5180", ("lamp = 17", "lamp = 15"), "GPIO 15 .lamp. is the serial line's"),
        ("loan-pi5-pn5180", ("lamp = 17", "lamp = 18"), "sound overlay hifiberry-dac and lamp"),
        ("loan-pi5-pn5180", ('"5V"', '"12V"'), "Invalid enum value '12V'"),
        ("loan-pi5-pn5180", ('"hdmi"', '"hdim"'), "did you mean `hdmi`?"),
    ],
)
def test_what_a_board_has_not_is_refused(tmp_path, name, change, problem):
    with pytest.raises(KitError, match=problem):
        load_kit(edited(tmp_path, name, change))


def test_every_station_can_be_used_by_touch_alone():
    for name in names():
        keys = load_kit(name).keys
        assert {"up", "down", "left", "right", "centre", "repeat"} <= set(keys), name


def test_only_the_smallest_board_has_no_room_for_piper():
    assert load_kit("loan-pi5-pn5180").carries_piper
    assert not load_kit("listening-zero2-pn5180").carries_piper


def test_a_loan_station_has_a_card_reader_a_pad_and_a_screen(tmp_path):
    listening = edited(tmp_path, "simulated-listening", ('kind = "listening"', 'kind = "loan"'))

    with pytest.raises(KitError, match="needs a card reader, a pad and a screen"):
        load_kit(listening)


def test_a_listening_station_has_its_five_keys(tmp_path):
    with pytest.raises(KitError, match="needs a finger reader or scanner and the keys up, down"):
        load_kit(edited(tmp_path, "simulated-listening", ("up = 5\n", "")))


def test_a_misspelt_kit_is_answered_with_what_was_meant():
    with pytest.raises(KitError, match="no kit is called `simulated-lone`; did you mean"):
        load_kit("simulated-lone")


def test_a_kit_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(KitError, match=r"gone\.toml: cannot be read"):
        load_kit(tmp_path / "gone.toml")
