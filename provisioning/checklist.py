"""`python -m provisioning checklist`: the form of reach, sight and touch, and what it lacks."""

import sys
from pathlib import Path

import click

from circulation import settings
from circulation.errors import ConfigError
from circulation.toml_lines import line_of
from firmware_config.kit import load_kit
from provisioning.files import write_atomically
from provisioning.place import Finding, Form, findings
from provisioning.place_form import empty_form, empty_station, question_of

EXIT_NOT_YET = 1


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--add", "station", help="Add the questions for a station of this name.")
@click.option("--kit", help="The kit of the station that is added.")
@click.option("--branch", help="The branch, where the file is new.")
def checklist(file: Path, station: str | None, kit: str | None, branch: str | None) -> None:
    """Check what was answered about the place of a branch's stations in FILE.

    It ends with 0 where all holds, and with 1 where an answer is missing or is not good enough.
    """
    if station is not None:
        _add(file, station, kit, branch)
        return
    if kit or branch:
        raise click.UsageError("--kit and --branch go with --add STATION")
    form = settings.load(file, Form)
    found = findings(form)
    text = file.read_text(encoding="utf-8")
    for finding in found:
        click.echo(_told(file, text, finding))
    if found:
        unanswered = sum(not finding.answered for finding in found)
        click.echo(
            f"{form.branch}: {len(found) - unanswered} not good enough, "
            f"{unanswered} not answered yet."
        )
        sys.exit(EXIT_NOT_YET)
    click.echo(f"{form.branch}: everything holds, stations checked: {len(form.stations)}.")


def _told(file: Path, text: str, finding: Finding) -> str:
    asked = "" if finding.answered else f": {question_of(finding.key)}"
    return f"{file}:{line_of(text, finding.key)}: `{finding.key}`: {finding.text}{asked}"


def _add(file: Path, station: str, kit: str | None, branch: str | None) -> None:
    if not kit:
        raise click.UsageError("--add needs the --kit of the station")
    questions = empty_station(station, load_kit(kit))
    if file.exists():
        form = settings.load(file, Form)
        if branch not in {None, form.branch}:
            raise ConfigError(f"{file} is the form of {form.branch}, not of {branch}")
        if station in {place.name for place in form.stations}:
            raise ConfigError(f"{file} already asks about `{station}`")
        text = file.read_text(encoding="utf-8").rstrip("\n") + "\n"
    elif branch:
        text = empty_form(branch)
    else:
        raise click.UsageError(f"{file} is new: say with --branch whose it is")
    try:
        write_atomically(file, (text + questions).encode())
    except OSError as error:
        raise ConfigError(f"{file}: cannot be written: {error.strerror}") from error
    click.echo(f"{file}: the questions for {station} are there; answer them, then check.")
