"""`python -m provisioning station add`: which stations the hub is to expect."""

import csv
import difflib
import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from msgspec import Struct
from sqlalchemy import Connection

from circulation.errors import ConfigError
from circulation.identifiers import BranchCode, StationId
from firmware_config.kit import load_kit
from hub import claims
from hub.catalogue import branches
from hub.claims import Expected
from hub.config import load
from hub.database import open_database
from provisioning.files import private_folder, write_secret
from provisioning.options import of_hub

SUFFIX = ".token"
NEEDED = ("id", "branch", "kit")
COLUMNS = (*NEEDED, "serial")
_ID = re.compile(r"[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?")
_SERIAL = re.compile(r"[!-~]{1,64}")
_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)


class Line(Struct, frozen=True, kw_only=True):
    """What a technician says of one station, and where."""

    id: str
    branch: str
    kit: str
    serial: str = ""
    where: str


@click.group("station")
def station() -> None:
    """Say which stations there are to be."""


@station.command("add")
@click.argument("station_id", metavar="[ID]", required=False)
@click.option("--branch", help="The library's code, such as VIN.")
@click.option("--kit", help="How it is built: a kit's name.")
@click.option("--serial", default="", help="Of the machine: it need not be accepted then.")
@click.option("--csv", "table", type=_FILE, help="Many at once: id,branch,kit,serial.")
@of_hub
@click.option("--to", type=_FOLDER, required=True, help="Where the tokens are put, a file each.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
def station_add(
    station_id: str | None,
    *,
    branch: str | None,
    kit: str | None,
    serial: str,
    table: Path | None,
    config: Path,
    to: Path,
    dry_run: bool,
) -> None:
    """Have the hub expect station ID, or those in a CSV file, and write a claim token for each.

    One that is expected already gets a new token, and the one before is good no more.
    """
    if table is None and not (station_id and branch and kit):
        raise click.UsageError("give an ID with --branch and --kit, or --csv FILE")
    one = Line(id=station_id or "", branch=branch or "", kit=kit or "", serial=serial, where="")
    lines, hub = read_lines(table) if table else [one], load(config)
    _refuse_hubs(lines, hub.name)
    engine = open_database(hub.database)
    now_ms = int(datetime.now(UTC).timestamp() * 1000)  # noqa: TID251 - the command's own edge
    tokens: dict[StationId, str] = {}
    try:
        with engine.begin() as db:
            for line, new in zip(lines, expected(db, lines), strict=True):
                token = claims.new_token()
                try:
                    number = claims.expect(db, new, token, now_ms)
                except ConfigError as error:
                    raise ConfigError(f"{line.where}{error}") from error
                click.echo(f"{new.station}  number {number}  {new.branch}  {new.kind}  {new.kit}")
                tokens[new.station] = token
            if dry_run:
                db.rollback()
                click.echo("Nothing was done: this was a dry run.")
                return
            # Before the commit: a token that nobody could write down opens nothing.
            for id_, token in tokens.items():
                write_secret(private_folder(to) / f"{id_}{SUFFIX}", f"{token}\n".encode())
    finally:
        engine.dispose()
    click.echo(f"The tokens are in {to}, good for {claims.TOKEN_DAYS} days. Print them: labels.")


def read_lines(table: Path) -> list[Line]:
    """Return the stations in the CSV file *table*."""
    try:
        text = table.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{table}: cannot be read: {error}") from error
    # A Swedish Excel separates by semicolons, and copies with tabs.
    first = text.partition("\n")[0]
    rows = csv.DictReader(text.splitlines(), strict=True, delimiter=max(",;\t", key=first.count))
    lines: list[Line] = []
    read = 0
    try:
        rows.fieldnames = _columns([name.strip() for name in rows.fieldnames or []], table)
        read = rows.line_num
        for row in rows:
            lines.append(_line(row, f"{table}, line {rows.line_num}: "))
            read = rows.line_num
    except csv.Error as error:
        raise ConfigError(f"{table}, line {read + 1}: {error}") from error
    if not lines:
        raise ConfigError(f"{table} has no stations")
    return lines


def _columns(names: list[str], table: Path) -> list[str]:
    """Return *names* where they can be the columns of *table*."""
    for name in names:
        if name not in COLUMNS:
            raise ConfigError(f"{table}, line 1: no such column: {name!r}{_meant(name, COLUMNS)}")
    if twice := [name for name, times in Counter(names).items() if times > 1]:
        raise ConfigError(f"{table}, line 1: two columns are called {twice[0]}")
    if missing := [name for name in NEEDED if name not in names]:
        raise ConfigError(f"{table}, line 1: columns are missing: {', '.join(missing)}")
    return names


def _line(row: dict[str | None, Any], where: str) -> Line:
    if None in row:
        raise ConfigError(f"{where}there is more in it than there are columns")
    told = {name: (row.get(name) or "").strip() for name in COLUMNS}
    if missing := [name for name in NEEDED if not told[name]]:
        raise ConfigError(f"{where}{missing[0]} is missing")
    return Line(**told, where=where)


def _refuse_hubs(lines: list[Line], hub: str) -> None:
    """Refuse a station by the hub's own name: a broker would let it do all that the hub may."""
    for line in lines:
        if line.id == hub:
            raise ConfigError(f"{line.where}{hub!r} is what the hub is called: take another name")


def expected(db: Connection, lines: list[Line]) -> list[Expected]:
    """Return what the hub is to expect by *lines*; what is wrong with one is a `ConfigError`."""
    towns = branches.municipalities(db)
    there = {
        BranchCode(each.code): (each.municipality, towns[each.municipality].name)
        for each in branches.branches(db)
    }
    ids = Counter(line.id for line in lines)
    serials = Counter(line.serial.lower() for line in lines if line.serial)
    others = {each.serial.lower(): each.station for each in claims.expected(db) if each.serial}
    for line in lines:
        if ids[line.id] > 1:
            raise ConfigError(f"{line.where}there are two stations called {line.id}")
        serial = line.serial.lower()
        if serials[serial] > 1:
            raise ConfigError(f"{line.where}two machines have the serial number {line.serial}")
        if others.get(serial, line.id) not in ids:
            raise ConfigError(f"{line.where}{line.serial} is the machine of {others[serial]}")
    return [_expected(line, there) for line in lines]


def is_station_name(text: str) -> bool:
    """Return whether a station may be called *text*: its host is, and a level of a topic."""
    return _ID.fullmatch(text) is not None


def _expected(line: Line, there: dict[BranchCode, tuple[str, str]]) -> Expected:
    if not is_station_name(line.id):
        raise ConfigError(
            f"{line.where}{line.id!r} is no name for a station: small letters, digits and dashes"
        )
    if line.serial and not _SERIAL.fullmatch(line.serial):
        raise ConfigError(f"{line.where}{line.serial[:80]!r} is no machine's serial number")
    branch = BranchCode(line.branch)
    if branch not in there:
        raise ConfigError(f"{line.where}there is no branch {branch!r}{_meant(branch, there)}")
    try:
        kit = load_kit(line.kit)
    except ConfigError as error:
        raise ConfigError(f"{line.where}{error}") from error
    code, town = there[branch]
    return Expected(
        station=StationId(line.id),
        municipality=town,
        branch=branch,
        kind=kit.kind,
        kit=line.kit,
        partition=code,
        serial=line.serial,
    )


def _meant(given: str, known: Iterable[str]) -> str:
    small = {each.lower(): each for each in known}
    near = difflib.get_close_matches(given.lower(), list(small), n=1, cutoff=0.4)
    if near:
        return f"; did you mean {small[near[0]]!r}?"
    return f"; there are {', '.join(sorted(small.values())) or 'none yet'}"
