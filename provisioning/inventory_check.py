"""`python -m provisioning inventory-check`: a typo in an inventory, before anything is touched."""

import difflib
import re
from collections.abc import Iterator
from pathlib import Path

import click
from msgspec import Struct

from circulation.errors import ConfigError

ROLES = Path(__file__).parents[1] / "ansible" / "roles"
# YAML, and the JSON that `inventory --file` writes, which is YAML line by line.
_KEY = re.compile(r"""^(\s*(?:- )?)["']?([A-Za-z0-9][A-Za-z0-9_.-]*)["']?:(?:\s+([^\s,]+))?""")
_SETTING = re.compile(r"[a-z][a-z0-9_]*")
_READ = ("", ".yml", ".yaml", ".json")
"""How the names of files end that Ansible reads in an inventory's folders."""
_NUMBER = "station_number"


class Key(Struct, frozen=True):
    """One line of an inventory that gives *name* a value, or begins what stands under it."""

    where: str
    name: str
    value: str | None
    host: str
    """Whose it is, "" where it is not one host's alone."""


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
    if not (files := _files(folder)):
        raise ConfigError(f"{folder} is no inventory: there is nothing that Ansible reads in it")
    keys = [key for file in files for key in _keys(file, _host_of(file.relative_to(folder)))]
    wrong = [*misspelt(keys, settings(roles)), *twice(keys)]
    if wrong:
        raise ConfigError("\n".join(wrong))
    click.echo("Every setting in the inventory is one that there is.")


def settings(roles: Path) -> set[str]:
    """Return the names of all settings of the roles in *roles*."""
    files = roles.glob("*/defaults/main.yml")
    lines = (line for file in files for line in file.read_text(encoding="utf-8").splitlines())
    return {found[2] for line in lines if (found := _KEY.match(line)) and not found[1]}


def misspelt(keys: list[Key], known: set[str]) -> Iterator[str]:
    """Yield what is wrong with each name that begins like a setting and is none."""
    heads = {name.partition("_")[0] for name in known}
    for each in keys:
        name = each.name
        if "_" not in name or name in known or not _SETTING.fullmatch(name):
            continue
        if name.partition("_")[0] in heads or difflib.get_close_matches(name, known, 1, 0.85):
            near = difflib.get_close_matches(name, sorted(known), 1)
            meant = f"; did you mean `{near[0]}`?" if near else ""
            yield f"{each.where}: no such setting: `{name}`{meant}"


def twice(keys: list[Key]) -> Iterator[str]:
    """Yield each number that two stations have, and each name: a receipt could be either's."""
    numbers: dict[str, Key] = {}
    names: dict[str, Key] = {}
    for each in keys:
        if each.name != _NUMBER or each.value is None:
            continue
        number = each.value.strip("\"'").lstrip("0")
        before = numbers.setdefault(number, each)
        if before is not each and before.host != each.host:
            yield f"{each.where}: station number {number} is taken: {before.where}"
        # A station is called by the first part of its host's name, and DNS knows no capitals.
        name = each.host.partition(".")[0].lower()
        known = names.setdefault(name, each) if name else each
        if (known.host, known.value) != (each.host, each.value):
            yield f"{each.where}: there is another station called {name}: {known.where}"


def _files(folder: Path) -> list[Path]:
    """Return an inventory's own files, and nothing else that lies beside them."""
    places = ("*", "group_vars/**/*", "host_vars/**/*")
    found = {file for place in places for file in folder.glob(place) if file.suffix in _READ}
    return sorted(file for file in found if file.is_file() and not file.name.startswith("."))


def _host_of(file: Path) -> str:
    """Return whose variables are in *file*: host_vars/NAME.yml, or any file in host_vars/NAME/."""
    if file.parts[0] != "host_vars":
        return ""
    return file.parts[1].removesuffix(file.suffix) if len(file.parts) == 2 else file.parts[1]


def _keys(file: Path, host: str) -> Iterator[Key]:
    """Yield each key in *file*; *host* is whose all of it is, "" where it says so itself."""
    above: list[tuple[int, str]] = []
    text = file.read_text(encoding="utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        if not (found := _KEY.match(line)):
            continue
        depth = len(found[1])
        above = [each for each in above if each[0] < depth]
        names = [name for _, name in above]
        own = names[names.index("hosts") + 1 :][:1] if "hosts" in names else []
        yield Key(f"{file}, line {number}", found[2], found[3], host or "".join(own))
        above.append((depth, found[2]))
