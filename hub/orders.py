"""What technicians ask of stations: each order once, said until it is answered or over."""

import secrets
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, and_, insert, select, update

from circulation.errors import ConfigError
from circulation.identifiers import StationId
from circulation.messages import ORDER_KINDS, SAID_LETTERS_MAX, SAY, Order, OrderDone
from hub import reissue
from hub.errors import HubError
from hub.fleet import Enrolled
from hub.tables import station, station_order

HOURS_MAX = 72
DEFAULT_MINUTES = 60
AGAIN_MS = 10_000
"""How often an order is said that nobody has answered."""
KEPT_MS = 90 * 86_400_000
SHOWN = 20


class Given(Struct, frozen=True, kw_only=True):
    """One order as it stands."""

    id: str
    station: StationId
    kind: str
    text: str
    by: str
    made_ms: int
    until_ms: int
    done_ms: int | None
    outcome: str
    """Empty until the station has answered."""
    told: str


def give(
    db: Connection, id_: StationId, kind: str, *, text: str, by: str, now_ms: int, until_ms: int
) -> str:
    """Have station *id_* do *kind* until *until_ms* (UTC), and return the order's id.

    A `ConfigError` for a station or a kind that there is not, a `HubError` for one revoked.
    """
    reissue.known(db, id_)
    if db.scalar(select(station.c.revoked_at_ms).where(station.c.id == id_)) is not None:
        raise HubError(f"{id_} is revoked: it is told nothing")
    if kind not in ORDER_KINDS:
        raise ConfigError(f"there is no order {kind!r}; there are {', '.join(ORDER_KINDS)}")
    if (kind == SAY) != bool(text) or len(text) > SAID_LETTERS_MAX:
        raise ConfigError(f"`say` has a text of 1-{SAID_LETTERS_MAX} letters, and nothing else has")
    id_of_order = secrets.token_hex(8)
    made = {"made_ms": now_ms, "until_ms": until_ms, "outcome": "", "told": ""}
    row = {"id": id_of_order, "station": id_, "kind": kind, "text": text, "by": by}
    db.execute(insert(station_order).values(row | made))
    _forget(db, now_ms)
    return id_of_order


def _forget(db: Connection, now_ms: int) -> None:
    db.execute(station_order.delete().where(station_order.c.made_ms < now_ms - KEPT_MS))


def waits(db: Connection, now_ms: int) -> bool:
    """Return whether any order waits for its answer; nothing is written to find out."""
    found = select(station_order.c.id).where(_waits(now_ms)).limit(1)
    return db.scalar(found) is not None


def _waits(now_ms: int) -> ColumnElement[bool]:
    return and_(station_order.c.outcome == "", station_order.c.until_ms >= now_ms)


def due(db: Connection, now_ms: int) -> list[tuple[Enrolled, Order]]:
    """Return what is to be said now to stations that are there, and note that it is."""
    mine = station_order.c
    lately = mine.sent_ms.is_not(None) & (mine.sent_ms > now_ms - AGAIN_MS)
    rows = db.execute(
        select(mine.id, mine.kind, mine.until_ms, mine.text, mine.station, station.c.state)
        .join(station, station.c.id == mine.station)
        .where(_waits(now_ms), ~lately, station.c.revoked_at_ms.is_(None))
        .order_by(mine.made_ms)
    ).all()
    found = [
        (
            reissue.known(db, row.station),
            Order(id=row.id, kind=row.kind, until_ms=row.until_ms, text=row.text),
        )
        for row in rows
        if row.state and row.state["alive"]
    ]
    if found:
        ids = [order.id for _, order in found]
        db.execute(update(station_order).where(mine.id.in_(ids)).values(sent_ms=now_ms))
    return found


def done(db: Connection, by: StationId, told: OrderDone, now_ms: int) -> None:
    """Keep how station *by* says that an order of its own has ended; the first word stands."""
    mine = (station_order.c.id == told.id) & (station_order.c.station == by)
    values = {"outcome": told.outcome, "told": told.told, "done_ms": now_ms}
    db.execute(update(station_order).where(mine, station_order.c.outcome == "").values(values))


def one(db: Connection, id_: str) -> Given:
    """Return the order *id_*."""
    return _given(db.execute(select(station_order).where(station_order.c.id == id_)).one())


def latest(db: Connection, id_: StationId | None = None, most: int = SHOWN) -> list[Given]:
    """Return the latest orders, of station *id_* or of all, the newest first."""
    rows = select(station_order).order_by(station_order.c.made_ms.desc()).limit(most)
    if id_ is not None:
        rows = rows.where(station_order.c.station == id_)
    return [_given(row) for row in db.execute(rows)]


def _given(row: Row[Any]) -> Given:
    told = dict(row._mapping)
    del told["sent_ms"]
    return Given(**told)
