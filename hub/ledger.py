"""The ledger: every fact once, by its key; in order by its chain; never judged here."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection, Row, Select, and_, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from circulation import envelopes
from circulation.envelopes import GENESIS, Envelope
from circulation.errors import MessageError
from circulation.facts import Asked, Checkin, Checkout, Fact, Lost, Settled, Unswitched
from circulation.identifiers import StationId
from circulation.instants import Instant
from circulation.sealing import Opener
from hub import ranks
from hub.database import insert_once
from hub.prepared import Prepared
from hub.ranks import Timed
from hub.tables import fact, lane

UNREADABLE = "unreadable"
LOST = "lost"
UNSWITCHED = "unswitched"

ROWS_AT_ONCE = 200
AHEAD_MS_MAX = 86_400_000
"""A clock that shows a later time than its fact has come, by more than that, was wrong."""
_OF = and_(fact.c.station == bindparam("of"), fact.c.epoch == bindparam("in"))
_READ: Select[Any] = select(
    fact.c.station,
    fact.c.epoch,
    fact.c.seq,
    fact.c.hash,
    fact.c.prev,
    fact.c.kind,
    fact.c.item,
    fact.c.card,
    fact.c.asked,
    fact.c.body,
    fact.c.received_ms,
    fact.c.rank,
    fact.c.trusted,
).where(_OF)
"""Without the envelope, which nobody needs who has opened it."""
_IN_ORDER = _READ.order_by(fact.c.seq, fact.c.hash)
_UNDER = Prepared(_IN_ORDER.where(fact.c.seq == bindparam("under")))
_BEYOND = _IN_ORDER.where(fact.c.seq > bindparam("reached")).execution_options(
    yield_per=ROWS_AT_ONCE
)
_LATE = Prepared(_IN_ORDER.where(fact.c.seq <= bindparam("reached"), fact.c.rank.is_(None)))
_FROM_TO = Prepared(
    _IN_ORDER.where(fact.c.seq >= bindparam("first"), fact.c.seq <= bindparam("last"))
)
_BACK_FROM = (
    _READ.where(fact.c.seq <= bindparam("last"))
    .order_by(fact.c.seq.desc())
    .execution_options(yield_per=100)
)
_RANK_UNDER = Prepared(select(func.max(fact.c.rank)).where(_OF, fact.c.seq == bindparam("under")))
_LANE = Prepared(
    select(lane).where(lane.c.station == bindparam("of"), lane.c.epoch == bindparam("in"))
)
_ENDS = select(fact.c.seq).where(_OF, fact.c.kind == "settled", fact.c.asked == bindparam("under"))
_KEEP = update(lane).where(lane.c.station == bindparam("of"), lane.c.epoch == bindparam("in"))
_ITSELF = update(fact).where(
    _OF, fact.c.seq == bindparam("under"), fact.c.hash == bindparam("named")
)
_MOVE = Prepared(_ITSELF.values(rank=bindparam("at_ms"), trusted=bindparam("sure"), posted_ms=None))
_SETTLE = _ITSELF.values(item=bindparam("about"), card=bindparam("whose"))


_COLUMNS = (
    "station",
    "epoch",
    "seq",
    "hash",
    "prev",
    "envelope",
    "received_ms",
    "kind",
    "item",
    "card",
    "asked",
    "outcome",
    "body",
)
_ENTER = {
    "sqlite": Prepared(sqlite.insert(fact).on_conflict_do_nothing(), _COLUMNS),
    "postgresql": Prepared(postgresql.insert(fact).on_conflict_do_nothing(), _COLUMNS),
}


class Lane(Struct, frozen=True):
    """How far one station's epoch is whole: through *up_to_seq*, whose hash is *head*."""

    station: StationId
    epoch: int
    up_to_seq: int
    head: str
    rank: int
    safe_seq: int
    """Through which number it is in a verified backup."""


class Problem(Struct, frozen=True):
    """Something about a fact that a librarian must hear of; not a fact refused."""

    kind: str
    station: StationId
    epoch: int
    seq: int
    told: str = ""
    item: str | None = None


class Entered(Struct, frozen=True):
    """What an entry led to: the lane as it is now, items to fold anew, and problems."""

    lane: Lane
    items: frozenset[str]
    problems: tuple[Problem, ...]
    explained: tuple[Problem, ...] = ()
    """What was named before, and is none any more: a fact thought lost has come after all."""


def enter(db: Connection, raw: bytes, opener: Opener, now_ms: int) -> bool:
    """Keep the envelope *raw*, and return whether it is new; a key, not a check, makes it once."""
    return insert_once(db, fact, _opened(raw, opener, now_ms))


def enter_all(db: Connection, raws: list[bytes], opener: Opener, now_ms: int) -> None:
    """Keep the envelopes *raws*; those that are here already change nothing."""
    _ENTER[db.dialect.name].do_all(db, [_opened(raw, opener, now_ms) for raw in raws])


