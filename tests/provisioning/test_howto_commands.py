"""Every command in the documentation is one that there is, with options that it takes."""

import re
import shlex
from pathlib import Path

import click
import pytest

from hub.cli import hub
from provisioning.cli import commands
from station.cli import station
from tests.hub.test_cli import ROOT

PROGRAMS = {"hub": hub, "provisioning": commands, "station": station}
DOCUMENTS = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md"]
_TYPED = re.compile(r"python -m (hub|provisioning|station)(?![.\w])([^`\n|]*)")


def typed(document: Path):
    """Yield (program, words) for each command that stands in *document*, in a block or a line."""
    text = document.read_text(encoding="utf-8").replace("\\\n", " ")
    for program, rest in _TYPED.findall(text):
        plain = re.sub(r"\$\([^)]*\)", "X", re.split(r"[#>]", rest)[0])
        yield program, shlex.split(plain.replace("...", ""))


def wrong(command: click.Command, words: list[str], name: str) -> str:
    """Return what *command* would not take of *words*, empty where it takes all of it."""
    options = {
        name: not getattr(option, "is_flag", False)
        for option in command.params
        if isinstance(option, click.Option)
        for name in (*option.opts, *option.secondary_opts)
    }
    places = sum(each.nargs if each.nargs > 0 else 99 for each in _arguments(command))
    words = list(words)
    while words:
        word = words.pop(0)
        if word.startswith("-"):
            option = word.partition("=")[0]
            if option not in {*options, "--help"}:
                return f"`{name}` has no option {option}"
            if options.get(option) and "=" not in word and words:
                words.pop(0)
        elif isinstance(command, click.Group):
            return _wrong_below(command, word, words, name)
        else:
            places -= 1
    return "" if places >= 0 else f"`{name}` takes fewer words"


def _wrong_below(group: click.Group, word: str, words: list[str], name: str) -> str:
    # `a|b|c` in a sentence stands for each of them, and capitals for any.
    for each in [] if word.isupper() else word.split("|"):
        command = group.get_command(click.Context(group), each)
        if command is None:
            return f"there is no `{name} {each}`"
        if found := wrong(command, words, f"{name} {each}"):
            return found
    return ""


def _arguments(command: click.Command) -> list[click.Argument]:
    return [each for each in command.params if isinstance(each, click.Argument)]


def test_there_are_commands_in_the_documentation():
    assert sum(1 for document in DOCUMENTS for _ in typed(document)) > 80


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_command_is_taken(document):
    told = [
        f"python -m {program} {' '.join(words)}: {found}"
        for program, words in typed(document)
        if (found := wrong(PROGRAMS[program], words, program))
    ]

    assert told == []


@pytest.mark.parametrize("mistake", ["kyes rotate", "keys rotate --to x", "keys --jsn"])
def test_a_mistake_would_be_noticed(mistake):
    assert wrong(hub, mistake.split(), "hub")
