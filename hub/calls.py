"""Somebody at a station wants help: until staff say that they come."""

from msgspec import Struct
from sqlalchemy import BigInteger, Column, Connection, String, Table, delete, select

from circulation.identifiers import StationId
from hub.database import METADATA, insert_once

CALL_MS_MAX = 30 * 60_000
"""How long somebody may be thought to wait."""

staff_call = Table(
    "staff_call",
    METADATA,
    Column("station", String, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
)


class Call(Struct, frozen=True):
    """At *station* somebody has asked for help since *at_ms*."""

    station: StationId
    at_ms: int


def make(db: Connection, station: StationId, at_ms: int) -> None:
    """Let *station* call; calling again is the same call, begun anew."""
    end(db, station)
    insert_once(db, staff_call, {"station": station, "at_ms": at_ms})


def waiting(db: Connection, now_ms: int) -> list[Call]:
    """Return who waits, the longest first."""
    call = staff_call.c
    rows = db.execute(select(staff_call).where(call.at_ms > now_ms - CALL_MS_MAX))
    return sorted(
        (Call(StationId(row.station), row.at_ms) for row in rows),
        key=lambda each: (each.at_ms, each.station),
    )


def end(db: Connection, station: StationId) -> None:
    """Let the call of *station* be over: somebody comes."""
    db.execute(delete(staff_call).where(staff_call.c.station == station))
