"""Facts owed to the hub: what was told to a visitor is here, on disk, until the hub has it."""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Lock

from circulation import envelopes
from circulation.facts import Asked, Fact, Settled
from circulation.identifiers import StationId
from circulation.sealing import SealingKey
from station.errors import JournalDamagedError, JournalError, JournalFullError

JOURNAL_BYTES_MAX = 64 << 20
ROOM_BYTES_MIN = 8 << 20
"""With less than this free on the disk, facts are taken only where others have been erased."""
ERASED_PAGES_MIN = 8
PAGE_BYTES = 4096

_SCHEMA = """
CREATE TABLE IF NOT EXISTS journal (
    epoch INTEGER NOT NULL, station TEXT NOT NULL,
    seq INTEGER NOT NULL, head TEXT NOT NULL,          -- of the newest fact ever written
    acked_seq INTEGER NOT NULL, safe_seq INTEGER NOT NULL, hub TEXT NOT NULL,
    floor_ms INTEGER NOT NULL, connection INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS owed (
    seq INTEGER PRIMARY KEY, envelope BLOB NOT NULL, hash TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS open_ask (seq INTEGER PRIMARY KEY) STRICT;
CREATE TABLE IF NOT EXISTS room (bytes BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS offline_used (
    token TEXT NOT NULL, day TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (token, day)
) STRICT;
"""

Connect = Callable[[Path], sqlite3.Connection]


def connect_file(path: Path) -> sqlite3.Connection:
    """Return a connection to *path* that any thread may use, one at a time."""
    return sqlite3.connect(path, check_same_thread=False)


