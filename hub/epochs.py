"""Facts that are known to have been on an older memory card, and that have never come."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, and_, bindparam, func, select, update

from circulation.envelopes import GENESIS
from circulation.identifiers import StationId
from hub.database import insert_once
from hub.prepared import Prepared
from hub.tables import fact, lane, station

_OF = fact.c.station == bindparam("of")
_IN = and_(_OF, fact.c.epoch == bindparam("in"))
_SPAN = Prepared(
    select(
        select(func.max(fact.c.epoch)).where(_OF).scalar_subquery().label("newest"),
        select(func.min(fact.c.epoch)).where(_OF).scalar_subquery().label("oldest"),
        select(func.min(lane.c.epoch))
        .where(lane.c.station == bindparam("of"))
        .scalar_subquery()
        .label("oldest_lane"),
        select(station.c.state)
        .where(station.c.id == bindparam("of"))
        .scalar_subquery()
        .label("state"),
    )
)
_LANES = Prepared(
    select(lane).where(lane.c.station == bindparam("of"), lane.c.epoch < bindparam("before"))
)
_NEWEST = Prepared(select(func.max(fact.c.epoch)).where(_OF, fact.c.epoch < bindparam("before")))
_LAST = Prepared(select(func.max(fact.c.seq)).where(_IN))
_COUNT = Prepared(select(func.count(fact.c.seq.distinct())).where(_IN))

_CLAIM = Prepared(
    update(lane)
    .where(lane.c.station == bindparam("of"), lane.c.epoch == bindparam("in"))
    .values(claimed_seq=lane.c.up_to_seq + bindparam("owes"))
)


_STATIONS = select(station.c.id).order_by(station.c.id)
_EPOCH = Prepared(select(func.max(fact.c.epoch)).where(_OF))
_REACHED = Prepared(
    select(lane.c.up_to_seq).where(
        lane.c.station == bindparam("of"), lane.c.epoch == bindparam("in")
    )
)
_BEYOND = Prepared(
    select(func.min(fact.c.received_ms)).where(_IN, fact.c.seq > bindparam("reached"))
)


class Gap(Struct, frozen=True):
    """Facts of a station's newest *epoch* that cannot be folded: *seq* before them is not here."""

    station: StationId
    epoch: int
    seq: int
    since_ms: int
    """When the first of them came."""


def gaps(db: Connection) -> Iterator[Gap]:
    """Yield what waits in the epochs that are not over, of every station."""
    for of in db.scalars(_STATIONS).all():
        epoch = _EPOCH.scalar(db, {"of": of})
        reached = _REACHED.scalar(db, {"of": of, "in": epoch}) or 0
        since_ms = _BEYOND.scalar(db, {"of": of, "in": epoch, "reached": reached})
        if since_ms is not None:
            yield Gap(StationId(of), epoch, reached + 1, since_ms)


class Missing(Struct, frozen=True):
    """How many facts of a station's older *epoch* are missing, as far as anybody can tell."""

    epoch: int
    facts: int


def claim(db: Connection, of: StationId, epoch: int, owed: int) -> None:
    """Keep that *of* says it owes *owed* facts of *epoch* beyond what it knows to be here."""
    said = {"of": of, "in": epoch, "owes": owed}
    if _CLAIM.do(db, said) == 0:
        entry = {"station": of, "epoch": epoch, "up_to_seq": 0, "head": GENESIS, "rank": 0}
        insert_once(db, lane, entry)
        _CLAIM.do(db, said)


def missing(db: Connection, of: StationId) -> list[Missing]:
    """Return what is missing of the epochs of *of* that are over, the oldest first.

    The chain tells of holes before facts that came; of facts after the last that came, only
    the station's own last word does.
    """
    span = _SPAN.first(db, {"of": of})
    newest = max(span.newest or 0, int(span.state["epoch"]) if span.state else 0)
    known = [epoch for epoch in (span.oldest, span.oldest_lane) if epoch is not None]
    if min(known, default=newest) >= newest:
        return []  # on the first memory card still, as nearly every station is
    lanes = {row.epoch: row for row in _LANES.all(db, {"of": of, "before": newest})}
    found = []
    for epoch in sorted(lanes.keys() | set(_with_facts(db, of, newest))):
        gone = _gone(db, of, epoch, lanes.get(epoch))
        if gone > 0:
            found.append(Missing(epoch, gone))
    return found


def _with_facts(db: Connection, of: StationId, before: int) -> Iterator[int]:
    """Yield the epochs before *before* of which there are facts, one step in the index each."""
    while (epoch := _NEWEST.scalar(db, {"of": of, "before": before})) is not None:
        yield epoch
        before = epoch


def _gone(db: Connection, of: StationId, epoch: int, lane_: Any) -> int:
    last = _LAST.scalar(db, {"of": of, "in": epoch}) or 0
    end = max(last, lane_.claimed_seq) if lane_ else last
    if lane_ and end <= lane_.up_to_seq:
        return 0
    return end - (_COUNT.scalar(db, {"of": of, "in": epoch}) or 0)
