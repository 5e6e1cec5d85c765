"""The ledger: every fact once, by its key; in order by its chain; never judged here."""

from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, and_, select, update

from circulation import envelopes
from circulation.envelopes import GENESIS, Envelope
from circulation.errors import MessageError
from circulation.facts import Asked, Checkin, Checkout, Fact, Lost, Settled
from circulation.identifiers import StationId
from circulation.sealing import Opener
from hub.database import insert_once
from hub.tables import fact, lane

UNREADABLE = "unreadable"
LOST = "lost"


class Lane(Struct, frozen=True):
    """How far one station's epoch is whole: through *up_to_seq*, whose hash is *head*."""

    station: StationId
    epoch: int
    up_to_seq: int
    head: str
    rank: int


class Problem(Struct, frozen=True):
    """Something about a fact that a librarian must hear of; not a fact refused."""

    kind: str
    station: StationId
    epoch: int
    seq: int
    told: str = ""


class Entered(Struct, frozen=True):
    """What an entry led to: the lane as it is now, items to fold anew, and problems."""

    lane: Lane
    items: frozenset[str]
    problems: tuple[Problem, ...]
    explained: tuple[Problem, ...] = ()
    """What was named before, and is none any more: a fact thought lost has come after all."""


def enter(db: Connection, raw: bytes, opener: Opener, now_ms: int) -> bool:
    """Keep the envelope *raw*, and return whether it is new; a key, not a check, makes it once."""
    envelope = envelopes.address(raw)
    values: dict[str, Any] = {
        "station": envelope.station,
        "epoch": envelope.epoch,
        "seq": envelope.seq,
        "hash": envelopes.digest(raw),
        "prev": envelope.prev,
        "envelope": raw,
        "received_ms": now_ms,
    }
    try:
        body = envelopes.open_fact(envelope, opener)
        values |= _read(body)
    except MessageError:
        # No poison fact blocks a lane: it is kept, acknowledged, and named to a librarian.
        values |= {"kind": UNREADABLE}
    return insert_once(db, fact, values)


def _read(body: Fact) -> dict[str, Any]:
    values: dict[str, Any] = {"body": msgspec.to_builtins(body)}
    match body:
        case Asked() | Checkout():
            values |= {"item": body.item, "card": body.card}
        case Checkin():
            values |= {"item": body.item}
        case Settled():
            values |= {"asked": body.asked, "outcome": body.outcome.value}
        case Lost():
            pass
    return values | {"kind": type(body).__name__.lower()}


def is_settled(db: Connection, asked: Envelope) -> bool:
    """Return whether the end of the question in *asked* has come already."""
    here = and_(fact.c.station == asked.station, fact.c.epoch == asked.epoch)
    ends = select(fact.c.seq).where(here, fact.c.kind == "settled", fact.c.asked == asked.seq)
    return db.execute(ends).first() is not None


def lane_of(db: Connection, station: StationId, epoch: int) -> Lane:
    """Return how far *station*'s *epoch* is whole; from nothing where it is new."""
    row = db.execute(
        select(lane).where(lane.c.station == station, lane.c.epoch == epoch)
    ).one_or_none()
    if row is None:
        return Lane(station, epoch, 0, GENESIS, 0)
    return Lane(station, epoch, row.up_to_seq, row.head, row.rank)


def advance(db: Connection, station: StationId, epoch: int) -> Entered:
    """Carry the lane on along its chain as far as it reaches, and rank what it reached."""
    at = lane_of(db, station, epoch)
    begun = at.up_to_seq
    items: set[str] = set()
    problems, explained = _late(db, at, items)
    while rows := _at(db, station, epoch, at.up_to_seq + 1):
        links = _links(db, at, rows)
        if not links:
            break
        rank = max(at.rank, *(_time(row, at.rank) for row in links))
        for row in rows:
            problems += _take(db, row, rank, items)
        at = Lane(station, epoch, at.up_to_seq + 1, links[0].hash, rank)
    if at.up_to_seq > begun:
        _keep(db, at, new=begun == 0)
    return Entered(at, frozenset(items), tuple(problems), tuple(explained))


