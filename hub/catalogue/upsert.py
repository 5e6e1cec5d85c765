"""Rows entered, or replaced by their key, on either database."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table

from hub.database import insert_into

Rows = Sequence[Mapping[str, Any]]


def enter_or_replace(db: Connection, table: Table, key: str, rows: Rows) -> None:
    """Enter *rows*; one whose *key* is there already takes its place."""
    if not rows:
        return
    statement = insert_into(db, table)
    newer = {name: statement.excluded[name] for name in rows[0] if name != key}
    db.execute(statement.on_conflict_do_update(index_elements=[key], set_=newer), list(rows))


def enter_new(db: Connection, table: Table, rows: Rows) -> int:
    """Enter those of *rows* that are not there yet; return how many were new."""
    if not rows:
        return 0
    new = insert_into(db, table).on_conflict_do_nothing()
    # psycopg's count is gone once its cursor is closed, and SQLAlchemy closes that of an insert.
    return db.execute(new.execution_options(preserve_rowcount=True), list(rows)).rowcount
