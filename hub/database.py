"""The hub's store: one SQLAlchemy code path, SQLite by default, PostgreSQL by URL."""

from sqlite3 import Connection as SqliteConnection
from typing import Any

from sqlalchemy import Engine, MetaData, create_engine, event

METADATA = MetaData()
BUSY_MS = 10_000


def open_database(url: str) -> Engine:
    """Return an engine for *url*; every SQLite commit survives pulling the plug."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _durable)
        event.listen(engine, "begin", _begin_immediate)
    return engine


def _durable(connection: SqliteConnection, _record: Any) -> None:
    # The driver's own BEGIN is deferred: two writers that read first would deadlock.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")


def _begin_immediate(connection: Any) -> None:
    read_only = connection.get_execution_options().get("read_only")
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
