"""Backups that a station may rely on, and what a hub does that was restored from one."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, and_, update

from circulation.errors import ConfigError
from hub.database import insert_once
from hub.errors import HubError
from hub.tables import hub_meta, lane


def backup(engine: Engine, to: Path) -> int:
    """Write a backup to *to*, read it back, and return how many facts are now safe in it.

    Only then may stations erase what it holds. The file stands whole under its name or not at
    all; that it lies on another machine than the hub's is the caller's doing.
    """
    if engine.dialect.name != "sqlite":
        raise ConfigError("backups of PostgreSQL are made with its own tools; see run-a-hub.md")
    new = to.with_name(f"{to.name}.new")
    new.unlink(missing_ok=True)
    _copy(engine, new)
    reached = _verified(new)
    _sync(new, os.O_RDONLY)
    new.replace(to)
    _sync(to.parent, os.O_RDONLY | os.O_DIRECTORY)
    with engine.begin() as db:
        for station, epoch, seq in reached:
            here = and_(lane.c.station == station, lane.c.epoch == epoch)
            db.execute(update(lane).where(here, lane.c.safe_seq < seq).values(safe_seq=seq))
    return sum(seq for _, _, seq in reached)


def _copy(engine: Engine, to: Path) -> None:
    target = sqlite3.connect(to)
    raw = engine.raw_connection()
    try:
        source = raw.driver_connection
        assert isinstance(source, sqlite3.Connection), "an engine for SQLite"
        source.backup(target)
    finally:
        target.close()
        raw.close()


def _verified(path: Path) -> list[tuple[str, int, int]]:
    db = sqlite3.connect(path)
    try:
        found = db.execute("PRAGMA integrity_check").fetchone()[0]
        if found != "ok":
            raise HubError(f"the backup at {path} does not hold: {found}")
        return list(db.execute("SELECT station, epoch, up_to_seq FROM lane"))
    except sqlite3.DatabaseError as error:
        raise HubError(f"the backup at {path} cannot be read back: {error}") from error
    finally:
        db.close()


def restored(engine: Engine, fresh: Callable[[], str]) -> str:
    """Give this database a new name, and return it: stations then send again what it lacks."""
    with engine.begin() as db:
        name = fresh()
        insert_once(db, hub_meta, {"name": "hub", "value": name})
        db.execute(update(hub_meta).where(hub_meta.c.name == "hub").values(value=name))
    return name


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
