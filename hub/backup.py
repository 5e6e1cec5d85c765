"""Backups that a station may rely on, for how long, and what a hub restored from one does."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Engine, and_, delete, select, update

from hub import dumps
from hub.database import insert_into, insert_once
from hub.errors import HubError
from hub.tables import backup_copy, hub_meta, lane

KEPT_MS_MAX = 30 * 86_400_000
"""How long a copy is kept: it says who had what when it was made."""
_DATABASES = (b"SQLite format 3\x00", dumps.MAGIC)


def backup(engine: Engine, to: Path) -> int:
    """Write a backup to *to*, read it back, and return how many facts are now safe in it.

    Only then may stations erase what it holds. The file stands whole under its name or not at
    all; that it lies on another machine than the hub's is the caller's doing.
    """
    new = to.with_name(f"{to.name}.new")
    new.unlink(missing_ok=True)
    # It says who has what: its owner may read it, whatever the umask.
    os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        reached = _written(engine, new)
        new.replace(to)
    except BaseException:
        # Half a copy says who had what, too, and fills a disk that may be full.
        new.unlink(missing_ok=True)
        raise
    _sync(to.parent, os.O_RDONLY | os.O_DIRECTORY)
    with engine.begin() as db:
        for station, epoch, seq in reached:
            here = and_(lane.c.station == station, lane.c.epoch == epoch)
            db.execute(update(lane).where(here, lane.c.safe_seq < seq).values(safe_seq=seq))
    return sum(seq for _, _, seq in reached)


def _written(engine: Engine, new: Path) -> list[tuple[str, int, int]]:
    """Return how far each lane is in *new*, once that is whole and on disk."""
    if engine.dialect.name == "postgresql":
        dumps.write(engine.url, new)
        reached = dumps.lanes(new)
    else:
        _copy(engine, new)
        reached = _verified(new)
    _sync(new, os.O_RDONLY)
    return reached


class Kept(Struct, frozen=True):
    """What became of copies that are older than they may be."""

    deleted: list[Path]
    """Those that this hub had made."""
    in_the_way: list[Path]
    """Those that are still there: a person must delete them."""


def make_room(engine: Engine, now_ms: int) -> list[Path]:
    """Delete the hub's own copies that are too old, but the newest of all; return those deleted.

    Before a new one is made: a disk that they fill, or a copy that fails, would else keep them.
    """
    with engine.execution_options(read_only=True).begin() as db:
        by_age = select(backup_copy).order_by(backup_copy.c.at_ms, backup_copy.c.path)
        others = db.execute(by_age).all()[:-1]
    old = [Path(each.path) for each in others if each.at_ms < now_ms - KEPT_MS_MAX]
    deleted = [path for path in old if _delete(path)]
    with engine.begin() as db:
        gone = backup_copy.c.path.in_([str(path) for path in deleted])
        db.execute(delete(backup_copy).where(gone))
    return deleted


def keep_no_longer(engine: Engine, made: Path, now_ms: int) -> Kept:
    """Note that the backup *made* was made now, and delete the hub's own that are too old.

    A file beside it that this hub has not made is named, where it is an old database; never
    deleted.
    """
    newest, old_ms = made.resolve(), now_ms - KEPT_MS_MAX
    with engine.begin() as db:
        entry = {"path": str(newest), "at_ms": now_ms}
        row = insert_into(db, backup_copy).values(entry)
        db.execute(row.on_conflict_do_update(index_elements=["path"], set_={"at_ms": now_ms}))
        own = select(backup_copy.c.path).where(backup_copy.c.at_ms < old_ms)
        old = [Path(path) for path in db.scalars(own.order_by(backup_copy.c.path))]
    deleted = [path for path in old if _delete(path)]
    with engine.begin() as db:
        gone = [str(path) for path in old if not path.exists()]
        db.execute(delete(backup_copy).where(backup_copy.c.path.in_(gone)))
        known = {Path(path) for path in db.scalars(select(backup_copy.c.path))}
    known.add(Path(engine.url.database or "").resolve())
    beside = set(newest.parent.iterdir()) - known
    strangers = {path for path in beside if _is_old(path, old_ms)}
    return Kept(deleted, sorted(strangers | {path for path in old if path.exists()}))


def _delete(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:  # it is gone already, or somebody else's: then it is named
        return False
    return True


def _is_old(path: Path, old_ms: int) -> bool:
    """Return whether *path* is a database that nobody has written to since *old_ms*."""
    try:
        if path.stat().st_mtime * 1000 >= old_ms or not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(max(map(len, _DATABASES))).startswith(_DATABASES)
    except OSError:
        return False


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
