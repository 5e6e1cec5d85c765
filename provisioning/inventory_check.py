"""`python -m provisioning inventory-check`: a typo in an inventory, before anything is touched."""

import difflib
import re
from collections.abc import Iterator
from pathlib import Path

import click

from circulation.errors import ConfigError

ROLES = Path(__file__).parents[1] / "ansible" / "roles"
_KEY = re.compile(r"^\s*(?:- )?([a-z][a-z0-9_]*):(?:\s+(\S+))?")
_NUMBER = "station_number"


@click.command("inventory-check")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--roles",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=ROLES,
    help="Where the roles lie that have the settings.",
)
def inventory_check(folder: Path, roles: Path) -> None:
    """Say which settings in the inventory FOLDER are misspelt, or which stations share a number."""
    wrong = list(misspelt(folder, settings(roles))) + list(shared_numbers(folder))
    if wrong:
        raise ConfigError("\n".join(wrong))
    click.echo("Every setting in the inventory is one that there is.")


def settings(roles: Path) -> set[str]:
    """Return the names of all settings of the roles in *roles*."""
    files = roles.glob("*/defaults/main.yml")
    lines = (line for file in files for line in file.read_text(encoding="utf-8").splitlines())
    return {found[1] for line in lines if (found := _KEY.match(line)) and not line.startswith(" ")}


def misspelt(folder: Path, known: set[str]) -> Iterator[str]:
    """Yield what is wrong with each name that begins like a setting and is none."""
    heads = {name.partition("_")[0] for name in known}
    for where, name, _ in _keys(folder):
        if "_" not in name or name in known:
            continue
        if name.partition("_")[0] in heads or difflib.get_close_matches(name, known, 1, 0.85):
            near = difflib.get_close_matches(name, sorted(known), 1)
            meant = f"; did you mean `{near[0]}`?" if near else ""
            yield f"{where}: no such setting: `{name}`{meant}"


def shared_numbers(folder: Path) -> Iterator[str]:
    """Yield each number that two stations have: a receipt could be either's."""
    seen: dict[str, str] = {}
    for where, name, value in _keys(folder):
        if name != _NUMBER or value is None:
            continue
        if value in seen:
            yield f"{where}: station number {value} is taken: {seen[value]}"
        seen.setdefault(value, where)


def _keys(folder: Path) -> Iterator[tuple[str, str, str | None]]:
    """Yield where each key stands, its name and its value on that line."""
    # An inventory's own files, and nothing else that lies beside them.
    places = ("*.yml", "group_vars/**/*.yml", "host_vars/**/*.yml")
    for file in sorted({file for place in places for file in folder.glob(place)}):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            if found := _KEY.match(line):
                yield f"{file}, line {number}", found[1], found[2]
