"""Tags written at a reader: the real driver, on a virtual chip with tags of a dump."""

import json

import pytest
from click.testing import CliRunner

from circulation.tags import dump
from circulation.tags.content import Usage
from circulation.tags.dump import TagDump
from circulation.tags.iso28560_3 import encode_basic
from provisioning.tagging.command import tag

OWN = ("--owner", "SE-Um")


def block(number: str, usage: Usage = Usage.CIRCULATING, owner: str = "SE-Um") -> str:
    return encode_basic(number, usage=usage, owner=owner).hex()


def sticker(n: int, pages: str = "") -> TagDump:
    return TagDump(name=f"sticker-{n}", kind="book", uid=f"04a1b2c3d4e5{n:02x}", pages=pages)


@pytest.fixture
def at(tmp_path):
    def run(command, *words, tags=(), kit="simulated-loan", typed=None):
        file = tmp_path / "tags.json"
        if tags:
            file.write_bytes(dump.encode(list(tags)))
        common = (
            "--kit", kit, "--dumps", str(file), "--seconds", "2",
            "--undo-file", str(tmp_path / "state" / "last.json"),
        )  # fmt: skip
        ran = CliRunner().invoke(tag, [command, *words, *common], input=typed)
        run.memories = [each.memory for each in dump.decode(file.read_bytes())]
        run.tags = lambda: dump.decode(file.read_bytes())
        return ran

    return run


def said(at, *tags):
    ran = at("read", "--json", tags=tags)
    return json.loads(ran.stdout)


def test_a_tag_is_read(at):
    told = said(at, sticker(1, block("30000001")))

    assert (told["item"], told["owner"], told["crc_ok"]) == ("30000001", "SE-Um", True)


@pytest.mark.parametrize("form", ["28560-3", "28560-2"])
def test_a_blank_sticker_is_written_and_says_so_ever_after(at, form):
    wrote = at("write", "--item", "30000001", "--format", form, *OWN, tags=[sticker(1)])
    assert wrote.output.strip() == "written"

    told = json.loads(at("read", "--json").stdout)
    assert (told["format"], told["item"], told["owner"]) == (form, "30000001", "SE-Um")
    assert told["doubts"] == []


@pytest.mark.parametrize(
    ("pages", "why", "over"),
    [
        (block("11223344", owner="DE-705"), "it belongs to DE-705", "DE-705"),
        (block("20000001", Usage.PATRON_CARD), "it is a loan card", "card"),
        ("1122334455667788" * 4, "something unknown", "unknown"),
    ],
)
def test_what_somebody_else_has_written_is_written_over_when_told_twice(at, pages, why, over):
    words = ("--item", "30000001", *OWN)
    first = at("write", *words, tags=[sticker(1, pages)])
    assert why in str(first.exception)
    assert at.memories[0].hex().startswith(pages)

    assert at("write", *words, "--over", over).output.strip() == "written"
    assert json.loads(at("read", "--json").stdout)["item"] == "30000001"


@pytest.mark.parametrize("form", ["28560-3", "28560-2"])
@pytest.mark.parametrize("stood", ["ab000000", "5f" * 72, "9105" + "31" * 70])
def test_what_stood_there_before_is_no_part_of_what_is_written(at, form, stood):
    words = ("--item", "30000001", "--format", form, *OWN, "--over", "unknown")

    assert at("write", *words, tags=[sticker(1, pages="00" * 32 + stood)]).exit_code == 0

    told = json.loads(at("read", "--json").stdout)
    assert (told["item"], told["owner"], told["doubts"]) == ("30000001", "SE-Um", [])


def test_the_last_is_undone_to_the_byte(at):
    before = block("30000007")
    at("write", "--item", "30000001", *OWN, tags=[sticker(1, before)])

    assert at("undo").output.strip() == "written back"

    assert at.memories[0].hex().startswith(before)
    assert "nothing is known" in str(at("undo").exception)


def test_another_tag_is_not_undone(at):
    at("write", "--item", "30000001", *OWN, tags=[sticker(1)])

    ran = at("undo", tags=[sticker(2)])

    assert "another tag was written last" in str(ran.exception)


def test_a_pile_is_written_one_after_the_other_with_a_report(at):
    pile = [sticker(1), sticker(2, block("1", owner="DE-705")), sticker(3)]

    ran = at("run", *OWN, tags=pile, typed="30000001\n30000002\n30000003\n\n30000004\n")

    assert ran.exit_code == 1
    assert ran.stdout.strip() == "2 written, 1 not: 30000002"
    assert "it belongs to DE-705" in ran.stderr
    assert [b"30000001" in at.memories[0], b"30000003" in at.memories[2]] == [True, True]


