"""Phrases on disk: in a file that may be lost, read by the mouth and filled by a fetcher."""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import structlog

from circulation.phrase_list import Entry

log = structlog.get_logger()

_SCHEMA = """
CREATE TABLE IF NOT EXISTS phrase (
  words BLOB PRIMARY KEY, touched INTEGER NOT NULL DEFAULT 0, sha256 BLOB, file BLOB
);
CREATE TABLE IF NOT EXISTS list (sha256 TEXT PRIMARY KEY, body BLOB NOT NULL);
"""
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_UNREADABLE = (sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ)
"""A worn card has lost a block of it."""


class Kept(NamedTuple):
    """How many phrases are here, of how many bytes, and how many of the list are not."""

    here: int = 0
    size: int = 0
    missing: int = 0


class PhraseStore:
    """What was rendered for this station, by its words.

    The mouth looks on a connection of its own, so that it never waits for what is written.
    """

    def __init__(self, path: Path) -> None:
        """Open the phrases at *path*; a damaged file is thrown away and fetched again.

        Raises `sqlite3.Error` or `OSError` where the disk takes none, and loses nothing by it.
        """
        try:
            self._writer = _opened(path)
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise
            log.warning("phrases_damaged")
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            self._writer = _opened(path)
        self._reader = sqlite3.connect(path, check_same_thread=False)
        self._reading, self._writing, self._noting = Lock(), Lock(), Lock()
        self._said: Counter[bytes] = Counter()
        self._damaged: set[bytes] = set()

    # --- the mouth's ---------------------------------------------------------------------

    def sound(self, called: bytes) -> bytes | None:
        """Return the Opus file of the phrase *called* so, None where it is not here whole."""
        try:
            with self._reading:
                query = "SELECT sha256, file FROM phrase WHERE words = ?"
                row = self._reader.execute(query, (called,)).fetchone()
        except sqlite3.Error as error:
            log.warning("phrases_not_read", problem=str(error))
            return None
        if row is None:
            return None
        # Counted also where its sound is missing: that is what makes it come first.
        with self._noting:
            self._said[called] += 1
        sha256, file = row
        if file is None:
            return None
        # What a worn card has changed may still decode, to silence or to noise.
        if hashlib.sha256(file).digest() != sha256:
            self.damaged(called)
            return None
        return bytes(file)

    def damaged(self, called: bytes) -> None:
        """Let the fetcher forget a phrase that is no sound, and fetch it again."""
        log.warning("phrase_damaged")
        with self._noting:
            self._damaged.add(called)

    # --- the fetcher's -------------------------------------------------------------------

    @property
    def is_damaged(self) -> bool:
        """Whether something is to be fetched again."""
        return bool(self._damaged)

    def forget_damaged(self) -> None:
        """Forget the sound of what was noticed to be damaged."""
        with self._noting:
            damaged = frozenset(self._damaged)
        self.drop(damaged)
        with self._noting:
            self._damaged -= damaged

    def here(self) -> dict[bytes, bytes]:
        """Return the SHA-256 of what is here, by its words."""
        with self._writing:
            rows = self._writer.execute("SELECT words, sha256 FROM phrase WHERE file IS NOT NULL")
            return dict(rows.fetchall())

    def kept(self) -> Kept:
        """Return how much is here of what is wanted."""
        query = (
            "SELECT count(file), coalesce(sum(length(file)), 0), count(*) - count(file) FROM phrase"
        )
        with self._writing:
            return Kept(*self._writer.execute(query).fetchone())

    def want(self, listed: Iterable[bytes]) -> dict[bytes, int]:
        """Look for *listed* words from now on, and forget all others.

        Return how often each of them was said here.
        """
        wanted = set(listed)
        with self._noting:
            said, self._said = self._said, Counter()
        with self._writing, self._writer as db:
            known = {words for (words,) in db.execute("SELECT words FROM phrase")}
            db.executemany("DELETE FROM phrase WHERE words = ?", ((w,) for w in known - wanted))
            db.executemany("INSERT INTO phrase (words) VALUES (?)", ((w,) for w in wanted - known))
            db.executemany(
                "UPDATE phrase SET touched = touched + ? WHERE words = ?",
                ((count, words) for words, count in said.items()),
            )
            rows = db.execute("SELECT words, touched FROM phrase WHERE touched > 0")
            return dict(rows.fetchall())

    def list(self, sha256: str) -> bytes | None:
        """Return the list of that name, None where it is not here whole."""
        query = "SELECT body FROM list WHERE sha256 = ?"
        with self._writing:
            row = self._writer.execute(query, (sha256,)).fetchone()
        whole = row is not None and hashlib.sha256(row[0]).hexdigest() == sha256
        return bytes(row[0]) if whole else None

    def put_list(self, sha256: str, body: bytes) -> None:
        """Keep the list *body* in the place of any other."""
        with self._writing, self._writer as db:
            db.execute("DELETE FROM list")
            db.execute("INSERT INTO list VALUES (?, ?)", (sha256, body))

    def put(self, files: Iterable[tuple[Entry, bytes]]) -> None:
        """Keep *files* of words that are wanted, all or none."""
        with self._writing, self._writer as db:
            db.executemany(
                "UPDATE phrase SET sha256 = ?, file = ? WHERE words = ?",
                ((entry.sha256, file, entry.words) for entry, file in files),
            )

    def drop(self, words: Iterable[bytes]) -> None:
        """Forget the sound of *words*, but not how often they were said."""
        with self._writing, self._writer as db:
            db.executemany(
                "UPDATE phrase SET file = NULL, sha256 = NULL WHERE words = ?",
                ((each,) for each in words),
            )
        with self._writing:
            self._writer.executescript("PRAGMA incremental_vacuum")

    def close(self) -> None:
        """Let go of the file."""
        with self._reading, self._writing:
            self._reader.close()
            self._writer.close()


def open_store(path: Path) -> PhraseStore | None:
    """Return the phrases at *path*, None where the disk takes none: then nothing is stored."""
    with suppress(sqlite3.Error, OSError):
        return PhraseStore(path)
    log.warning("phrases_not_opened")
    return None


def _is_damage(error: sqlite3.Error) -> bool:
    """Return whether *error* is of the file itself, and not of a disk that is full or busy."""
    # An extended code has its primary one in the lowest byte.
    return (error.sqlite_errorcode & 0xFF) in _DAMAGE or error.sqlite_errorcode in _UNREADABLE


def _opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, check_same_thread=False)
    try:
        # What is dropped makes room on the disk, not only in this file.
        db.execute("PRAGMA auto_vacuum=INCREMENTAL")
        db.execute("PRAGMA journal_mode=WAL")
        # What a power cut loses is fetched again.
        db.execute("PRAGMA synchronous=NORMAL")
        db.execute("PRAGMA journal_size_limit=4194304")
        db.executescript(_SCHEMA)
        db.execute("SELECT count(*) FROM phrase").fetchone()
    except sqlite3.Error:
        db.close()
        raise
    return db
