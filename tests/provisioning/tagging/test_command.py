"""What a technician asks about a tag, and what is answered."""

import json

import pytest
from click.testing import CliRunner

from provisioning.tagging.command import tag

TH_WILDAU = "11010131313232333334340000000000000000513e4445373035000000000000"
ANNEX_D = "9100051cbe991a14 0201d0 140204b3 4607441cb6e2e335d6 830207acc09ebaa06f6b0000"


def run(*words):
    return CliRunner().invoke(tag, words)


def told(*words):
    ran = run(*words, "--json")
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.output)


def test_a_basic_block_is_explained():
    assert told("explain", "--hex", TH_WILDAU) == {
        "format": "28560-3", "item": "11223344", "owner": "DE-705", "part": 1, "parts": 1,
        "usage": 1, "crc_ok": True, "doubts": [],
    }  # fmt: skip


def test_data_elements_are_explained():
    said = told("explain", "--hex", ANNEX_D, "--dsfid", "06")

    assert (said["item"], said["owner"]) == ("123456789012", "US-InU-Mu")
    assert (said["part"], said["parts"], said["crc_ok"]) == (3, 12, None)


def test_a_person_is_told_in_words():
    torn = TH_WILDAU.replace("513e", "513f")
    said = run("explain", "--hex", torn).output

    assert "28560-3: item 11223344" in said
    assert "the checksum does not hold" in said
    assert "doubt: the checksum is wrong" in said
    assert "nothing is written on it" in run("explain", "--hex", "00" * 36).output


@pytest.mark.parametrize(
    ("format_", "size", "parts"),
    [("28560-3", 32, 1), ("28560-3", 34, 3), ("28560-3", 112, 3), ("28560-2", 112, 3)],
)
def test_what_is_encoded_is_explained_as_it_was_asked_for(format_, size, parts):
    made = run(
        "encode", "--format", format_, "--item", "30000001", "--owner", "SE-Um", "--usage", "1",
        "--size", str(size), "--parts", str(parts), "--part", str(parts),
    )  # fmt: skip

    assert len(bytes.fromhex(made.output.strip())) == size
    said = told("explain", "--hex", made.output.strip())
    assert (said["format"], said["item"], said["owner"]) == (format_, "30000001", "SE-Um")
    assert (said["part"], said["parts"], said["usage"], said["doubts"]) == (parts, parts, 1, [])


def test_another_programs_very_bytes_are_encoded():
    words = ("--item", "11223344", "--owner", "DE-705", "--size", "32")

    assert run("encode", "--format", "28560-3", *words).output.strip() == TH_WILDAU


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("explain", "--hex", "11zz"), "not bytes in hex"),
        (("explain", "--hex", "00" * 5000), "too long for a tag"),
        (("explain", "--hex", "00", "--afi", "777"), "not a byte in hex"),
        (("encode", "--item", "30000001", "--owner", "Umea", "--size", "32"), "not an ISIL"),
        (("encode", "--item", "3" * 17, "--owner", "SE-Um", "--size", "32"), "a tag holds 16"),
        (("encode", "--item", "30000001", "--owner", "SE-Um", "--size", "33"), "32 or 34"),
        (("encode", "--item", "30000001", "--owner", "SE-Um", "--size", "8"), "32 or 34"),
    ],
)
def test_what_cannot_be_meant_is_answered_in_one_line(words, answer):
    more = ("--format", "28560-3") if words[0] == "encode" else ()
    ran = run(*words, *more)

    assert ran.exit_code == 2
    assert answer in ran.output
    assert "Traceback" not in ran.output
