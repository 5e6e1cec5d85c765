"""The hub's store: one SQLAlchemy code path, SQLite by default, PostgreSQL by URL."""

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from functools import cache, lru_cache, partial
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    Engine,
    MetaData,
    PoolProxiedConnection,
    Table,
    create_engine,
    event,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from hub.errors import HubError
from hub.prepared import Prepared

METADATA = MetaData()
BUSY_MS = 10_000
SHARED_MODE = 0o660
DURABLE = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL")
"""What makes SQLite keep through a power cut all that it has committed."""


def open_database(url: str) -> Engine:
    """Return an engine for *url*; every SQLite commit survives pulling the plug."""
    _share(url)
    # What failed is logged, what it was about is nobody's business: it may be a card.
    engine = create_engine(
        url, hide_parameters=True, json_serializer=_json, json_deserializer=msgspec.json.decode
    )
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _durable)
        _begin_by_ourselves(engine)
    return engine


def said(error: DBAPIError) -> str:
    """Return what is wrong with the hub's database, and what to do where it is new."""
    words = str(error.orig).splitlines()[0]
    new = "no such table" in words or ("relation" in words and "does not exist" in words)
    return f"the hub's database: {words}" + (
        "; where it is new, `python -m hub --config FILE upgrade` makes its tables" if new else ""
    )


def _share(url: str) -> None:
    """Have a shared folder's group write the database in it too, whoever makes it.

    The hub's pages run as another user than what has its keys. SQLite makes a database for its
    owner, and gives what it writes beside it the database's own mode.
    """
    told = make_url(url)
    if told.get_backend_name() != "sqlite" or not told.database or told.database == ":memory:":
        return
    path = Path(told.database)
    shared = stat.S_ISGID | stat.S_IWGRP
    if not path.parent.is_dir() or path.parent.stat().st_mode & shared != shared:
        return
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, SHARED_MODE))
    for each in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        if each.exists() and os.geteuid() in (0, each.stat().st_uid):
            each.chmod(SHARED_MODE)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _durable(connection: SqliteConnection, _record: Any) -> None:
    # Transactions are begun by `_begin`.
    connection.isolation_level = None
    for pragma in DURABLE:
        connection.execute(pragma)
    # The hub tells a station that it may erase: that is not taken on trust.
    mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    level = connection.execute("PRAGMA synchronous").fetchone()[0]
    if (mode, level) not in (("wal", 2), ("memory", 2)):
        raise HubError(f"the database has journal mode {mode}, synchronous {level}")
    connection.execute("PRAGMA foreign_keys = ON")
    # What is forgotten is not left in the file's free pages, nor in a backup's.
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")


def _begin_by_ourselves(engine: Engine) -> None:
    """Have transactions of *engine* begin as writers, and those that only read as readers.

    In its dialect, and not by an event: an engine with one event asks at each statement for all.
    """
    writer: Any = engine.dialect
    reader: Any = copy(writer)

    def choose(of: Engine, options: Mapping[str, Any]) -> None:
        if "read_only" in options:
            of.dialect = reader if options["read_only"] else writer

    for dialect, begin in ((writer, "BEGIN IMMEDIATE"), (reader, "BEGIN")):
        dialect.do_begin = partial(_begin, begin)
        dialect.set_engine_execution_options = choose


def _begin(statement: str, connection: PoolProxiedConnection) -> None:
    # The driver's own BEGIN is deferred: two writers that read first would deadlock.
    assert connection.driver_connection is not None
    connection.driver_connection.execute(statement)


@lru_cache(16)
def _reader(engine: Engine) -> Engine:
    return engine.execution_options(read_only=True)


_moment: ContextVar[Connection | None] = ContextVar("moment", default=None)


@contextmanager
def at_one_moment(engine: Engine) -> Iterator[None]:
    """Have all that this thread reads of *engine* within be read in one transaction.

    What is written meanwhile, by this thread too, is not seen before the end.
    """
    with _reader(engine).begin() as db:
        before = _moment.set(db)
        try:
            yield
        finally:
            _moment.reset(before)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a transaction that only reads: that of `at_one_moment`, where this is within one."""
    shared = _moment.get()
    if shared is not None and shared.engine.pool is engine.pool:
        yield shared
        return
    with _reader(engine).begin() as db:
        yield db


def insert_into(db: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an insert for *table* that can say what to do where its key is there already."""
    return postgresql.insert(table) if db.dialect.name == "postgresql" else sqlite.insert(table)


def insert_once(db: Connection, table: Table, values: dict[str, Any]) -> bool:
    """Insert *values* where their key is new, and return whether it was."""
    return _once(table, db.dialect.name, tuple(values)).do(db, values) == 1


@cache
def _once(table: Table, dialect: str, columns: tuple[str, ...]) -> Prepared:
    insert = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    return Prepared(insert.on_conflict_do_nothing(), columns)
