"""The form of a branch on the command line: made, answered, checked."""

import re

import pytest
from click.testing import CliRunner

from provisioning.checklist import checklist

ANSWERS = {
    "checked_on": "2026-11-24",
    "approach": '"front"',
    "floor_wide_mm": "800",
    "floor_long_mm": "1300",
    "reached_over_mm": "0",
    "lowest_part_mm": "800",
    "highest_part_mm": "1200",
    "heaviest_key_n": "4.5",
}


def run(*words):
    return CliRunner().invoke(checklist, [str(word) for word in words])


def add(form, station="umea-1", kit="loan-pi5-pn5180", branch="SE-Um"):
    return run(form, "--add", station, "--kit", kit, "--branch", branch)


def answer(form, **changed):
    answers = ANSWERS | changed

    def filled(line):
        return f"{line[1]} = {answers.get(line[1], 'true')}"

    text = form.read_text(encoding="utf-8")
    form.write_text(re.sub(r"(?m)^#([a-z]\w+) =$", filled, text), encoding="utf-8")


@pytest.fixture
def form(tmp_path):
    return tmp_path / "umea.toml"


def test_an_answered_form_that_holds_ends_well(form):
    assert add(form).exit_code == 0
    answer(form)

    told = run(form)

    assert (told.exit_code, told.output) == (0, "SE-Um: everything holds, stations checked: 1.\n")


def test_an_empty_form_asks_each_question_and_is_not_done(form):
    add(form)

    told = run(form)

    assert told.exit_code == 1
    assert "`station[0].lowest_part_mm`: not answered yet: Height of the lowest part" in told.output
    assert "SE-Um: 0 not good enough, 15 not answered yet." in told.output


def test_an_answer_that_is_not_good_enough_is_named_with_its_line(form):
    add(form)
    answer(form, highest_part_mm="1300")
    lines = form.read_text(encoding="utf-8").splitlines()
    number = lines.index("highest_part_mm = 1300") + 1

    told = run(form)

    assert told.exit_code == 1
    assert told.output.startswith(
        f"{form}:{number}: `station[0].highest_part_mm`: 1300 mm is more than 1220 mm"
    )


def test_a_second_station_keeps_what_was_answered_about_the_first(form):
    add(form)
    answer(form)
    before = form.read_text(encoding="utf-8")

    assert run(form, "--add", "umea-2", "--kit", "listening-pi4-ring").exit_code == 0

    assert form.read_text(encoding="utf-8").startswith(before)
    assert "station[1]" in run(form).output
    assert "station[0]" not in run(form).output


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("lowest_part_mm = 800", "lowest_part = 800", "did you mean `lowest_part_mm`?"),
        ("lowest_part_mm = 800", 'lowest_part_mm = "80 cm"', "Expected `int | null`, got `str`"),
        ("lowest_part_mm = 800", "lowest_part_mm = -1", ">= 0"),
        ('approach = "front"', 'approach = "font"', "did you mean `front`?"),
        ("checked_on = 2026-11-24", 'checked_on = "in May"', "Invalid RFC3339 encoded date"),
        ("screen = true", "", "missing required field `screen`"),
        ("lowest_part_mm = 800", "lowest_part_mm =", "not TOML: Invalid value"),
    ],
)
def test_a_wrong_answer_is_answered_and_left_as_it_was(form, old, new, problem):
    add(form)
    answer(form)
    text = form.read_text(encoding="utf-8")
    assert old in text
    form.write_text(text.replace(old, new, 1), encoding="utf-8")

    told = run(form)

    assert told.exit_code != 0
    assert problem in str(told.exception)
    assert str(form) in str(told.exception)
    assert run(form, "--add", "umea-2", "--kit", "listening-pi4-ring").exit_code != 0
    assert form.read_text(encoding="utf-8") == text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--add", "umea-1", "--kit", "loan-pi5-pn5180"), "already asks about `umea-1`"),
        (("--add", "b", "--kit", "loan-pi5-pn5180", "--branch", "SE-Vi"), "not of SE-Vi"),
        (("--add", "b", "--kit", "loan-pi6"), "no kit is called `loan-pi6`"),
        (("--add", "b"), "needs the --kit"),
        (("--kit", "loan-pi5-pn5180"), "go with --add"),
    ],
)
def test_what_cannot_be_added_is_answered_and_the_form_stays(form, words, problem):
    add(form)
    before = form.read_bytes()

    told = run(form, *words)

    assert told.exit_code != 0
    assert problem in f"{told.output}{told.exception}"
    assert form.read_bytes() == before


def test_a_new_form_needs_its_branch(form):
    told = run(form, "--add", "umea-1", "--kit", "loan-pi5-pn5180")

    assert "say with --branch whose it is" in told.output
    assert not form.exists()