def _opened(raw: bytes, opener: Opener, now_ms: int) -> dict[str, Any]:
    envelope = envelopes.address(raw)
    values: dict[str, Any] = {
        "station": envelope.station,
        "epoch": envelope.epoch,
        "seq": envelope.seq,
        "hash": envelopes.digest(raw),
        "prev": envelope.prev,
        "envelope": raw,
        "received_ms": now_ms,
        "item": None,
        "card": None,
        "asked": None,
        "outcome": None,
        "body": None,
    }
    try:
        return values | read(envelopes.open_fact(envelope, opener), opener)
    except MessageError:
        # No poison fact blocks a lane: it is kept, acknowledged, and named to a librarian.
        return values | {"kind": UNREADABLE}


def read(body: Fact, opener: Opener) -> dict[str, Any]:
    """Return the columns that are read out of *body*."""
    values: dict[str, Any] = {"body": msgspec.to_builtins(body)}
    match body:
        case Asked() | Checkout():
            values |= {"item": body.item, "card": body.card}
        case Checkin():
            values |= {"item": body.item}
        case Settled():
            values |= {"asked": body.asked, "outcome": body.outcome.value}
        case Unswitched():
            values |= {"item": _sealed_item(body, opener)}
        case Lost():
            pass
    return values | {"kind": type(body).__name__.lower()}


def _sealed_item(body: Unswitched, opener: Opener) -> str | None:
    try:
        return opener.open(body.key, body.item).decode()
    except (MessageError, UnicodeDecodeError):
        # That a gate was not switched is worth knowing even of a book without a name.
        return None


def is_settled(db: Connection, asked: Envelope) -> bool:
    """Return whether the end of the question in *asked* has come already."""
    return db.execute(_ENDS, _names(asked) | {"under": asked.seq}).first() is not None


def lane_of(db: Connection, station: StationId, epoch: int) -> Lane:
    """Return how far *station*'s *epoch* is whole; from nothing where it is new."""
    row = _LANE.first(db, {"of": station, "in": epoch})
    if row is None:
        return Lane(station, epoch, 0, GENESIS, 0, 0)
    return Lane(station, epoch, row.up_to_seq, row.head, row.rank, row.safe_seq)


def advance(db: Connection, station: StationId, epoch: int) -> Entered:
    """Carry the lane on along its chain as far as it reaches, and rank what it reached."""
    at = lane_of(db, station, epoch)
    begun, new = at.up_to_seq, _late(db, at)
    explained = [Problem(LOST, station, epoch, row.seq) for row in new if _was_lost(db, row)]
    problems = [Problem("epoch_fork", station, epoch, row.seq) for row in new if _forks(db, row)]
    before = _at(db, at, begun)
    for seq, rows in _ahead(db, at):
        links = [row for row in rows if _follows(row, before)]
        if seq != at.up_to_seq + 1 or not links:
            break
        others = (row for row in rows if row is not links[0])
        problems += [
            Problem("epoch_fork", station, epoch, row.seq) for row in others if _forks(db, row)
        ]
        new += rows
        before = rows
        at = structs.replace(at, up_to_seq=at.up_to_seq + 1, head=links[0].hash)
    if not new:
        return Entered(at, frozenset(), ())
    for row in new:
        problems += _take(db, row)
    rank, items = _rank(db, at, new)
    at = structs.replace(at, rank=rank)
    _keep(db, at, new=begun == 0)
    return Entered(at, items, tuple(problems), tuple(explained))


def _ahead(db: Connection, at: Lane) -> Iterator[tuple[int, list[Row[Any]]]]:
    """Yield what is kept beyond *at*, number by number."""
    # Whoever stops in the midst of it must not leave PostgreSQL's cursor open.
    with db.execute(_BEYOND, _names(at) | {"reached": at.up_to_seq}) as rows:
        for seq, group in groupby(rows, key=lambda row: int(row.seq)):
            yield seq, list(group)


def _follows(row: Row[Any], before: list[Row[Any]]) -> bool:
    """Return whether the chain goes on from *before*, all that has the number before, to *row*."""
    if not before:
        return bool(row.prev == GENESIS)
    heads = {each.hash for each in before}
    # In the place of what a station could not read stands another envelope, with another hash:
    # it names the one that the chain goes on from. One that this hub cannot open names nothing.
    heads |= {each.body["hash"] for each in before if each.kind == LOST}
    return row.prev in heads or any(each.kind == UNREADABLE for each in before)


def _forks(db: Connection, row: Row[Any]) -> bool:
    """Return whether *row* is a second fact under its number, and no fact called lost."""
    alone = len(_at(db, row, row.seq)) == 1
    return not alone and row.kind != LOST and not _was_lost(db, row)


def _was_lost(db: Connection, row: Row[Any]) -> bool:
    """Return whether *row* is the very fact that a station had to call lost."""
    beside = _at(db, row, row.seq)
    return any(each.kind == LOST and each.body["hash"] == row.hash for each in beside)


