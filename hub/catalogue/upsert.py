"""Rows entered, or replaced by their key, on either database."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from hub.database import insert_into
from hub.prepared import Prepared

Rows = Sequence[Mapping[str, Any]]


def enter_or_replace(db: Connection, table: Table, key: str | tuple[str, ...], rows: Rows) -> None:
    """Enter *rows*; one whose *key* is there already takes its place, as does a later one.

    *key* is a column, or several together.
    """
    if rows:
        keys = (key,) if isinstance(key, str) else key
        _either(table, db.dialect.name, keys, tuple(rows[0])).enter_all(db, rows)


@cache
def _either(
    table: Table, dialect: str, keys: tuple[str, ...], columns: tuple[str, ...]
) -> Prepared:
    insert = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    newer = {name: insert.excluded[name] for name in columns if name not in keys}
    return Prepared(insert.on_conflict_do_update(index_elements=keys, set_=newer), columns)


def enter_new(db: Connection, table: Table, rows: Rows) -> int:
    """Enter those of *rows* that are not there yet; return how many were new."""
    if not rows:
        return 0
    new = insert_into(db, table).on_conflict_do_nothing()
    # psycopg's count is gone once its cursor is closed, and SQLAlchemy closes that of an insert.
    return db.execute(new.execution_options(preserve_rowcount=True), list(rows)).rowcount
