"""A whole file of records becomes titles, and nothing is lost without being named."""

import hashlib
import sqlite3
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Engine, delete, select

from circulation.phrases.titles import shelf_title
from hub.catalogue import fields, tables
from hub.catalogue.marc import BrokenRecord, PassedRecord, Record, kind_of, read_records
from hub.catalogue.upsert import enter_or_replace

BATCH_RECORDS = 500
STEP_RECORDS = 20


class ImportReport(Struct, frozen=True, kw_only=True):
    """What came of a file: *read* records, of which *titles* have a row of their own now."""

    read: int
    titles: int
    repeated: dict[str, list[int]]
    """Control numbers that several records share, with those records' numbers; the last stands."""
    broken: list[BrokenRecord]
    resumed: int = 0
    """How many records had gone in before, when this file was stopped in the middle."""


def import_file(
    engine: Engine, path: Path, progress: Callable[[int], None] = lambda _read: None
) -> ImportReport:
    """Enter every whole record of *path*; tell *progress* how many are read, now and then.

    Stopped in the middle, it goes on from its last batch when the same file comes again.
    """
    broken: list[BrokenRecord] = []
    with path.open("rb") as file, closing(_Numbers()) as numbers:
        run = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        read, resumed = 0, _done_before(engine, run)
        records = read_records(file, kind_of(file.peek(64)[:64]), passed=resumed)
        with closing(_one_ahead(_batches(records))) as batches:
            for batch in batches:
                read += batch.read
                broken += batch.broken
                numbers.add(batch.numbers)
                if read > resumed:
                    _enter(engine, list(batch.rows.values()), run, read)
                progress(read)
        titles, repeated = numbers.told()
    with engine.begin() as db:
        db.execute(delete(tables.import_run).where(tables.import_run.c.file == run))
    return ImportReport(read=read, titles=titles, repeated=repeated, broken=broken, resumed=resumed)


class _Batch:
    """What some records that follow one another come to, ready for the database."""

    def __init__(self, records: Iterable[Record | BrokenRecord | PassedRecord]) -> None:
        self.read = 0
        self.broken: list[BrokenRecord] = []
        self.numbers: list[tuple[str, int]] = []
        self.rows: dict[str, dict[str, Any]] = {}
        """By control number; the last stands: a later record corrects an earlier one."""
        records = iter(records)
        while few := list(islice(records, STEP_RECORDS)):
            self._add(few)

    def _add(self, records: list[Record | BrokenRecord | PassedRecord]) -> None:
        self.read += len(records)
        self.broken += [each for each in records if isinstance(each, BrokenRecord)]
        known = [each for each in records if not isinstance(each, BrokenRecord)]
        self.numbers += [
            (each.control_number, each.number) for each in known if each.control_number
        ]
        rows = _rows([each for each in known if isinstance(each, Record)])
        self.rows |= {row["control_number"]: row for row in rows}


def _batches(records: Iterator[Record | BrokenRecord | PassedRecord]) -> Iterator[_Batch]:
    while (batch := _Batch(islice(records, BATCH_RECORDS))).read:
        yield batch


def _one_ahead(batches: Iterator[_Batch]) -> Generator[_Batch, None, None]:
    """Yield *batches*, the next of which is made on another thread meanwhile.

    SQLite writes, and waits for the disk, without Python: both are under way at once.
    """
    with ThreadPoolExecutor(1, "records") as reading:
        coming = reading.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = reading.submit(next, batches, None)
            yield batch


def _done_before(engine: Engine, run: str) -> int:
    kept = tables.import_run.c
    with engine.connect() as db:
        return db.scalar(select(kept.records).where(kept.file == run)) or 0


def _enter(engine: Engine, rows: list[dict[str, Any]], run: str, read: int) -> None:
    with engine.begin() as db:
        enter_or_replace(db, tables.title, "control_number", rows)
        enter_or_replace(db, tables.import_run, "file", [{"file": run, "records": read}])


def _rows(records: list[Record]) -> Iterator[dict[str, Any]]:
    # One step with all of them and then the next: a processor keeps no more than one at hand.
    known = [fields.Fields(record.fields) for record in records]
    words = [fields.sought(each) for each in known]
    told = [fields.marc_fields(each) for each in known]
    spoken = [shelf_title(each) for each in told]
    about = [fields.subjects(each) for each in known]
    for record, of, sought, title, subjects in zip(
        records, known, words, spoken, about, strict=True
    ):
        yield {
            "control_number": record.control_number,
            "marc": record.raw,
            "shelf_title": msgspec.to_builtins(title) | {"id": record.control_number},
            "sought_title": sought.title,
            "sought_author": sought.author,
            "sought_subject": sought.subject,
            "subjects": subjects,
            "audience": fields.audience(of),
        }


class _Numbers:
    """Which control number stands in which record, on disk: a file may have millions of them."""

    def __init__(self) -> None:
        # A database without a name is a file that nobody else sees, gone when it is closed.
        self._db = sqlite3.connect("")
        self._db.execute("CREATE TABLE told (control TEXT, number INTEGER)")

    def close(self) -> None:
        self._db.close()

    def add(self, numbers: list[tuple[str, int]]) -> None:
        self._db.executemany("INSERT INTO told VALUES (?, ?)", numbers)

    def told(self) -> tuple[int, dict[str, list[int]]]:
        """Return how many numbers there are, and which several records share."""
        several = self._db.execute(
            "SELECT control, number FROM told WHERE control IN "
            "(SELECT control FROM told GROUP BY control HAVING count(*) > 1) ORDER BY number"
        )
        repeated: dict[str, list[int]] = {}
        for control, number in several:
            repeated.setdefault(control, []).append(number)
        (many,) = self._db.execute("SELECT count(DISTINCT control) FROM told").fetchone()
        return many, repeated
