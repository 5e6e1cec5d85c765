"""A whole region goes into the embedded catalogue; going in a second time changes nothing."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import IntegrityError

from circulation.errors import ConfigError
from circulation.identifiers import ItemId, PatronId
from circulation.open_days import due_day
from hub.catalogue import branches, log, pins, region_files, rows, rulebook, tables
from hub.catalogue.answering import writing
from hub.catalogue.log import Write
from hub.catalogue.port import Change
from hub.catalogue.region_days import local_day
from hub.catalogue.region_files import (
    CardRow,
    HoldRow,
    ItemRow,
    LoanRow,
    PatronRow,
    RegionSettings,
    SignRow,
    read_region,
    read_rows,
)
from hub.catalogue.upsert import enter_new, enter_or_replace

_HASHING_THREADS = 2


def load_region(
    engine: Engine, folder: Path, now_ms: int, *, dry_run: bool = False
) -> RegionSettings:
    """Enter the region in *folder*, all or nothing; its titles must be imported before.

    With *dry_run* all of it is tried, and nothing of it stays.
    """
    region = read_region(folder / "region.toml")
    patrons = _patrons(engine, read_rows(folder / "patrons.csv", PatronRow))
    try:
        with writing(engine) as db:
            _enter_places(db, region)
            _enter_items(db, read_rows(folder / "items.csv", ItemRow))
            entitled = [row.pop("entitled") and row["id"] for row in patrons]
            enter_new(db, tables.patron, patrons)
            enter_new(db, tables.entitlement, [{"patron": each} for each in entitled if each])
            cards = read_rows(folder / "cards.csv", CardRow)
            enter_new(db, tables.loan_card, [_renamed(one, card="number") for one in cards])
            signs = read_rows(folder / "signs.csv", SignRow)
            sign_rows = [_renamed(one, sign="id") for one in signs]
            enter_or_replace(db, tables.shelf_sign, "id", sign_rows)
            for hold in read_rows(folder / "holds.csv", HoldRow):
                _enter_hold(db, hold, now_ms)
            for loan in read_rows(folder / "loans.csv", LoanRow):
                _enter_loan(db, loan, now_ms)
            if (folder / "rules.toml").exists():
                told = rulebook.read(folder / "rules.toml")
                rulebook.keep(db, told, Write(posting=None, at_ms=now_ms))
            if dry_run:
                db.rollback()
    except IntegrityError as error:
        raise ConfigError(
            f"{folder}: {error.orig}: a line names a title, branch or patron that is not there; "
            "import the region's titles first"
        ) from error
    return region


def _patrons(engine: Engine, told: list[PatronRow]) -> list[dict[str, Any]]:
    """Return the rows of those not yet known; each PIN takes its time to hash."""
    with engine.connect() as db:
        known = set(db.scalars(select(tables.patron.c.id)))
    new = [one for one in told if one.patron not in known]
    with ThreadPoolExecutor(_HASHING_THREADS, "pins") as pool:
        hashes = list(pool.map(pins.HASHER.hash, [one.pin for one in new]))
    return [
        {key: value for key, value in _renamed(one, patron="id").items() if key != "pin"}
        | {"pin_hash": hashed}
        for one, hashed in zip(new, hashes, strict=True)
    ]


def _renamed(row: msgspec.Struct, **names: str) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in msgspec.structs.asdict(row).items()}


def _enter_places(db: Connection, region: RegionSettings) -> None:
    towns = [msgspec.to_builtins(one) for one in region.municipality]
    enter_or_replace(db, tables.municipality, "code", towns)
    places = [
        {
            "code": one.code,
            "name": one.name,
            "municipality": one.municipality,
            "floating": one.floating,
            "details": msgspec.to_builtins(region_files.details(one)),
        }
        for one in region.branch
    ]
    enter_or_replace(db, tables.branch, "code", places)


def _enter_items(db: Connection, told: Iterable[ItemRow]) -> None:
    # New ones only: a copy that has moved since the first time stays where it is.
    enter_new(db, tables.item, [_renamed(one, item="id") for one in told])


def _enter_hold(db: Connection, hold: HoldRow, now_ms: int) -> None:
    if _first_time(db, f"region hold {hold.title} {hold.patron}"):
        asked = msgspec.structs.asdict(hold) | {"item": ItemId(hold.item) if hold.item else None}
        rows.place_hold(db, asked, Write(posting=None, at_ms=now_ms))


def _enter_loan(db: Connection, loan: LoanRow, now_ms: int) -> None:
    if not _first_time(db, f"region loan {loan.item}"):
        return
    item, patron = ItemId(loan.item), PatronId(loan.patron)
    copy = rows.copy(db, item)
    home = branches.branch(db, copy.branch) if copy else None
    if home is None:
        raise ConfigError(f"loans.csv: there is no item {loan.item!r}")
    due = due_day(
        local_day(now_ms),
        loan.due_in_days,
        waiting=0,
        hours=home.details.hours,
        closed=home.details.closed_days,
    )
    rows.open_loan(db, item, patron, due)
    # The catalogue's own doing, not the hub's: no posting stands behind it.
    write = Write(posting=None, at_ms=now_ms)
    log.enter(db, Change.LENT, item, write, patron=patron, due=due)


def _first_time(db: Connection, what: str) -> bool:
    row = {"posting": what, "change": Change.LENT.value, "verdict": {}}
    return enter_new(db, tables.catalogue_posting, [row]) == 1
