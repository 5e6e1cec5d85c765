"""What a technician may ask of a journal, whether its station runs or not; nothing is written."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from circulation import envelopes
from circulation.identifiers import StationId
from circulation.instants import Instant
from circulation.sealing import SealingKey
from station import chain, journal_file
from station.chain import Damage, Row
from station.errors import JournalError

NAME = "journal.sqlite"
NOBODY_KNOWS_WHEN = Instant(wall_ms=0, mono_ms=0, boot="", trusted=False)


class Summary(Struct, frozen=True, kw_only=True):
    """How a journal is; nothing of what is in it."""

    station: str
    epoch: int
    newest: int
    acknowledged: int
    safe: int
    owed: int
    open_questions: list[int]
    lost: list[int]
    """Numbers whose facts the disk has spoilt, and which the hub is told are lost."""
    bytes: int
    set_aside: list[str]


def summary(folder: Path) -> Summary:
    """Return how the journal in *folder* is, or raise `JournalError`."""
    with _Reading(folder / NAME) as db:
        station, epoch, newest, acked, safe = db.execute(
            "SELECT station, epoch, seq, acked_seq, safe_seq FROM journal"
        ).fetchone()
        return Summary(
            station=station,
            epoch=epoch,
            newest=newest,
            acknowledged=acked,
            safe=safe,
            owed=newest - acked,
            open_questions=_numbers(db, "SELECT seq FROM open_ask ORDER BY seq"),
            lost=_numbers(db, "SELECT seq FROM lost ORDER BY seq"),
            bytes=journal_file.bytes_used(db),
            set_aside=[path.name for path in set_aside(folder)],
        )


def _numbers(db: sqlite3.Connection, statement: str) -> list[int]:
    return [int(seq) for (seq,) in db.execute(statement)]


def damages(folder: Path) -> list[str]:
    """Return a sentence for each damage to the journal in *folder*; none where it is whole."""
    try:
        with _Reading(folder / NAME) as db:
            whole = [str(row[0]) for row in db.execute("PRAGMA integrity_check")]
            torn = [] if whole == ["ok"] else [f"The file is damaged: {each}." for each in whole]
            return torn + [each.sentence() for each in _chain_damages(db)]
    except JournalError as error:
        return [f"{error}."]


def _chain_damages(db: sqlite3.Connection) -> list[Damage]:
    first, newest, head = db.execute(
        "SELECT max(safe_seq, 1), seq, CAST(head AS BLOB) FROM journal"
    ).fetchone()
    rows = journal_file.rows(db, first)
    named = head.decode(errors="replace")
    return list(chain.damages(rows, first=first, newest=newest, head=named))


def set_aside(folder: Path) -> list[Path]:
    """Return the damaged files that were set aside in *folder*."""
    beside = sorted(folder.glob(f"{NAME}.damaged-*"))
    return [path for path in beside if not path.name.endswith(("-wal", "-shm"))]


def kept(folder: Path, station: StationId, key: SealingKey) -> Iterator[bytes]:
    """Yield every envelope of *station* still kept in *folder*, also in damaged files.

    What cannot be read any more, and lies between facts that can, is sealed to *key* as `Lost`.
    """
    damaged = set_aside(folder)
    try:
        if (folder / NAME).exists():
            yield from _live(folder / NAME, station, key)
    except JournalError:
        damaged.append(folder / NAME)
    epochs: dict[int, dict[str, Row]] = {}
    for raw in (raw for path in damaged for raw in journal_file.carve(path)):
        envelope = envelopes.address(raw)
        if envelope.station == station:
            row = Row(envelope.seq, raw, envelopes.digest(raw))
            epochs.setdefault(envelope.epoch, {})[row.hash] = row
    for epoch, found in sorted(epochs.items()):
        yield from _bridged(list(found.values()), station, epoch, key)


def _live(path: Path, station: StationId, key: SealingKey) -> Iterator[bytes]:
    with _Reading(path) as db:
        epoch, owner = db.execute("SELECT epoch, station FROM journal").fetchone()
        if owner != station:
            return
        damaged = _chain_damages(db)
        rows = [row for row in journal_file.rows(db, 0) if row.whole]
    found = {row.seq: row.envelope for row in rows}
    found |= {each.seq: each.envelope for each in damaged if each.envelope}
    found |= {row.seq: row.envelope for row in _lost(damaged, station, epoch, key)}
    yield from (found[seq] for seq in sorted(found))


def _lost(damaged: list[Damage], station: StationId, epoch: int, key: SealingKey) -> Iterator[Row]:
    return chain.substitutes(damaged, at=NOBODY_KNOWS_WHEN, station=station, epoch=epoch, key=key)


def _bridged(found: list[Row], station: StationId, epoch: int, key: SealingKey) -> Iterator[bytes]:
    """Yield the envelopes in *found* in order, and a `Lost` for each number between them."""
    by_seq = {row.seq: row for row in found}
    numbers = sorted(by_seq)
    present = (by_seq[seq] for seq in numbers)
    newest = by_seq[numbers[-1]]
    damaged = chain.damages(present, first=numbers[0], newest=newest.seq, head=newest.hash)
    gaps = [each for each in damaged if each.seq not in by_seq]
    both = [*found, *_lost(gaps, station, epoch, key)]
    yield from (row.envelope for row in sorted(both, key=lambda row: (row.seq, row.hash)))


class _Reading:
    """A journal open for reading; what SQLite cannot read is a `JournalError`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> sqlite3.Connection:
        if not self._path.exists():
            raise JournalError(f"there is no journal at {self._path}")
        self._db = journal_file.connect_reading(self._path)
        try:
            # One moment's picture, however long it takes to read, while the station goes on.
            self._db.execute("BEGIN")
            self._db.execute("SELECT seq FROM journal").fetchone()
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise self._told(error) from error
        return self._db

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self._db.close()
        if isinstance(error, sqlite3.DatabaseError):
            raise self._told(error) from error

    def _told(self, error: sqlite3.DatabaseError) -> JournalError:
        return JournalError(f"{self._path.name} cannot be read: {error}")
