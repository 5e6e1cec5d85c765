"""The journal's file: how it is opened, checked, set aside whole, and read by others."""

import mmap
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

from circulation import envelopes
from circulation.errors import MessageError
from station.chain import Row
from station.errors import JournalDamagedError, JournalError

PAGE_BYTES = 4096
WAL_PAGES = 256
COMMIT_PAGES = 16
"""So many the longest commit may go beyond that: a fact with a few gates changes fewer."""
WAL_BYTES = 32 + (WAL_PAGES + COMMIT_PAGES) * (24 + PAGE_BYTES)
"""The WAL's length from the start: header and frames, after which SQLite begins again."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS journal (
    epoch INTEGER NOT NULL, station TEXT NOT NULL,
    seq INTEGER NOT NULL, head TEXT NOT NULL,          -- of the newest fact ever written
    acked_seq INTEGER NOT NULL, safe_seq INTEGER NOT NULL, hub TEXT NOT NULL,
    floor_ms INTEGER NOT NULL, connection INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS owed (
    seq INTEGER PRIMARY KEY, envelope BLOB NOT NULL, hash TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS lost (                      -- whose envelope in owed is a Lost
    seq INTEGER PRIMARY KEY, hash TEXT NOT NULL, found BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS gate (                      -- tags whose alarm is to be switched
    uid TEXT PRIMARY KEY, armed INTEGER NOT NULL, key TEXT NOT NULL, item BLOB NOT NULL,
    count INTEGER, slots_at INTEGER                    -- what the tag counted, and where
) STRICT;
CREATE TABLE IF NOT EXISTS hub (                       -- in the order in which they were heard of
    number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE IF NOT EXISTS open_ask (seq INTEGER PRIMARY KEY) STRICT;
CREATE TABLE IF NOT EXISTS room (bytes BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS offline_used (
    token TEXT NOT NULL, day TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (token, day)
) STRICT;
"""

# A hash is read as bytes: one damaged bit may leave what is no text any more.
_ROWS = (
    "SELECT o.seq, o.envelope, CAST(o.hash AS BLOB), CAST(coalesce(l.hash, '') AS BLOB) "
    "FROM owed o LEFT JOIN lost l ON l.seq = o.seq WHERE o.seq >= ? ORDER BY o.seq LIMIT ?"
)
_ROWS_AT_ONCE = 500
_KEPT = re.compile(
    rb'(\{"station":"[^"]{1,64}","epoch":\d+,"seq":\d+,"prev":"[0-9a-f]{64}",'
    rb'"key":"[^"]*","sealed":"[A-Za-z0-9+/=]*"\})([0-9a-f]{64})'
)

Connect = Callable[[Path], sqlite3.Connection]


_BY_KEY = """
SELECT CAST(json_extract(text, '$.key') AS BLOB), max(seq) FROM (
    SELECT seq, CAST(envelope AS TEXT) AS text FROM owed
    WHERE seq > (SELECT safe_seq FROM journal)
) WHERE json_valid(text) GROUP BY 1
"""


def connect_file(path: Path) -> sqlite3.Connection:
    """Return a connection to *path* that any thread may use, one at a time."""
    return sqlite3.connect(path, check_same_thread=False)


def connect_reading(path: Path) -> sqlite3.Connection:
    """Return a connection to *path* that writes nothing, also while a station writes there."""
    # Without a WAL no station runs and all is in the file: SQLite need not even make one.
    alone = "" if path.with_name(f"{path.name}-wal").exists() else "&immutable=1"
    return sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro{alone}", uri=True)