def _links(db: Connection, at: Lane, rows: list[Row[Any]]) -> list[Row[Any]]:
    """Return those of *rows* that the chain goes on with."""
    if links := [row for row in rows if row.prev == at.head]:
        return links
    # In the place of what a station could not read stands another envelope, with another hash:
    # it names the one that the chain goes on from. One that this hub cannot open names nothing.
    for before in _at(db, at.station, at.epoch, at.up_to_seq):
        if before.hash == at.head and before.kind == UNREADABLE:
            return rows
        if before.hash == at.head and before.kind == LOST:
            return [row for row in rows if row.prev == before.body["hash"]]
    return []


def _at(db: Connection, station: str, epoch: int, seq: int) -> list[Row[Any]]:
    here = and_(fact.c.station == station, fact.c.epoch == epoch, fact.c.seq == seq)
    return list(db.execute(select(fact).where(here).order_by(fact.c.hash)))


def _late(db: Connection, at: Lane, items: set[str]) -> tuple[list[Problem], list[Problem]]:
    """Take in what came late under a number that the chain has already passed."""
    late = select(fact).where(
        fact.c.station == at.station,
        fact.c.epoch == at.epoch,
        fact.c.seq <= at.up_to_seq,
        fact.c.rank.is_(None),
    )
    problems: list[Problem] = []
    explained: list[Problem] = []
    for row in db.execute(late.order_by(fact.c.seq, fact.c.hash)).all():
        if _was_lost(db, row):
            explained.append(Problem(LOST, at.station, at.epoch, row.seq))
        elif row.kind != LOST:
            problems.append(Problem("epoch_fork", at.station, at.epoch, row.seq))
        problems += _take(db, row, _time(row, at.rank), items)
    return problems, explained


def _was_lost(db: Connection, row: Row[Any]) -> bool:
    """Return whether *row* is the very fact that a station had to call lost."""
    beside = _at(db, row.station, row.epoch, row.seq)
    return any(each.kind == LOST and each.body["hash"] == row.hash for each in beside)


def _is_here(db: Connection, lost: Row[Any]) -> bool:
    """Return whether the fact in whose place *lost* stands has come all the same."""
    beside = _at(db, lost.station, lost.epoch, lost.seq)
    named = lost.body["hash"]
    return any(each.kind != LOST and named in ("", each.hash) for each in beside)


def _take(db: Connection, row: Row[Any], rank: int, items: set[str]) -> list[Problem]:
    """Give *row* its rank, note its item, and return what is wrong with it."""
    item, card = row.item, row.card
    if row.kind == "settled":
        asked = _at(db, row.station, row.epoch, row.asked)
        for each in [each for each in asked if each.kind == "asked"][:1]:
            item, card = each.item, each.card
    here = and_(
        fact.c.station == row.station,
        fact.c.epoch == row.epoch,
        fact.c.seq == row.seq,
        fact.c.hash == row.hash,
    )
    db.execute(update(fact).where(here).values(rank=rank, item=item, card=card))
    if item is not None:
        items.add(item)
    if row.kind == UNREADABLE or (row.kind == LOST and not _is_here(db, row)):
        return [Problem(row.kind, row.station, row.epoch, row.seq)]
    return []


def _time(row: Row[Any], before: int) -> int:
    """Return when *row* happened as far as it can be told; an untrusted clock is not asked."""
    at = (row.body or {}).get("at", {})
    if at.get("trusted") or not before:
        return int(at.get("wall_ms", before))
    return before


def _keep(db: Connection, at: Lane, *, new: bool) -> None:
    values = {"up_to_seq": at.up_to_seq, "head": at.head, "rank": at.rank}
    if new:
        insert_once(db, lane, {"station": at.station, "epoch": at.epoch, **values})
    here = and_(lane.c.station == at.station, lane.c.epoch == at.epoch)
    db.execute(update(lane).where(here).values(values))