def test_a_number_that_fits_no_tag_costs_one_line_and_not_the_pile(at):
    ran = at("run", *OWN, tags=[sticker(1), sticker(2)], typed=f"{'3' * 40}\n30000002\n")

    assert ran.stdout.strip().startswith("1 written, 1 not")


def test_a_sticker_is_paired_with_the_book_on_the_pad(at, tmp_path):
    kit = tmp_path / "three.toml"
    kit.write_text(
        'name = "three"\nkind = "loan"\ntitle = "Three readers"\npins_virtual = true\n'
        + "".join(
            f'[[reader]]\nplace = "{place}"\nbus = {bus}\ndevice = {device}\n'
            f"reset_pin = {pin}\nvirtual = true\n"
            for place, bus, device, pin in (
                ("card", 0, 0, 25), ("pad", 0, 1, 24), ("finger", 1, 0, 23),
            )
        )
        + "[screen]\nwidth_px = 800\nheight_px = 480\npx_per_mm = 5.2\nvirtual = true\n"
    )  # fmt: skip
    book, spine = sticker(1, block("30000001")), sticker(2)

    ran = at("pair", *OWN, tags=[book, spine], kit=str(kit))

    assert ran.stdout.strip() == "paired", ran.exception
    assert at.memories[1].hex().ljust(64, "0") == block("30000001")


def test_nothing_laid_there_is_said_after_a_while(at):
    ran = at("read", "--seconds", "0.3", tags=[TagDump(
        name="bank", kind="other", uid="04aabbccddeeff", pages="", chip="iso14443-4"
    )])  # fmt: skip

    assert "no tag that can be read" in str(ran.exception)


def test_a_simulated_kit_needs_tags_and_a_kit_a_reader(tmp_path):
    ran = CliRunner().invoke(tag, ["read", "--kit", "simulated-loan"])
    assert "say with --dumps" in str(ran.exception)

    file = tmp_path / "tags.json"
    file.write_bytes(dump.encode([sticker(1)]))
    none = CliRunner().invoke(
        tag, ["read", "--kit", "simulated-listening", "--place", "pad", "--dumps", str(file)]
    )
    assert "has no pad reader" in str(none.exception)


@pytest.mark.parametrize("form", ["28560-3", "28560-2"])
def test_a_book_s_own_tag_is_written_at_a_wider_pad_and_its_alarm_armed(at, tmp_path, form):
    book = TagDump(name="b", kind="book", uid="e004010012345678", pages="", chip="slix")
    words = ("--item", "30000001", "--format", form, *OWN)

    wrote = at("write", *words, tags=[book], kit="simulated-loan-pn5180")

    assert wrote.output.strip() == "written"
    (kept,) = dump.decode((tmp_path / "tags.json").read_bytes())
    assert (kept.afi, kept.eas) == (0x07, True)
    told = json.loads(at("read", "--json", kit="simulated-loan-pn5180").stdout)
    assert (told["format"], told["item"], told["doubts"]) == (form, "30000001", [])


def test_a_tags_data_format_follows_what_is_written_and_comes_back_with_it(at):
    book = TagDump(
        name="b", kind="book", uid="e004010012345678", pages="", chip="slix", afi=0x07, dsfid=0x06
    )
    wrote = at("write", "--item", "30000001", *OWN, tags=[book], kit="simulated-loan-pn5180")
    assert wrote.output.strip() == "written"
    assert at.tags()[0].dsfid == 0x3E

    at("undo", kit="simulated-loan-pn5180")
    assert at.tags()[0].dsfid == 0x06


@pytest.mark.parametrize(("afi", "eas"), [(0xC2, False), (0xDA, False), (0x07, True), (0x00, True)])
@pytest.mark.parametrize("maker", ["04", "16"])
def test_a_tags_alarm_comes_back_as_it_was_with_what_stood_there(at, maker, afi, eas):
    book = TagDump(
        name="b", kind="book", uid=f"e0{maker}010012345678", pages=block("30000007"), chip="slix",
        afi=afi, eas=eas,
    )  # fmt: skip
    wrote = at("write", "--item", "30000001", *OWN, tags=[book], kit="simulated-loan-pn5180")
    assert wrote.output.strip() == "written"
    assert at.tags()[0].afi == 0x07

    undone = at("undo", kit="simulated-loan-pn5180")

    assert undone.output.strip() == "written back"
    (kept,) = at.tags()
    assert (kept.afi, kept.eas) == (afi, eas)
    assert kept.memory.hex().startswith(block("30000007"))
