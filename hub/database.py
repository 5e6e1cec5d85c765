"""The hub's store: one SQLAlchemy code path, SQLite by default, PostgreSQL by URL."""

from sqlite3 import Connection as SqliteConnection
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, MetaData, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite

from hub.errors import HubError

METADATA = MetaData()
BUSY_MS = 10_000
DURABLE = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL")
"""What makes SQLite keep through a power cut all that it has committed."""


def open_database(url: str) -> Engine:
    """Return an engine for *url*; every SQLite commit survives pulling the plug."""
    # What failed is logged, what it was about is nobody's business: it may be a card.
    engine = create_engine(
        url, hide_parameters=True, json_serializer=_json, json_deserializer=msgspec.json.decode
    )
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _durable)
        event.listen(engine, "begin", _begin_immediate)
    return engine


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _durable(connection: SqliteConnection, _record: Any) -> None:
    # The driver's own BEGIN is deferred: two writers that read first would deadlock.
    connection.isolation_level = None
    for pragma in DURABLE:
        connection.execute(pragma)
    # The hub tells a station that it may erase: that is not taken on trust.
    mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    level = connection.execute("PRAGMA synchronous").fetchone()[0]
    if (mode, level) not in (("wal", 2), ("memory", 2)):
        raise HubError(f"the database has journal mode {mode}, synchronous {level}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")


def _begin_immediate(connection: Any) -> None:
    read_only = connection.get_execution_options().get("read_only")
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def insert_into(db: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an insert for *table* that can say what to do where its key is there already."""
    return postgresql.insert(table) if db.dialect.name == "postgresql" else sqlite.insert(table)


def insert_once(db: Connection, table: Table, values: dict[str, Any]) -> bool:
    """Insert *values* where their key is new, and return whether it was."""
    return db.execute(insert_into(db, table).values(values).on_conflict_do_nothing()).rowcount == 1