def open_file(path: Path, connect: Connect, *, epoch: int, bytes_max: int) -> sqlite3.Connection:
    """Return the checked database at *path*, which each commit makes safe from a power cut.

    A damaged one is set aside whole as one of *epoch*, and `JournalDamagedError` names it.
    """
    if not path.exists() and (aside := sorted(path.parent.glob(f"{_aside(path, epoch)}-*"))):
        # A second chain in one epoch would be taken for a copied card.
        raise JournalDamagedError(_advice(f"epoch {epoch} was set aside", aside[0].name))
    db = connect(path)
    try:
        mode = db.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        db.execute("PRAGMA synchronous = FULL")
        level = db.execute("PRAGMA synchronous").fetchone()[0]
        whole = db.execute("PRAGMA quick_check").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {bytes_max // PAGE_BYTES}")
        db.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
        if whole != "ok":
            raise sqlite3.DatabaseError(whole)
        _make_tables(db)
        _lay_out_wal(path.with_name(f"{path.name}-wal"))
    except sqlite3.DatabaseError as error:
        # Set aside before it is closed: SQLite closes by erasing a -wal that it cannot read.
        with closing(db):
            raise _cannot_open(path, error, epoch) from error
    # Rollback journals lose the last fact at a power cut, NORMAL loses all since the
    # last checkpoint: both were measured, so neither is taken on trust.
    if (mode, level) != ("wal", 2):
        db.close()
        raise JournalError(f"{path}: journal mode {mode}, synchronous {level}")
    return db


def _make_tables(db: sqlite3.Connection) -> None:
    try:
        db.executescript(SCHEMA)
    except sqlite3.OperationalError:
        # Of an older program's file, on a card that takes nothing more, all can still be sent.
        if not _has_table(db, "journal"):
            raise


def _has_table(db: sqlite3.Connection, name: str) -> bool:
    known = db.execute("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", (name,))
    return known.fetchone() is not None


def _lay_out_wal(path: Path) -> None:
    """Give the WAL at *path* its whole length now: a commit that lengthens it takes twice as long.

    SQLite takes no notice of zeros behind its last frame, and writes over them from the front
    after each checkpoint. A disk that has no room for them is told of by what comes after.
    """
    with suppress(OSError), path.open("r+b") as wal:
        at = wal.seek(0, os.SEEK_END)
        wal.write(bytes(max(0, WAL_BYTES - at)))
        wal.flush()
        os.fsync(wal.fileno())


def _cannot_open(path: Path, error: sqlite3.DatabaseError, epoch: int) -> JournalError:
    if isinstance(error, sqlite3.OperationalError):
        return JournalError(f"{path}: {error}: look at the disk's room and rights")
    aside = f"{_aside(path, epoch)}-{path.stat().st_mtime_ns}"
    # What SQLite had not yet moved into the file belongs to it; and SQLite throws that away
    # where it finds it alone. So each has its second name before one loses its first.
    parts = {
        part: path.with_name(f"{aside}{suffix}")
        for suffix in ("", "-wal", "-shm")
        if (part := path.with_name(f"{path.name}{suffix}")).exists()
    }
    for part, second in parts.items():
        with suppress(FileExistsError):
            second.hardlink_to(part)
    sync_folder(path.parent)
    for part in parts:
        part.unlink()
    sync_folder(path.parent)
    return JournalDamagedError(_advice(f"the journal is damaged ({error})", aside))


def _aside(path: Path, epoch: int) -> str:
    return f"{path.name}.damaged-{epoch}"


def _advice(what: str, aside: str) -> str:
    return (
        f"{what}; set aside whole as {aside}; take a new epoch with "
        "`python -m provisioning reissue`, and the file to the hub with `journal export`"
    )


def rows(db: sqlite3.Connection, first: int) -> Iterator[Row]:
    """Yield what can be read from number *first* on, in order; a few rows at a time."""
    while found := db.execute(_ROWS, (first, _ROWS_AT_ONCE)).fetchall():
        yield from map(_row, found)
        first = int(found[-1][0]) + 1


def newest_by_key(db: sqlite3.Connection) -> dict[str, int]:
    """Return, by the id of each sealing key, the newest fact under it that is not safe yet."""
    found = db.execute(_BY_KEY).fetchall()
    return {bytes(key or b"").decode(errors="replace"): seq for key, seq in found}


def some_rows(db: sqlite3.Connection, first: int, limit: int) -> list[Row]:
    """Return at most *limit* rows from number *first* on, in order."""
    return [_row(found) for found in db.execute(_ROWS, (first, limit)).fetchall()]


def _row(found: tuple[int, bytes, bytes, bytes]) -> Row:
    seq, envelope, hash_, was = found
    return Row(
        int(seq), bytes(envelope), hash_.decode(errors="replace"), was.decode(errors="replace")
    )


def find_newest(db: sqlite3.Connection) -> None:
    """Make number and head those of the newest fact, where that one is whole."""
    (newest,) = db.execute("SELECT max(seq) FROM owed").fetchone()
    for row in some_rows(db, newest or 0, 1):
        if row.whole:
            db.execute(
                "UPDATE journal SET seq = ?1, head = ?2 "
                "WHERE (seq <= ?1 OR head = ?2) AND (seq != ?1 OR head != ?2)",
                (row.seq, row.named),
            )


def is_newest_hub(db: sqlite3.Connection, hub: str, *, before: str) -> bool:
    """Return whether *hub* was heard of last of all; it comes after *before*, where it is new."""
    if not _has_table(db, "hub"):
        return True
    if hub != before:
        for name in filter(None, (before, hub)):
            db.execute("INSERT OR IGNORE INTO hub (name) VALUES (?)", (name,))
    newest = db.execute("SELECT name FROM hub ORDER BY number DESC LIMIT 1").fetchone()
    return newest is None or newest[0] == hub


def put_in_place(db: sqlite3.Connection, lost: Row) -> None:
    """Have *lost* stand in its fact's place, and keep what was found there as it is."""
    db.execute(
        "INSERT OR REPLACE INTO lost VALUES "
        "(?, ?, coalesce((SELECT envelope FROM owed WHERE seq = ?), x''))",
        (lost.seq, lost.was, lost.seq),
    )
    db.execute("INSERT OR REPLACE INTO owed VALUES (?, ?, ?)", (lost.seq, lost.envelope, lost.hash))


def bytes_used(db: sqlite3.Connection) -> int:
    """Return how much of the file is in use; what was erased is room again."""
    pages = int(db.execute("PRAGMA page_count").fetchone()[0])
    return (pages - int(db.execute("PRAGMA freelist_count").fetchone()[0])) * PAGE_BYTES


def carve(path: Path) -> Iterator[bytes]:
    """Yield each envelope that lies whole beside its hash in *path*, whatever else is damaged."""
    for part in (path, path.with_name(f"{path.name}-wal")):
        if not part.exists() or not part.stat().st_size:
            continue
        with part.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as body:
            for match in _KEPT.finditer(body):
                raw, hash_ = match.groups()
                if envelopes.digest(raw) == hash_.decode() and _is_envelope(raw):
                    yield raw


def _is_envelope(raw: bytes) -> bool:
    try:
        envelopes.address(raw)
    except MessageError:
        return False
    return True


def sync_folder(folder: Path) -> None:
    """Return when names made or changed in *folder* would survive pulling the plug."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
