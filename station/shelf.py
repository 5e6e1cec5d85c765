"""The branch's copy of what its stations need while the line is down; always rebuildable."""

import sqlite3
from pathlib import Path
from threading import Lock

from circulation import messages
from circulation.identifiers import ItemId, TitleId
from circulation.messages import Shelf, ShelfBranch, ShelfItem, ShelfSign, ShelfTitle

_SCHEMA = """
CREATE TABLE IF NOT EXISTS shelf (
    version TEXT NOT NULL, catalogue_version INTEGER NOT NULL, branch BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS title (id TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS item (id TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS card (token TEXT PRIMARY KEY) STRICT;
CREATE TABLE IF NOT EXISTS sign (id TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;
"""
_TABLES = ("shelf", "title", "item", "card", "sign")


class ShelfStore:
    """The shelf in SQLite; a snapshot replaces the one before in a single transaction."""

    def __init__(self, path: Path) -> None:
        """Open the shelf at *path*; a damaged one is thrown away and asked for again."""
        try:
            self._db = self._open(path)
        except sqlite3.DatabaseError:
            path.unlink()
            self._db = self._open(path)
        self._lock = Lock()

    @staticmethod
    def _open(path: Path) -> sqlite3.Connection:
        db = sqlite3.connect(path, check_same_thread=False)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(_SCHEMA)
        except sqlite3.DatabaseError:
            db.close()
            raise
        return db

    def replace(self, version: str, shelf: Shelf) -> None:
        """Put *shelf* in the place of the present one, whole or not at all."""
        encode = messages.encode
        with self._lock, self._db:
            for table in _TABLES:
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
            self._db.execute(
                "INSERT INTO shelf VALUES (?, ?, ?)",
                (version, shelf.catalogue_version, encode(shelf.branch)),
            )
            for table, rows in (
                ("title", ((t.id, encode(t)) for t in shelf.titles)),
                ("item", ((i.id, encode(i)) for i in shelf.items)),
                ("sign", ((s.id, encode(s)) for s in shelf.signs)),
            ):
                self._db.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows)  # noqa: S608
            self._db.executemany(
                "INSERT INTO card VALUES (?)", ((card.token,) for card in shelf.cards)
            )

    def _body(self, table: str, id_: str) -> bytes | None:
        query = f"SELECT body FROM {table} WHERE id = ?"  # noqa: S608 - our own names
        with self._lock:
            row = self._db.execute(query, (id_,)).fetchone()
        return row and bytes(row[0])

    def item(self, item: ItemId) -> ShelfItem | None:
        """Return the copy *item*, None where it is not known here."""
        body = self._body("item", item)
        return messages.decode(body, ShelfItem) if body else None

    def title(self, title: TitleId) -> ShelfTitle | None:
        """Return *title* as it is spoken, None where it is not known here."""
        body = self._body("title", title)
        return messages.decode(body, ShelfTitle) if body else None

    def sign(self, sign: str) -> ShelfSign | None:
        """Return the shelf sign *sign*, None where it is not known here."""
        body = self._body("sign", sign)
        return messages.decode(body, ShelfSign) if body else None

    def knows_card(self, token: str) -> bool:
        """Return whether the card behind *token* may borrow while the line is down."""
        with self._lock:
            query = "SELECT 1 FROM card WHERE token = ?"
            return self._db.execute(query, (token,)).fetchone() is not None

    def branch(self) -> ShelfBranch | None:
        """Return this station's branch, None before the first snapshot."""
        with self._lock:
            row = self._db.execute("SELECT branch FROM shelf").fetchone()
        return messages.decode(bytes(row[0]), ShelfBranch) if row else None

    def version(self) -> str:
        """Return the snapshot's version, empty before the first."""
        with self._lock:
            row = self._db.execute("SELECT version FROM shelf").fetchone()
        return str(row[0]) if row else ""

    def catalogue_version(self) -> int:
        """Return the catalogue's version that this shelf carries, 0 before the first."""
        with self._lock:
            row = self._db.execute("SELECT catalogue_version FROM shelf").fetchone()
        return int(row[0]) if row else 0

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
