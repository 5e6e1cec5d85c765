"""What has changed on the shelves since a station was told: rows and their generations."""

import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from circulation.identifiers import StationId
from circulation.shelf_rows import Kind
from hub.database import insert_into
from hub.prepared import Prepared
from hub.tables import shelf_row, shelf_told

KEPT_MS = 31 * 24 * 3_600_000
"""How long a version, and a row that is gone, is remembered after it was last told of."""

GONE = ""
RowKey = tuple[Kind, str]


class Changed(Struct, frozen=True):
    """One row that is no longer as it was."""

    kind: Kind
    key: str
    gone: bool


def catch_up(db: Connection, scope: str, rows: Mapping[RowKey, bytes], now_ms: int) -> None:
    """Bring the history of *scope* to *rows*; what is not as before has a new generation."""
    table = shelf_row.c
    known = {
        (row.kind, row.key): row.digest
        for row in db.execute(
            select(table.kind, table.key, table.digest).where(table.scope == scope)
        )
    }
    now = {key: hashlib.sha256(body).hexdigest() for key, body in rows.items()}
    now |= dict.fromkeys(known.keys() - rows.keys(), GONE)
    new = {"scope": scope, "generation": generation(db) + 1}
    changes = [
        new | {"kind": kind, "key": key, "digest": digest}
        for (kind, key), digest in now.items()
        if known.get((kind, key)) != digest
    ]
    if changes:
        _put(db, changes)
        _forget(db, now_ms - KEPT_MS)


def _put(db: Connection, changes: list[dict[str, Any]]) -> None:
    insert = insert_into(db, shelf_row)
    fresh = {name: insert.excluded[name] for name in ("digest", "generation")}
    keys = [shelf_row.c.scope, shelf_row.c.kind, shelf_row.c.key]
    db.execute(insert.on_conflict_do_update(index_elements=keys, set_=fresh), changes)


def generation(db: Connection) -> int:
    """Return the newest generation that anything refers to, 0 before the first."""
    rows = db.scalar(select(func.max(shelf_row.c.generation))) or 0
    return max(rows, db.scalar(select(func.max(shelf_told.c.generation))) or 0)


@cache
def _told_again(dialect: str) -> Prepared:
    insert = postgresql.insert(shelf_told) if dialect == "postgresql" else sqlite.insert(shelf_told)
    fresh = {name: insert.excluded[name] for name in ("generation", "at_ms")}
    keys = [shelf_told.c.station, shelf_told.c.version]
    again = insert.on_conflict_do_update(index_elements=keys, set_=fresh)
    return Prepared(again, shelf_told.c.keys())


def told(db: Connection, station: StationId, version: str, *, generation: int, now_ms: int) -> None:
    """Remember that *station* is told of *version*, which its shelf was in *generation*."""
    values = {"station": station, "version": version, "generation": generation, "at_ms": now_ms}
    _told_again(db.dialect.name).do(db, values)


def generation_of(db: Connection, station: StationId, version: str) -> int | None:
    """Return which generation *version* of *station*'s shelf was, None where it is forgotten."""
    table = shelf_told.c
    found = select(table.generation).where(table.station == station, table.version == version)
    return db.scalar(found)


def since(db: Connection, branch: str, generation: int) -> list[Changed]:
    """Return what has changed on *branch*'s shelf after *generation*."""
    table = shelf_row.c
    later = select(table.kind, table.key, table.digest)
    later = later.where(table.scope.in_(("", branch)), table.generation > generation)
    return [
        Changed(kind=Kind(row.kind), key=row.key, gone=row.digest == GONE)
        for row in db.execute(later.order_by(table.kind, table.key))
    ]


def _forget(db: Connection, before_ms: int) -> None:
    """Forget versions last told *before_ms*, and rows gone that no version needs any more."""
    db.execute(delete(shelf_told).where(shelf_told.c.at_ms < before_ms))
    oldest = select(func.coalesce(func.min(shelf_told.c.generation), 1 << 62)).scalar_subquery()
    table = shelf_row.c
    db.execute(delete(shelf_row).where(table.digest == GONE, table.generation <= oldest))
