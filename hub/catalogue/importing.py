"""A whole file of records becomes titles, and nothing is lost without being named."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
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
        while batch := list(islice(records, BATCH_RECORDS)):
            read += len(batch)
            broken += [record for record in batch if isinstance(record, BrokenRecord)]
            numbers.add(batch)
            if read > resumed:
                _enter(engine, batch, run, read)
            progress(read)
        titles, repeated = numbers.told()
    with engine.begin() as db:
        db.execute(delete(tables.import_run).where(tables.import_run.c.file == run))
    return ImportReport(read=read, titles=titles, repeated=repeated, broken=broken, resumed=resumed)


def _done_before(engine: Engine, run: str) -> int:
    kept = tables.import_run.c
    with engine.connect() as db:
        return db.scalar(select(kept.records).where(kept.file == run)) or 0


def _enter(engine: Engine, batch: list[Any], run: str, read: int) -> None:
    whole = [record for record in batch if isinstance(record, Record)]
    with engine.begin() as db:
        enter_or_replace(db, tables.title, "control_number", list(_rows(whole)))
        enter_or_replace(db, tables.import_run, "file", [{"file": run, "records": read}])


def _rows(records: list[Record]) -> Iterator[dict[str, Any]]:
    # The last of a control number stands: a later record is a correction of an earlier one.
    for record in {record.control_number: record for record in records}.values():
        known = fields.Fields(record.fields)
        words = fields.sought(known)
        spoken = shelf_title(fields.marc_fields(known))
        yield {
            "control_number": record.control_number,
            "marc": record.raw,
            "shelf_title": msgspec.to_builtins(spoken) | {"id": record.control_number},
            "sought_title": words.title,
            "sought_author": words.author,
            "sought_subject": words.subject,
            "subjects": fields.subjects(known),
            "audience": fields.audience(known),
        }


class _Numbers:
    """Which control number stands in which record, on disk: a file may have millions of them."""

    def __init__(self) -> None:
        # A database without a name is a file that nobody else sees, gone when it is closed.
        self._db = sqlite3.connect("")
        self._db.execute("CREATE TABLE told (control TEXT, number INTEGER)")

    def close(self) -> None:
        self._db.close()

    def add(self, batch: list[Any]) -> None:
        rows = [
            (record.control_number, record.number)
            for record in batch
            if isinstance(record, Record | PassedRecord) and record.control_number
        ]
        self._db.executemany("INSERT INTO told VALUES (?, ?)", rows)

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
