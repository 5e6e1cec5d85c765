"""`python -m provisioning inventory-check`: a typo in an inventory, before anything is touched."""

import difflib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from msgspec import Struct

from circulation.errors import ConfigError
from firmware_config.errors import KitError
from firmware_config.kit import path_of

ROLES = Path(__file__).parents[1] / "ansible" / "roles"
# YAML, and the JSON that `inventory --file` writes, which is YAML line by line.
_KEY = re.compile(r"""^(\s*(?:- )?)["']?([A-Za-z0-9][A-Za-z0-9_.-]*)["']?:(?:\s+([^\s,]+))?""")
_SETTING = re.compile(r"[a-z][a-z0-9_]*")
_READ = ("", ".yml", ".yaml", ".json")
"""How the names of files end that Ansible reads in an inventory's folders."""
_NUMBER, _KIT = "station_number", "station_kit"
_TRUE_OR_FALSE = ("true", "false", "yes", "no", "on", "off")
"""YAML 1.1, as Ansible reads it."""
_MEANT_BY_YAML = "{!*&|>"
"""How a value begins that is not the text that stands there: a template, a vault, an alias."""
_PLACES = ("group_vars", "host_vars")


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
    known = settings(roles)
    wrong = [*misspelt(keys, known), *worthless(keys, known), *twice(keys), *astray(folder, keys)]
    if wrong:
        raise ConfigError("\n".join(wrong))
    click.echo("Every setting in the inventory is one that there is.")


def settings(roles: Path) -> dict[str, str]:
    """Return the names of all settings of the roles in *roles*, each with what it is by itself."""
    files = roles.glob("*/defaults/main.yml")
    lines = (line for file in files for line in file.read_text(encoding="utf-8").splitlines())
    found = (_KEY.match(line) for line in lines)
    return {each[2]: each[3] or "" for each in found if each and not each[1]}


def misspelt(keys: list[Key], known: Iterable[str]) -> Iterator[str]:
    """Yield what is wrong with each name that begins like a setting and is none."""
    heads = {name.partition("_")[0] for name in known}
    plain = {_plain(name): name for name in known}
    for each in keys:
        name = each.name
        if name in known:
            continue
        if meant := plain.get(_plain(name)):
            yield f"{each.where}: no such setting: `{name}`; did you mean `{meant}`?"
        elif "_" in name and _SETTING.fullmatch(name):
            near = difflib.get_close_matches(name, sorted(known), 1)
            if name.partition("_")[0] in heads or difflib.get_close_matches(name, known, 1, 0.85):
                meant = f"; did you mean `{near[0]}`?" if near else ""
                yield f"{each.where}: no such setting: `{name}`{meant}"


def _plain(name: str) -> str:
    """Return *name* however it is written: in capitals, with dashes, or in one word."""
    return re.sub("[-_]", "", name.lower())


def worthless(keys: list[Key], known: dict[str, str]) -> Iterator[str]:
    """Yield what is wrong with each value of a setting that is a number, a yes or no, or a kit."""
    for each in keys:
        given = (each.value or "").strip("\"'")
        if not given or given[0] in _MEANT_BY_YAML or each.name not in known:
            continue
        default, where = known[each.name], f"{each.where}: `{each.name}` is `{given}`"
        if default in _TRUE_OR_FALSE and given.lower() not in _TRUE_OR_FALSE:
            near = difflib.get_close_matches(given.lower(), ("true", "false"), 1)
            meant = f"; did you mean `{near[0]}`?" if near else ", and must be true or false"
            yield f"{where}{meant}"
        if default.isdecimal() and not given.isdecimal():
            yield f"{where}, and must be a number"
        if each.name == _KIT:
            yield from (f"{where}: {wrong}" for wrong in _no_kit(given))


def _no_kit(name: str) -> Iterator[str]:
    try:
        path_of(name)
    except KitError as error:
        yield str(error)


def astray(folder: Path, keys: list[Key]) -> Iterator[str]:
    """Yield what lies where Ansible never looks, and is nearly called as where it does."""
    for place in sorted(folder.iterdir()):
        near = difflib.get_close_matches(place.name.lower(), _PLACES, 1, 0.8)
        if place.is_dir() and place.name not in _PLACES and near:
            yield f"{place} is not read by Ansible; did you mean `{near[0]}`?"
    names = {each.name for each in keys}
    for file in sorted(folder.glob("group_vars/*")):
        group = file.name.removesuffix(file.suffix) if file.suffix in _READ else file.name
        near = difflib.get_close_matches(group.lower(), [*names, "all"], 1, 0.8)
        if group not in {*names, "all", "ungrouped"} and near:
            yield f"{file}: there is no group `{group}`; did you mean `{near[0]}`?"


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
