"""What a technician sees of a kit on the command line."""

import pytest
from click.testing import CliRunner

from firmware_config.kit import KITS, names
from provisioning.kits import kit_commands


def run(*words):
    return CliRunner().invoke(kit_commands, [str(word) for word in words])


def altered(tmp_path, old, new):
    text = (KITS / "loan-pi5-pn5180.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_every_kit_is_listed():
    told = run("list").output

    assert [line.split()[0] for line in told.splitlines()] == names()


def test_the_folder_holds_pages_and_drawings_and_the_same_the_second_time(tmp_path):
    first = run("show", "loan-pi5-pn5180", "--to", tmp_path / "kit")
    before = {path.name: path.read_bytes() for path in (tmp_path / "kit").iterdir()}

    assert {"README.md", "parts.md", "wiring.svg", "reader-pad.svg", "screen.svg"} <= set(before)
    assert first.output.splitlines() == [f"{tmp_path}/kit/{name}" for name in _order(first)]
    run("show", "loan-pi5-pn5180", "--to", tmp_path / "kit")
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "kit").iterdir()}


def _order(told):
    return [line.rpartition("/")[2] for line in told.output.splitlines()]


def test_a_wrong_voltage_is_warned_of_with_its_line_and_the_pages_are_made(tmp_path):
    kit = altered(tmp_path, 'supply = "3V3"', 'supply = "5V"')

    told = run("show", kit, "--to", tmp_path / "kit")

    assert told.exit_code == 0
    assert f"Warning: {kit}:26: `reader[0].supply`: reader card: an MFRC522" in told.stderr
    assert (tmp_path / "kit" / "README.md").is_file()


def test_a_good_kit_is_said_to_be_one():
    told = run("check", "listening-zero2-pn5180")

    assert (told.exit_code, told.output) == (0, "listening-zero2-pn5180 can be built.\n")


@pytest.mark.parametrize(
    ("old", "new", "answer"),
    [
        ("buzzer = 27", "buzzer = 17", "mine.toml:8: `buzzer`: GPIO 17 is used twice"),
        ("buzzer = 27", "buzer = 27", "mine.toml:8: unknown setting `buzer`; did you mean"),
        ("device = 1", "device = 0", "did you mean `device = 1`?"),
    ],
)
def test_a_kit_that_cannot_be_built_is_answered_and_nothing_is_written(tmp_path, old, new, answer):
    told = run("show", altered(tmp_path, old, new), "--to", tmp_path / "kit")

    assert told.exit_code != 0
    assert answer in str(told.exception)
    assert not (tmp_path / "kit").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")

    told = run("show", "loan-pi5-pn5180", "--to", tmp_path / "file" / "kit")

    assert f"{tmp_path}/file/kit: cannot be written" in str(told.exception)
