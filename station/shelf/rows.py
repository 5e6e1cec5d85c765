"""The shelf's rows in SQLite: laid on, taken away, and their version computed anew."""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from circulation import shelf_rows
from circulation.shelf_rows import Kind, Row

SCHEMA = """
CREATE TABLE IF NOT EXISTS shelf (
    version TEXT NOT NULL, catalogue_version INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS branch (id TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS title (id TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS item (id TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS card (id TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS sign (id TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS menu (id TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS saying (id TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS arriving (
    version TEXT NOT NULL, base TEXT NOT NULL, pack TEXT NOT NULL, parts INTEGER NOT NULL,
    catalogue_version INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS arrived (part INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
"""
WAL_BYTES_KEPT = 4 << 20
FORM = 4
"""Which tables these are; a shelf of another form is asked for again."""


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection to the shelf at *path*; raises `sqlite3.DatabaseError`."""
    db = sqlite3.connect(path, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        # What a power cut takes of a shelf is sent again; a sync for each part would cost more.
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute(f"PRAGMA journal_size_limit = {WAL_BYTES_KEPT}")
        _know_form(db)
        db.executescript(SCHEMA)
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db


def _know_form(db: sqlite3.Connection) -> None:
    form = db.execute("PRAGMA user_version").fetchone()[0]
    begun = db.execute("SELECT 1 FROM sqlite_master").fetchone()
    if begun and form != FORM:
        raise sqlite3.DatabaseError(f"a shelf of form {form}, not {FORM}")
    db.execute(f"PRAGMA user_version = {FORM}")


def lay_on(db: sqlite3.Connection, rows: Iterable[Row]) -> None:
    """Put *rows* where their keys are, and take away those that are gone."""
    for row in rows:
        if row.gone:
            db.execute(f"DELETE FROM {row.kind} WHERE id = ?", (row.key,))  # noqa: S608
        else:
            put = f"INSERT OR REPLACE INTO {row.kind} VALUES (?, ?)"  # noqa: S608
            db.execute(put, (row.key, bytes(row.body)))


def clear(db: sqlite3.Connection) -> None:
    """Take every row away."""
    for kind in Kind:
        db.execute(f"DELETE FROM {kind}")  # noqa: S608


def version(db: sqlite3.Connection) -> str:
    """Return the version of the rows that are there."""
    return shelf_rows.version(shelf_rows.digest(_rows(db, kind)) for kind in Kind)


def _rows(db: sqlite3.Connection, kind: Kind) -> Iterator[tuple[str, bytes]]:
    # SQLite's own order of text is that of its UTF-8 bytes, as the version wants it.
    found = db.execute(f"SELECT id, body FROM {kind} ORDER BY id")  # noqa: S608
    return ((key, bytes(body)) for key, body in found)