class Journal:
    """One epoch's facts in a chain, in SQLite (WAL, synchronous FULL); any thread may call.

    Every method that writes returns only when what it wrote would survive pulling the plug.
    """

    def __init__(
        self,
        path: Path,
        *,
        station: StationId,
        epoch: int,
        key: SealingKey,
        connect: Connect = connect_file,
    ) -> None:
        """Open or begin the journal at *path*; a damaged one is set aside whole and named.

        *connect* is another disk's way in, for those who try what a power cut leaves.
        """
        self.path = path
        self._connect = connect
        self.station = station
        self.key = key
        self._lock = Lock()
        self._connection = 0
        new = not path.exists()
        self._db = self._open()
        if new:
            sync_folder(path.parent)
        with self._writing("could not be begun"):
            self._db.execute(
                "INSERT INTO journal SELECT ?, ?, 0, ?, 0, 0, '', 0, 0 "
                "WHERE NOT EXISTS (SELECT 1 FROM journal)",
                (epoch, station, envelopes.GENESIS),
            )
        self._epoch = self._one("epoch")
        self._connection = self._one("connection")
        if (other := self._text("station")) != station:
            self.close()
            raise JournalError(f"{path} is the journal of {other}, not {station}")

    def _open(self) -> sqlite3.Connection:
        db = self._connect(self.path)
        try:
            mode = db.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            db.execute("PRAGMA synchronous = FULL")
            level = db.execute("PRAGMA synchronous").fetchone()[0]
            whole = db.execute("PRAGMA quick_check").fetchone()[0]
            db.execute(f"PRAGMA max_page_count = {JOURNAL_BYTES_MAX // PAGE_BYTES}")
            if whole != "ok":
                raise sqlite3.DatabaseError(whole)
            db.executescript(_SCHEMA)
        except sqlite3.DatabaseError as error:
            # Set aside before it is closed: SQLite closes by erasing a -wal that it cannot read.
            with contextlib.closing(db):
                raise self._cannot_open(error) from error
        # Rollback journals lose the last fact at a power cut, NORMAL loses all since the
        # last checkpoint: both were measured, so neither is taken on trust.
        if (mode, level) != ("wal", 2):
            db.close()
            raise JournalError(f"{self.path}: journal mode {mode}, synchronous {level}")
        return db

    def _cannot_open(self, error: sqlite3.DatabaseError) -> JournalError:
        if isinstance(error, sqlite3.OperationalError):
            return JournalError(f"{self.path}: {error}: look at the disk's room and rights")
        aside = f"{self.path.name}.damaged-{self.path.stat().st_mtime_ns}"
        # What SQLite had not yet moved into the file belongs to it; and SQLite throws that away
        # where it finds it alone. So each has its second name before one loses its first.
        suffixes = [each for each in ("", "-wal", "-shm") if self._beside(each).exists()]
        for suffix in suffixes:
            with contextlib.suppress(FileExistsError):
                self.path.with_name(f"{aside}{suffix}").hardlink_to(self._beside(suffix))
        sync_folder(self.path.parent)
        for suffix in suffixes:
            self._beside(suffix).unlink()
        sync_folder(self.path.parent)
        return JournalDamagedError(
            f"the journal is damaged ({error}); set aside whole as {aside}; "
            "take a new epoch with `python -m provisioning reissue`, and the file to the hub"
        )

    def _beside(self, suffix: str) -> Path:
        return self.path.with_name(f"{self.path.name}{suffix}")

    def record(self, fact: Fact, *, offline: tuple[str, str] | None = None) -> int:
        """Return *fact*'s sequence number, once it is sealed, chained and on disk.

        *offline* (card token, day) also counts one more loan made while the line was down.
        """
        with self._writing("took no fact"):
            self._look_for_room()
            if offline is not None:
                self._count_offline_loan(*offline)
            return self._append(fact)

    @contextlib.contextmanager
    def _writing(self, failed: str) -> Iterator[None]:
        """Commit what is done within, durably, or leave no trace of it."""
        with self._lock:
            try:
                with self._db:
                    yield
            except sqlite3.OperationalError as error:
                raise JournalFullError(f"the journal {failed}: {error}") from error

    def _look_for_room(self) -> None:
        disk = os.statvfs(self.path.parent)
        free = disk.f_bavail * disk.f_frsize
        erased = self._db.execute("PRAGMA freelist_count").fetchone()[0]
        # Erasing takes room of its own at first: a disk filled to the brim could never be emptied.
        if free < ROOM_BYTES_MIN and erased < ERASED_PAGES_MIN:
            raise JournalFullError(f"the journal's disk is full: {free >> 10} kB free")

    def _append(self, fact: Fact) -> int:
        seq, prev = self._db.execute("SELECT seq + 1, head FROM journal").fetchone()
        raw = envelopes.enclose(
            fact, station=self.station, epoch=self._epoch, seq=seq, prev=prev, key=self.key
        )
        digest = envelopes.digest(raw)
        self._db.execute("INSERT INTO owed VALUES (?, ?, ?)", (seq, raw, digest))
        self._db.execute(
            "UPDATE journal SET seq = ?, head = ?, floor_ms = max(floor_ms, ?)",
            (seq, digest, fact.at.wall_ms if fact.at.trusted else 0),
        )
        if isinstance(fact, Asked):
            self._db.execute("INSERT INTO open_ask VALUES (?)", (seq,))
        elif isinstance(fact, Settled):
            closed = self._db.execute("DELETE FROM open_ask WHERE seq = ?", (fact.asked,))
            assert closed.rowcount == 1, f"settled {fact.asked} twice, or never asked"
        return int(seq)

    def has_room(self) -> bool:
        """Return whether the disk takes another fact, by writing as much and erasing it."""
        try:
            with self._writing("has no room"):
                self._look_for_room()
                self._db.execute("INSERT INTO room VALUES (zeroblob(?))", (2 * PAGE_BYTES,))
            with self._writing("has no room"):
                self._db.execute("DELETE FROM room")
        except JournalFullError:
            return False
        return True

    def open_asks(self) -> list[int]:
        """Return the questions that have no end yet, in order."""
        with self._lock:
            rows = self._db.execute("SELECT seq FROM open_ask ORDER BY seq").fetchall()
        return [int(row[0]) for row in rows]

    def owed_after(self, seq: int, limit: int) -> list[tuple[int, bytes]]:
        """Return at most *limit* kept facts after *seq*, as (seq, envelope), in order."""
        with self._lock:
            rows = self._db.execute(
                "SELECT seq, envelope FROM owed WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit)
            ).fetchall()
        return [(int(row[0]), bytes(row[1])) for row in rows]

    def envelope(self, seq: int) -> bytes:
        """Return the bytes of fact *seq*, which must still be kept."""
        with self._lock:
            row = self._db.execute("SELECT envelope FROM owed WHERE seq = ?", (seq,)).fetchone()
        return bytes(row[0])

    def acknowledged(self, *, hub: str, up_to_seq: int, head: str, safe_to_seq: int) -> bool:
        """Believe the hub's acknowledgement where *head* is this chain's own; return whether.

        Erases through *safe_to_seq* only. A new *hub* (restored from a backup) may know less
        than the old one did, and is sent the rest again. A `JournalFullError` where that cannot
        be noted: then nothing is erased, and the hub will say it again.
        """
        with self._writing("could not note an acknowledgement"):
            return self._believe(hub, up_to_seq, head, safe_to_seq)

    def _believe(self, hub: str, up_to_seq: int, head: str, safe_to_seq: int) -> bool:
        newest, acked, safe, known = self._db.execute(
            "SELECT seq, acked_seq, safe_seq, hub FROM journal"
        ).fetchone()
        if not 0 <= safe_to_seq <= up_to_seq <= newest or not self._is_own(up_to_seq, head):
            return False
        up_to = max(up_to_seq, acked) if hub == known else max(up_to_seq, safe)
        self._db.execute(
            "UPDATE journal SET acked_seq = ?, safe_seq = max(safe_seq, ?), hub = ?",
            (up_to, safe_to_seq, hub),
        )
        # An open question's envelope is still to be sent with its ask.
        self._db.execute(
            "DELETE FROM owed WHERE seq < ? AND seq NOT IN (SELECT seq FROM open_ask)",
            (safe_to_seq,),
        )
        return True

    def _is_own(self, seq: int, head: str) -> bool:
        if seq == 0:
            return head == envelopes.GENESIS
        row = self._db.execute("SELECT hash FROM owed WHERE seq = ?", (seq,)).fetchone()
        # What was erased was acknowledged before: an old acknowledgement, late. Harmless.
        return row is None or row[0] == head

    def next_connection(self) -> int:
        """Return a number higher than at any connection before."""
        self._connection += 1
        # A card that takes nothing more can still be read, and sent from.
        with contextlib.suppress(JournalFullError), self._writing("could not count"):
            self._db.execute("UPDATE journal SET connection = ?", (self._connection,))
        return self._connection

    def _count_offline_loan(self, token: str, day: str) -> None:
        self._db.execute("DELETE FROM offline_used WHERE day < ?", (day,))
        self._db.execute(
            "INSERT INTO offline_used VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1",
            (token, day),
        )

    def offline_loans(self, token: str, day: str) -> int:
        """Return how many loans the card *token* has made on *day* while the line was down."""
        with self._lock:
            row = self._db.execute(
                "SELECT count FROM offline_used WHERE token = ? AND day = ?", (token, day)
            ).fetchone()
        return int(row[0]) if row else 0

    @property
    def epoch(self) -> int:
        """The epoch that this file is the journal of."""
        return self._epoch

    @property
    def acked_seq(self) -> int:
        """The newest sequence number the hub has committed."""
        return self._one("acked_seq")

    @property
    def newest_seq(self) -> int:
        """The newest fact's sequence number."""
        return self._one("seq")

    @property
    def floor_ms(self) -> int:
        """The latest wall time that a fact was given by a clock that could be trusted."""
        return self._one("floor_ms")

    @property
    def owed(self) -> int:
        """How many facts the hub has not yet acknowledged."""
        return self.newest_seq - self.acked_seq

    def _one(self, column: str) -> int:
        return int(self._db.execute(f"SELECT {column} FROM journal").fetchone()[0])  # noqa: S608

    def _text(self, column: str) -> str:
        return str(self._db.execute(f"SELECT {column} FROM journal").fetchone()[0])  # noqa: S608

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()


def sync_folder(folder: Path) -> None:
    """Return when names made or changed in *folder* would survive pulling the plug."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