def _is_here(db: Connection, lost: Row[Any]) -> bool:
    """Return whether the fact in whose place *lost* stands has come all the same."""
    named = lost.body["hash"]
    beside = _at(db, lost, lost.seq)
    return any(each.kind != LOST and named in ("", each.hash) for each in beside)


def as_seen_by(db: Connection, at: Lane, first: int, raws: list[bytes]) -> Lane:
    """Return the lane *at* as the sender of *raws* can check it: two clones have two chains."""
    last = min(at.up_to_seq, first + len(raws) - 1)
    if last < first or len(_at(db, at, last)) == 1:
        return at
    return structs.replace(at, up_to_seq=last, head=envelopes.digest(raws[last - first]))


def _at(db: Connection, of: Lane | Row[Any], seq: int) -> list[Row[Any]]:
    return _UNDER.all(db, _names(of) | {"under": seq})


def _names(of: Lane | Envelope | Row[Any]) -> dict[str, Any]:
    return {"of": of.station, "in": of.epoch}


def _late(db: Connection, at: Lane) -> list[Row[Any]]:
    """Return what came late under a number that the chain has already passed."""
    return _LATE.all(db, _names(at) | {"reached": at.up_to_seq})


def _take(db: Connection, row: Row[Any]) -> list[Problem]:
    """Note what *row* is about, and return what is wrong with it."""
    if row.kind == "settled":
        asked = [each for each in _at(db, row, row.asked) if each.kind == "asked"]
        for each in asked[:1]:
            itself = _names(row) | {"under": row.seq, "named": row.hash}
            db.execute(_SETTLE, itself | {"about": each.item, "whose": each.card})
    if row.kind == UNREADABLE or (row.kind == LOST and not _is_here(db, row)):
        return [Problem(row.kind, row.station, row.epoch, row.seq)]
    if row.kind == UNSWITCHED:
        told = "gate_armed" if row.body["armed"] else "gate_released"
        return [Problem(UNSWITCHED, row.station, row.epoch, row.seq, told, row.item)]
    return []


def _rank(db: Connection, at: Lane, new: list[Row[Any]]) -> tuple[int, frozenset[str]]:
    """Rank the lane with what is *new*; return its newest rank, and the items that are to fold."""
    time_known = any((instant := _instant(row)) is not None and instant.trusted for row in new)
    first = _run_begins(db, at, min(row.seq for row in new), time_known=time_known)
    rows = _FROM_TO.all(db, _names(at) | {"first": first, "last": at.up_to_seq})
    by_seq = [list(group) for _, group in groupby(rows, key=lambda row: row.seq)]
    lane_ = [Timed(group[0].seq, tuple(map(_instant, group))) for group in by_seq]
    before = _RANK_UNDER.scalar(db, _names(at) | {"under": first - 1})
    found = ranks.ranks(lane_, before or 0)
    items, moved = set(), []
    for group, places in zip(by_seq, found, strict=True):
        for row, rank in zip(group, places, strict=True):
            if (row.rank, row.trusted) != (rank.at_ms, rank.trusted):
                # Where a fact has moved in time, the catalogue is to be looked at anew.
                moved.append(
                    {
                        "of": row.station,
                        "in": row.epoch,
                        "under": row.seq,
                        "named": row.hash,
                        "at_ms": rank.at_ms,
                        "sure": rank.trusted,
                    }
                )
                items |= {row.item} - {None}
    if moved:
        _MOVE.do_all(db, moved)
    return max(rank.at_ms for rank in found[-1]), frozenset(items)


def _run_begins(db: Connection, at: Lane, first: int, *, time_known: bool) -> int:
    """Return where to rank from: a boot that now knows the time tells it of what it did before.

    With *time_known* boots before it, too, that never knew it: they were no later.
    """
    boot = None
    with db.execute(_BACK_FROM, _names(at) | {"last": first}) as rows:
        for row in rows:
            instant = _instant(row)
            if instant is None:
                continue
            boot = boot or instant.boot
            if row.seq < first and instant.boot != boot and (row.trusted or not time_known):
                return first
            first = min(first, row.seq)
            if row.trusted and instant.trusted:
                return first
    return first


def _instant(row: Row[Any]) -> Instant | None:
    if not row.body:
        return None
    at = msgspec.convert(row.body["at"], Instant)
    # Time services err, and a lane that a whole fleet's lie once held would be held for years.
    believed = at.trusted and at.wall_ms <= row.received_ms + AHEAD_MS_MAX
    return structs.replace(at, trusted=believed)


def _keep(db: Connection, at: Lane, *, new: bool) -> None:
    values = {"up_to_seq": at.up_to_seq, "head": at.head, "rank": at.rank}
    if new:
        insert_once(db, lane, {"station": at.station, "epoch": at.epoch, **values})
    db.execute(_KEEP, values | _names(at))
