"""The secret that opens a branch's own tags."""

from pathlib import Path

import pytest

from circulation.errors import ConfigError
from station.readers import tag_keys
from station.readers.tag_keys import SectorKey, TagKeys

PAGE = Path(__file__).parents[3] / "docs" / "explanation" / "readers.md"
FILE = """\
# Vindeln's own tags
ntag 0A0b0c0d
classic 1-3 A  ffffffffffff   # data
classic 2   b  a0a1a2a3a4a5
"""


def test_every_kind_of_key_is_read_and_a_later_line_goes_before():
    keys = tag_keys.parse(FILE, "tags.keys")

    assert keys.ntag == b"\x0a\x0b\x0c\x0d"
    assert keys.sectors == {
        1: SectorKey(b"\xff" * 6),
        2: SectorKey(bytes.fromhex("a0a1a2a3a4a5"), is_b=True),
        3: SectorKey(b"\xff" * 6),
    }


@pytest.mark.parametrize(
    "line",
    [
        "ntag 0a0b0c",
        "ntag 0a0b0c0g",
        "classic 1 C ffffffffffff",
        "classic 1 A fffffffffff",
        "classic A ffffffffffff",
        "clasic 1 A ffffffffffff",
    ],
)
def test_a_wrong_line_is_answered_with_its_number_and_never_shown(line):
    with pytest.raises(ConfigError, match=r"^tags\.keys, line 3: not a key; write") as told:
        tag_keys.parse("# keys\n\n" + line, "tags.keys")
    assert line not in str(told.value)


@pytest.mark.parametrize("sectors", ["16", "3-2", "0-16"])
def test_a_sector_that_no_card_has_is_answered(sectors):
    with pytest.raises(ConfigError, match="line 1: a MIFARE Classic 1K has sectors 0 to 15"):
        tag_keys.parse(f"classic {sectors} A ffffffffffff", "tags.keys")


def test_a_file_that_only_its_owner_reads_is_taken(tmp_path):
    path = tmp_path / "tags.keys"
    path.write_text(FILE)
    path.chmod(0o600)

    assert tag_keys.load(path).ntag == b"\x0a\x0b\x0c\x0d"


def test_a_file_that_others_may_read_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "tags.keys"
    path.write_text(FILE)
    path.chmod(0o640)
    with pytest.raises(ConfigError, match=r"others may read .*\(640\); chmod 600 "):
        tag_keys.load(path)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_what_cannot_be_read_is_said_to_be(tmp_path, content):
    path = tmp_path / "tags.keys"
    if content is not None:
        path.write_bytes(content)
        path.chmod(0o600)
    with pytest.raises(ConfigError, match="keys cannot be read"):
        tag_keys.load(path)


def test_keys_are_never_shown():
    shown = repr(TagKeys(b"1234", {1: SectorKey(b"abcdef")}))
    assert "1234" not in shown
    assert "abcdef" not in shown
    assert "abcdef" not in repr(SectorKey(b"abcdef"))


def test_the_lines_that_the_readers_page_shows_are_keys():
    page = PAGE.read_text(encoding="utf-8")
    shown = page.partition("## Keys")[2].split("```")[1]
    assert sorted(tag_keys.parse(shown, "readers.md").sectors) == [1, 2, 3]
