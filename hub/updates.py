"""What stations tell of the updates that they have fetched by themselves."""

import msgspec
from sqlalchemy import Connection, select

from circulation.errors import ForgedError
from circulation.identifiers import StationId
from circulation.signing import unwrap
from circulation.updates import Report, read_report
from hub import fleet
from hub.database import insert_into
from hub.tables import hub_meta, station

_PREFIX = "update/"


def enter_report(db: Connection, frame: bytes) -> Report:
    """Keep the newest report of the station that signed *frame*, and return it.

    Raises `ForgedError` where no station of this hub has signed it, or one that is revoked.
    """
    name = unwrap(frame).by
    partition = db.scalar(select(station.c.partition).where(station.c.id == name))
    if partition is None:
        raise ForgedError(f"no station {name!r} is enrolled")
    report = read_report(frame, fleet.key_of(db, name, partition))
    kept = of(db, report.station)
    # The bundle first: a clock that was wrong once must not keep what came of later ones away.
    if kept is None or (kept.serial, kept.at_ms) <= (report.serial, report.at_ms):
        values = {"name": f"{_PREFIX}{name}", "value": msgspec.json.encode(report).decode()}
        entry = insert_into(db, hub_meta).values(**values)
        db.execute(entry.on_conflict_do_update(index_elements=["name"], set_=values))
    return report


def of(db: Connection, id_: StationId) -> Report | None:
    """Return what station *id_* told last, None before it has told anything."""
    kept = db.scalar(select(hub_meta.c.value).where(hub_meta.c.name == f"{_PREFIX}{id_}"))
    return msgspec.json.decode(kept, type=Report) if kept else None
