"""All that the embedded catalogue keeps, as files that it, or another system, can read again."""

import csv
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any

import msgspec
from msgspec import structs
from sqlalchemy import Connection, Engine, Integer, Table, select

from circulation.errors import ConfigError
from hub.catalogue import branches, menu, menu_editing, rulebook, tables
from hub.catalogue.branches import Branch
from hub.catalogue.feeds import keeping, lending
from hub.catalogue.feeds.lines import LINES, Kind, Line
from hub.catalogue.feeds.taking import Asked, Report, take
from hub.catalogue.importing import import_file
from hub.catalogue.marc import element_of, kind_of
from hub.catalogue.region import load_region
from hub.catalogue.toml_writing import toml
from hub.catalogue.upsert import enter_or_replace

LISTS = "lists"
TITLES = ("titles.mrc", "titles.xml")
_SLIM = b"http://www.loc.gov/MARC21/slim"
_XML_HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<collection xmlns="%s" xmlns:marc="%s">\n' % (
    _SLIM,
    _SLIM,
)
_ROWS_AT_ONCE = 1000
_TABLES: dict[str, tuple[Table, tuple[str, ...]]] = {
    "signs.csv": (tables.shelf_sign, ("id",)),
    "transit.csv": (tables.transit, ("item",)),
    "sayings.csv": (tables.saying, ("written", "language")),
}
"""Tables that are written as they are, and by what a row is the same as another."""


def export(engine: Engine, folder: Path) -> dict[str, int]:
    """Write everything that *engine* keeps of the catalogue into the new *folder*.

    Return how many of each are in which file. The files say who has what, who is entitled to
    talking books and whose PIN is which hash: nobody but their owner may read them.
    """
    try:
        (folder / LISTS).mkdir(mode=0o700, parents=True)
    except FileExistsError as error:
        raise ConfigError(f"{folder} is there already; name a new folder") from error
    folder.chmod(0o700)
    with engine.execution_options(read_only=True).begin() as db:
        counts = _titles(db, folder)
        for kind, lines in _lists(db).items():
            columns = [name for name in LINES[kind].__struct_fields__ if name != "pin"]
            rows = [keeping.plain(line) for line in lines]
            counts[f"{kind}.csv"] = _csv(folder / LISTS / f"{kind}.csv", columns, rows)
        for name, (table, _) in _TABLES.items():
            # A number that the table itself gives is of no use elsewhere.
            kept = [each for each in table.columns if each.autoincrement is not True]
            rows = [dict(row._mapping) for row in db.execute(select(*kept))]
            counts[name] = _csv(folder / LISTS / name, [each.key for each in kept], rows)
        places, rules = branches.branches(db), rulebook.of(db).rules
        _write(folder / "region.toml", _region(db, places))
        _write(folder / "rules.toml", toml({"rule": [msgspec.to_builtins(one) for one in rules]}))
        menus = select(tables.menu_place.c.body).order_by(tables.menu_place.c.order)
        _write(folder / "menu.json", msgspec.json.encode(db.scalars(menus).all()).decode())
    return counts | {"region.toml": len(places), "rules.toml": len(rules)}


def bring_in(engine: Engine, folder: Path, now_ms: int) -> list[Report]:
    """Enter everything that `export` wrote into *folder*; what is there already stays or is so.

    A folder that lacks one of its files, as where writing it was cut off, is a `ConfigError`.
    """
    lists = [f"{LISTS}/{name}" for name in (*(f"{kind}.csv" for kind in Kind), *_TABLES)]
    names = (*TITLES, *lists, "region.toml", "rules.toml", "menu.json")
    if lacking := [name for name in names if not (folder / name).is_file()]:
        raise ConfigError(f"{folder}: no whole export: it lacks {', '.join(lacking)}")
    for name in TITLES:
        import_file(engine, folder / name)
    load_region(engine, folder, now_ms)
    reports = [
        take(
            engine,
            folder / LISTS / f"{kind}.csv",
            Asked(kind=kind, whole=False, made_ms=now_ms),
            now_ms=now_ms,
        )
        for kind in Kind
    ]
    with engine.begin() as db:
        for name, (table, key) in _TABLES.items():
            enter_or_replace(db, table, key, _read(folder / LISTS / name, table))
        raw = (folder / "menu.json").read_bytes()
        menu_editing.keep(db, msgspec.json.decode(raw, type=list[menu.Place]))
    return reports


def _titles(db: Connection, folder: Path) -> dict[str, int]:
    """Write every record as it came: MARC21 into one file, MARCXML into another."""
    title, counts = tables.title.c, dict.fromkeys(TITLES, 0)
    records = db.execution_options(yield_per=_ROWS_AT_ONCE).scalars(
        select(title.marc).order_by(title.number)
    )
    with _new(folder / TITLES[0], "wb") as mrc, _new(folder / TITLES[1], "wb") as xml:
        xml.write(_XML_HEAD)
        for raw in records:
            if kind_of(raw) == "marcxml":
                xml.write(element_of(raw) + b"\n")
                counts[TITLES[1]] += 1
            else:
                mrc.write(raw)
                counts[TITLES[0]] += 1
        xml.write(b"</collection>\n")
    return counts


def _lists(db: Connection) -> dict[Kind, Iterable[Line]]:
    patron = tables.patron.c
    hashes = {row.id: row.pin_hash for row in db.execute(select(patron.id, patron.pin_hash))}
    people = [
        structs.replace(line, pin_hash=hashes[line.patron]) for line in keeping.patrons(db).values()
    ]
    return {
        Kind.ITEMS: keeping.items(db).values(),
        Kind.PATRONS: people,
        Kind.CARDS: keeping.cards(db).values(),
        Kind.HOLDS: lending.holds(db).values(),
        Kind.LOANS: lending.loans(db).values(),
    }


def _region(db: Connection, places: list[Branch]) -> str:
    towns = [msgspec.to_builtins(one) for one in branches.municipalities(db).values()]
    told = {"name": "", "municipality": towns, "branch": [_branch(one) for one in places]}
    return toml(told)


def _branch(place: Branch) -> dict[str, Any]:
    details = structs.asdict(place.details)
    hours, stops = details.pop("hours"), details.pop("stops")
    told = {"code": place.code, "name": place.name, "municipality": place.municipality}
    return told | {
        "floating": place.floating,
        **details,
        "hours": [structs.asdict(one) | _clock(one.opens, one.closes) for one in hours],
        "stop": [_stop(structs.asdict(one)) for one in stops],
    }


def _clock(opens: int, closes: int) -> dict[str, str]:
    return {"opens": _time(opens), "closes": _time(closes)}


def _time(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _stop(told: dict[str, Any]) -> dict[str, Any]:
    opens, closes = told.pop("opens"), told.pop("closes")
    return told | {"from": _time(opens), "to": _time(closes)}


def _csv(file: Path, columns: list[str], rows: Iterable[Mapping[str, Any]]) -> int:
    many = 0
    with _new(file, "w") as out:
        writer = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow(row)
            many += 1
    return many


def _read(file: Path, table: Table) -> list[dict[str, Any]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return [
            {
                name: int(value) if isinstance(table.c[name].type, Integer) else value
                for name, value in row.items()
            }
            for row in csv.DictReader(lines, strict=True)
        ]


def _write(file: Path, text: str) -> None:
    with _new(file, "w") as out:
        out.write(text)


def _new(file: Path, mode: str) -> IO[Any]:
    made = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    text = None if "b" in mode else "utf-8"
    return os.fdopen(made, mode, encoding=text, newline="" if text else None)
