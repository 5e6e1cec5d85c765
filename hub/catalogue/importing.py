"""A whole file of records becomes titles, and nothing is lost without being named."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Engine

from circulation.phrases.titles import shelf_title
from hub.catalogue import fields, tables
from hub.catalogue.marc import BrokenRecord, Record, kind_of, read_records
from hub.catalogue.upsert import enter_or_replace

BATCH_RECORDS = 500


class ImportReport(Struct, frozen=True, kw_only=True):
    """What came of a file: *read* records, of which *titles* have a row of their own now."""

    read: int
    titles: int
    repeated: dict[str, list[int]]
    """Control numbers that several records share, with those records' numbers; the last stands."""
    broken: list[BrokenRecord]


def import_file(
    engine: Engine, path: Path, progress: Callable[[int], None] = lambda _read: None
) -> ImportReport:
    """Enter every whole record of *path*; tell *progress* how many are read, now and then."""
    read = 0
    numbers: dict[str, list[int]] = {}
    broken: list[BrokenRecord] = []
    with path.open("rb") as file:
        kind = kind_of(file.peek(64)[:64])
        records = read_records(file, kind)
        while batch := list(islice(records, BATCH_RECORDS)):
            whole = [record for record in batch if isinstance(record, Record)]
            broken += [record for record in batch if isinstance(record, BrokenRecord)]
            for record in whole:
                numbers.setdefault(record.control_number, []).append(record.number)
            with engine.begin() as db:
                enter_or_replace(db, tables.title, "control_number", list(_rows(whole)))
            read += len(batch)
            progress(read)
    repeated = {control: found for control, found in numbers.items() if len(found) > 1}
    return ImportReport(read=read, titles=len(numbers), repeated=repeated, broken=broken)


def _rows(records: list[Record]) -> Iterator[dict[str, Any]]:
    # The last of a control number stands: a later record is a correction of an earlier one.
    for record in {record.control_number: record for record in records}.values():
        words = fields.sought(record.fields)
        spoken = shelf_title(fields.marc_fields(record.fields))
        yield {
            "control_number": record.control_number,
            "marc": record.raw,
            "shelf_title": msgspec.to_builtins(spoken) | {"id": record.control_number},
            "sought_title": words.title,
            "sought_author": words.author,
            "sought_subject": words.subject,
            "subjects": fields.subjects(record.fields),
            "audience": fields.audience(record.fields),
        }
