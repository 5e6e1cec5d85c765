"""Facts owed to the hub: what was told to a visitor is here, on disk, until the hub has it."""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import count, takewhile
from pathlib import Path
from threading import Lock

from msgspec import Struct

from circulation import envelopes
from circulation.facts import Asked, Fact, Settled
from circulation.identifiers import StationId
from circulation.instants import Instant
from circulation.sealing import SealingKey
from circulation.tags.counter import TagCounter
from station import chain, journal_file
from station.errors import JournalError, JournalFullError
from station.journal_file import PAGE_BYTES, Connect, connect_file

JOURNAL_BYTES_MAX = 64 << 20
ROOM_BYTES_MIN = 8 << 20
"""With less than this free on the disk, facts are taken only where others have been erased."""
ERASED_PAGES_MIN = 8
WARNING_SHARE = 0.8
LOST_AT_ONCE_MAX = 5_000
"""Of how many erased facts a restored hub is told that they are lost; a visitor waits meanwhile."""
RESERVE_BYTES = 8 * PAGE_BYTES
"""Kept free for the end of what has been begun: a question must not stay open for want of room."""


class GateOwed(Struct, frozen=True):
    """A tag whose alarm is to be switched; *item* is sealed to *key* and names no book here."""

    uid: str
    armed: bool
    key: str
    item: bytes
    counter: TagCounter | None = None
    """What the tag counted before; it is to count one more."""


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
        bytes_max: int | None = None,
    ) -> None:
        """Open or begin the journal at *path*; a damaged one is set aside whole and named.

        A row that the chain does not vouch for is replaced by a `Lost`, and blocks nothing.
        *connect* is another disk's way in, for those who try what a power cut leaves; more than
        *bytes_max* (`JOURNAL_BYTES_MAX` where not given) are never in use.
        """
        self.path = path
        self.station = station
        self.key = key
        self.bytes_max = bytes_max or JOURNAL_BYTES_MAX
        self._lock = Lock()
        self._connection = 0
        self._sealed: dict[str, int] = {}
        self._used: int | None = None
        self._reached: tuple[int, int] | None = None
        new = not path.exists()
        self._db = journal_file.open_file(path, connect, epoch=epoch, bytes_max=self.bytes_max)
        if new:
            journal_file.sync_folder(path.parent)
        with self._writing("could not be begun"):
            self._db.execute(
                "INSERT INTO journal SELECT ?, ?, 0, ?, 0, 0, '', 0, 0 "
                "WHERE NOT EXISTS (SELECT 1 FROM journal)",
                (epoch, station, envelopes.GENESIS),
            )
        self._connection = self._one("connection")
        self._epoch = self._one("epoch")
        if (other := self._text("station")) != station:
            self.close()
            raise JournalError(f"{path} is the journal of {other}, not {station}")
        with self._lock:
            self._mend()
            self._sealed = journal_file.newest_by_key(self._db)

    def _mend(self) -> None:
        """Replace what the chain does not vouch for; its bytes are kept beside, as they are."""
        self._used = self._reached = None
        # Where the disk takes nothing, what is whole before the damage can still be sent.
        with suppress(sqlite3.DatabaseError), self._db:
            journal_file.find_newest(self._db)
            self._replace_lost(self._one("max(safe_seq, 1)"))

    def _replace_lost(self, first: int, prev: str = "") -> None:
        """Put a `Lost` in the place of what is not here from *first* on; *prev* is before it."""
        newest, head, floor_ms = self._db.execute(
            "SELECT seq, head, floor_ms FROM journal"
        ).fetchone()
        rows = journal_file.rows(self._db, first)
        found = list(chain.damages(rows, first=first, newest=newest, head=head, prev=prev))
        nobody_knows_when = Instant(wall_ms=floor_ms, mono_ms=0, boot="", trusted=False)
        for each in found:
            if each.envelope:
                self._db.execute("UPDATE owed SET hash = ? WHERE seq = ?", (each.hash, each.seq))
        for lost in chain.substitutes(
            found, at=nobody_knows_when, station=self.station, epoch=self._epoch, key=self.key
        ):
            journal_file.put_in_place(self._db, lost)
            self._sealed[self.key.id] = max(self._sealed.get(self.key.id, 0), lost.seq)

    def record(
        self,
        fact: Fact,
        *,
        offline: tuple[str, str] | None = None,
        gates: Iterable[GateOwed] = (),
        settled_gate: str = "",
    ) -> int:
        """Return *fact*'s sequence number, once it is sealed, chained and on disk.

        *offline* (card token, day) also counts one more loan made while the line was down; *gates*
        are owed from then on, and that of the tag *settled_gate* no more. Only the end of a
        question is taken into the reserve; else raises `JournalFullError`.
        """
        if not isinstance(fact, Settled):
            self._look_for_room()
        with self._writing("took no fact"):
            if offline is not None:
                self._count_offline_loan(*offline)
            for gate in gates:
                self._db.execute(
                    "INSERT OR REPLACE INTO gate VALUES (?, ?, ?, ?, ?, ?)",
                    (gate.uid, gate.armed, gate.key, gate.item, *_counter_row(gate)),
                )
            if settled_gate:
                self._db.execute("DELETE FROM gate WHERE uid = ?", (settled_gate,))
            return self._append(fact)

    @contextmanager
    def _writing(self, failed: str) -> Iterator[None]:
        """Commit what is done within, durably, or leave no trace of it."""
        with self._lock:
            self._used = self._reached = None
            try:
                with self._db:
                    yield
            except sqlite3.OperationalError as error:
                raise JournalFullError(f"the journal {failed}: {error}") from error

    def _look_for_room(self) -> None:
        if self.full:
            raise JournalFullError(self.fullness())
        disk = os.statvfs(self.path.parent)
        free = disk.f_bavail * disk.f_frsize
        with self._lock:
            erased = self._db.execute("PRAGMA freelist_count").fetchone()[0]
        # Erasing takes room of its own at first: a disk filled to the brim could never be emptied.
        if free < ROOM_BYTES_MIN and erased < ERASED_PAGES_MIN:
            raise JournalFullError(f"the journal's disk is full: {free >> 10} kB free")

    def _append(self, fact: Fact) -> int:
        seq, prev = self._db.execute("SELECT seq + 1, head FROM journal").fetchone()
        raw = envelopes.enclose(
            fact, station=self.station, epoch=self._epoch, seq=seq, prev=prev, key=self.key
        )
        self._sealed[self.key.id] = seq
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
            self._look_for_room()
            with self._writing("has no room"):
                self._db.execute("INSERT INTO room VALUES (zeroblob(?))", (2 * PAGE_BYTES,))
            with self._writing("has no room"):
                self._db.execute("DELETE FROM room")
        except JournalFullError:
            return False
        return True

    def gates_owed(self) -> list[GateOwed]:
        """Return the tags whose alarm is still to be switched."""
        with self._lock:
            rows = self._db.execute(
                "SELECT uid, armed, key, item, count, slots_at FROM gate ORDER BY uid"
            ).fetchall()
        return [
            GateOwed(
                uid, bool(armed), key, bytes(item), None if count is None else TagCounter(count, at)
            )
            for uid, armed, key, item, count, at in rows
        ]

    def gate_done(self, uid: str) -> None:
        """Strike out the tag *uid*; where the disk takes nothing it is only switched once more."""
        with suppress(JournalFullError), self._writing("could not strike out a gate"):
            self._db.execute("DELETE FROM gate WHERE uid = ?", (uid,))

    def open_asks(self) -> list[int]:
        """Return the questions that have no end yet, in order."""
        with self._lock:
            rows = self._db.execute("SELECT seq FROM open_ask ORDER BY seq").fetchall()
        return [int(row[0]) for row in rows]

    def owed_after(self, seq: int, limit: int) -> list[tuple[int, bytes]]:
        """Return at most *limit* kept facts after *seq*, as (seq, envelope), in order.

        What the disk has spoilt since the start is replaced by a `Lost` first.
        """
        with self._lock:
            first = max(seq + 1, self._one("safe_seq"))
            expected = min(limit, self._one("seq") - first + 1)
            if len(found := self._whole_from(first, expected)) < expected:
                self._mend()
                found = self._whole_from(first, expected)
        return [(row.seq, row.envelope) for row in found]

    def _whole_from(self, first: int, limit: int) -> list[chain.Row]:
        try:
            rows = journal_file.some_rows(self._db, first, limit)
        except sqlite3.DatabaseError:
            return []
        numbered = zip(rows, count(first), strict=False)
        return [row for row, _ in takewhile(lambda each: _in_place(*each), numbered)]

    def envelope(self, seq: int) -> bytes:
        """Return the bytes of fact *seq*, which must still be kept."""
        with self._lock:
            row = self._db.execute("SELECT envelope FROM owed WHERE seq = ?", (seq,)).fetchone()
        return bytes(row[0])

    def acknowledged(self, *, hub: str, up_to_seq: int, head: str, safe_to_seq: int) -> bool:
        """Believe the hub's acknowledgement where *head* is this chain's own; return whether.

        Erases through *safe_to_seq* only. A new *hub* (restored from a backup) may know less
        than the old one did, and is sent the rest again; what is erased of it, as a `Lost`. A
        `JournalFullError` where that cannot be noted: then nothing is erased, and the hub will
        say it again.
        """
        with self._writing("could not note an acknowledgement"):
            return self._believe(hub, up_to_seq, head, safe_to_seq)

    def _believe(self, hub: str, up_to_seq: int, head: str, safe_to_seq: int) -> bool:
        newest, acked, safe, known = self._db.execute(
            "SELECT seq, acked_seq, safe_seq, hub FROM journal"
        ).fetchone()
        if not 0 <= safe_to_seq <= up_to_seq <= newest or not self._is_own(up_to_seq, head):
            return False
        if hub != known and up_to_seq + 1 < safe <= up_to_seq + LOST_AT_ONCE_MAX:
            self._db.execute("UPDATE journal SET safe_seq = ?", (up_to_seq + 1,))
            self._replace_lost(up_to_seq + 1, prev=head)
            safe = up_to_seq
        up_to = max(up_to_seq, acked) if hub == known else max(up_to_seq, safe)
        if not journal_file.is_newest_hub(self._db, hub, before=known):
            # A broker may say again what was said before a restore: what was there is gone since.
            safe_to_seq = 0
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
        # The hub may have had a fact itself before the disk spoilt it here.
        own = self._db.execute(
            "SELECT hash FROM owed WHERE seq = ? UNION SELECT hash FROM lost WHERE seq = ?",
            (seq, seq),
        ).fetchall()
        # What was erased was acknowledged before: an old acknowledgement, late. Harmless.
        return not own or (head,) in own

    def next_connection(self) -> int:
        """Return a number higher than at any connection before."""
        self._connection += 1
        # A card that takes nothing more can still be read, and sent from.
        with suppress(JournalFullError), self._writing("could not count"):
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
    def bytes_used(self) -> int:
        """How many bytes of the file are in use, of *bytes_max*."""
        with self._lock:
            # Asked at every touch, and changed by nobody else.
            if self._used is None:
                self._used = journal_file.bytes_used(self._db)
            return self._used

    @property
    def full(self) -> bool:
        """Whether only the end of what has been begun is taken still."""
        return self.bytes_used > self.bytes_max - RESERVE_BYTES

    @property
    def nearly_full(self) -> bool:
        """Whether a technician should see to the line, or take an export, before it is full."""
        return self.bytes_used >= self.bytes_max * WARNING_SHARE

    def fullness(self) -> str:
        """Return how full it is, and what to do, for a technician."""
        part = "full" if self.full else f"{100 * self.bytes_used // self.bytes_max} % full"
        return f"the journal is {part} ({self.owed} facts owed): mend the line to the hub"

    @property
    def sealing_keys(self) -> list[str]:
        """Ids of the keys that facts are sealed to which the hub may still ask for."""
        with self._lock:
            safe = self._one("safe_seq")
            owed = {id_ for id_, newest in self._sealed.items() if newest > safe}
            return sorted(owed.union(*self._db.execute("SELECT key FROM gate").fetchall()))

    @property
    def acked_seq(self) -> int:
        """The newest sequence number the hub has committed."""
        return self._at()[1]

    @property
    def newest_seq(self) -> int:
        """The newest fact's sequence number."""
        return self._at()[0]

    def _at(self) -> tuple[int, int]:
        """Return the newest fact's number, and the newest that the hub has committed."""
        with self._lock:
            # Asked at every touch and every tick, and changed by nobody else.
            if self._reached is None:
                self._reached = self._db.execute("SELECT seq, acked_seq FROM journal").fetchone()
            return self._reached

    @property
    def floor_ms(self) -> int:
        """The latest wall time that a fact was given by a clock that could be trusted."""
        return self._one("floor_ms")

    def correct_floor(self, floor_ms: int) -> None:
        """Note that it has been *floor_ms* at the latest: what was noted before was wrong.

        Where the disk takes nothing, the hub's next word corrects it again.
        """
        with suppress(JournalError), self._writing("is not corrected"):
            self._db.execute("UPDATE journal SET floor_ms = min(floor_ms, ?)", (floor_ms,))

    @property
    def owed(self) -> int:
        """How many facts the hub has not yet acknowledged."""
        newest, acked = self._at()
        return newest - acked

    def _one(self, column: str) -> int:
        return int(self._db.execute(f"SELECT {column} FROM journal").fetchone()[0])  # noqa: S608

    def _text(self, column: str) -> str:
        return str(self._db.execute(f"SELECT {column} FROM journal").fetchone()[0])  # noqa: S608

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()


def _in_place(row: chain.Row, seq: int) -> bool:
    return row.seq == seq and row.whole


def _counter_row(gate: GateOwed) -> tuple[int | None, int | None]:
    return (gate.counter.count, gate.counter.at) if gate.counter else (None, None)
