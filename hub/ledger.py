"""The ledger: every fact once, by its key; in order by its chain; never judged here."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection, Select, and_, bindparam, func, null, select, update
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

NUMBERS_AT_ONCE = 200
LOOKED_BACK_FIRST = 4
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
_LATE = Prepared(_IN_ORDER.where(fact.c.seq <= bindparam("reached"), fact.c.rank.is_(None)))
_FROM_TO = Prepared(
    _IN_ORDER.where(fact.c.seq >= bindparam("first"), fact.c.seq <= bindparam("last"))
)
_BACK_FROM = Prepared(
    select(fact.c.seq, fact.c.body, fact.c.trusted, fact.c.received_ms)
    .where(_OF, fact.c.seq <= bindparam("last"), fact.c.seq > bindparam("beyond"))
    .order_by(fact.c.seq.desc())
)
_RANK_UNDER = Prepared(select(func.max(fact.c.rank)).where(_OF, fact.c.seq == bindparam("under")))
_LANE = Prepared(
    select(lane).where(lane.c.station == bindparam("of"), lane.c.epoch == bindparam("in"))
)
_ENDS = Prepared(
    select(fact.c.seq).where(_OF, fact.c.kind == "settled", fact.c.asked == bindparam("under"))
)
_KEEP = Prepared(
    update(lane).where(lane.c.station == bindparam("of"), lane.c.epoch == bindparam("in")),
    ("up_to_seq", "head", "rank"),
)
_ITSELF = update(fact).where(
    _OF, fact.c.seq == bindparam("under"), fact.c.hash == bindparam("named")
)
_MOVE = Prepared(_ITSELF.values(rank=bindparam("at_ms"), trusted=bindparam("sure")))
_OWE = Prepared(_ITSELF.values(posted_ms=null()))
_SETTLE = Prepared(_ITSELF.values(item=bindparam("about"), card=bindparam("whose")))


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
    return insert_once(db, fact, _opened(envelopes.address(raw), raw, opener, now_ms))


def enter_all(
    db: Connection, addressed: Iterable[tuple[Envelope, bytes]], opener: Opener, now_ms: int
) -> None:
    """Keep the envelopes, each *addressed* and whole; those here already change nothing."""
    rows = [_opened(envelope, raw, opener, now_ms) for envelope, raw in addressed]
    _ENTER[db.dialect.name].do_all(db, rows)


def _opened(envelope: Envelope, raw: bytes, opener: Opener, now_ms: int) -> dict[str, Any]:
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
    values: dict[str, Any] = {"kind": type(body).__name__.lower(), "body": body}
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
    return values


def _sealed_item(body: Unswitched, opener: Opener) -> str | None:
    try:
        return opener.open(body.key, body.item).decode()
    except (MessageError, UnicodeDecodeError):
        # That a gate was not switched is worth knowing even of a book without a name.
        return None


def is_settled(db: Connection, asked: Envelope) -> bool:
    """Return whether the end of the question in *asked* has come already."""
    return _ENDS.first(db, _names(asked) | {"under": asked.seq}) is not None


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
        problems += [
            Problem("epoch_fork", station, epoch, row.seq)
            for row in rows
            if row is not links[0] and _forks(db, row)
        ]
        new += rows
        before = rows
        at = structs.replace(at, up_to_seq=at.up_to_seq + 1, head=links[0].hash)
    if not new:
        return Entered(at, frozenset(), ())
    new = [_about(db, row) for row in new]
    for row in new:
        problems += _wrong_with(db, row)
    rank, items = _rank(db, at, new, begun)
    at = structs.replace(at, rank=rank)
    _keep(db, at, new=begun == 0)
    return Entered(at, items, tuple(problems), tuple(explained))


def _ahead(db: Connection, at: Lane) -> Iterator[tuple[int, list[Any]]]:
    """Yield what is kept beyond *at*, number by number."""
    first, last = at.up_to_seq + 1, at.up_to_seq + NUMBERS_AT_ONCE
    while rows := _FROM_TO.all(db, _names(at) | {"first": first, "last": last}):
        yield from _by_number(rows)
        if rows[-1].seq < last:
            return
        first, last = last + 1, last + NUMBERS_AT_ONCE


def _by_number(rows: list[Any]) -> Iterator[tuple[int, list[Any]]]:
    for seq, group in groupby(rows, key=attrgetter("seq")):
        yield seq, list(group)


def _follows(row: Any, before: list[Any]) -> bool:
    """Return whether the chain goes on from *before*, all that has the number before, to *row*."""
    if not before:
        return bool(row.prev == GENESIS)
    if any(row.prev == each.hash for each in before):
        return True
    # In the place of what a station could not read stands another envelope, with another hash:
    # it names the one that the chain goes on from. One that this hub cannot open names nothing.
    lost = (each.body["hash"] for each in before if each.kind == LOST)
    return row.prev in lost or any(each.kind == UNREADABLE for each in before)


def _forks(db: Connection, row: Any) -> bool:
    """Return whether *row* is a second fact under its number, and no fact called lost."""
    alone = len(_at(db, row, row.seq)) == 1
    return not alone and row.kind != LOST and not _was_lost(db, row)


def _was_lost(db: Connection, row: Any) -> bool:
    """Return whether *row* is the very fact that a station had to call lost."""
    beside = _at(db, row, row.seq)
    return any(each.kind == LOST and each.body["hash"] == row.hash for each in beside)


def _is_here(db: Connection, lost: Any) -> bool:
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


def _at(db: Connection, of: Any, seq: int) -> list[Any]:
    return _UNDER.all(db, _names(of) | {"under": seq})


def _names(of: Any) -> dict[str, Any]:
    return {"of": of.station, "in": of.epoch}


def _itself(row: Any) -> dict[str, Any]:
    return {"of": row.station, "in": row.epoch, "under": row.seq, "named": row.hash}


def _late(db: Connection, at: Lane) -> list[Any]:
    """Return what came late under a number that the chain has already passed."""
    return _LATE.all(db, _names(at) | {"reached": at.up_to_seq})


def _about(db: Connection, row: Any) -> Any:
    """Return *row* with what it is about: the end of a question is about what was asked."""
    if row.kind == "settled":
        asked = [each for each in _at(db, row, row.asked) if each.kind == "asked"]
        for each in asked[:1]:
            _SETTLE.do(db, _itself(row) | {"about": each.item, "whose": each.card})
            return row._replace(item=each.item, card=each.card)
    return row


def _wrong_with(db: Connection, row: Any) -> list[Problem]:
    if row.kind == UNREADABLE or (row.kind == LOST and not _is_here(db, row)):
        return [Problem(row.kind, row.station, row.epoch, row.seq)]
    if row.kind == UNSWITCHED:
        told = "gate_armed" if row.body["armed"] else "gate_released"
        return [Problem(UNSWITCHED, row.station, row.epoch, row.seq, told, row.item)]
    return []


def _rank(db: Connection, at: Lane, new: list[Any], begun: int) -> tuple[int, frozenset[str]]:
    """Rank the lane with what is *new*; return its newest rank, and the items that are to fold.

    It was whole through *begun* before.
    """
    time_known = any((instant := _instant(row)) is not None and instant.trusted for row in new)
    first = _run_begins(db, at, min(row.seq for row in new), time_known=time_known)
    ahead = new[0].seq > begun
    last = begun if ahead else at.up_to_seq
    # What is new, and all ahead, is not read again.
    rows = _FROM_TO.all(db, _names(at) | {"first": first, "last": last}) if first <= last else []
    by_seq = [group for _, group in _by_number([*rows, *new] if ahead else rows)]
    lane_ = [Timed(group[0].seq, tuple(map(_instant, group))) for group in by_seq]
    before = _RANK_UNDER.scalar(db, _names(at) | {"under": first - 1})
    found = ranks.ranks(lane_, before or 0)
    moved = [
        (row, rank)
        for group, places in zip(by_seq, found, strict=True)
        for row, rank in zip(group, places, strict=True)
        if (row.rank, row.trusted) != (rank.at_ms, rank.trusted)
    ]
    _MOVE.do_all(
        db, (_itself(row) | {"at_ms": rank.at_ms, "sure": rank.trusted} for row, rank in moved)
    )
    # Where a fact has moved in time, the catalogue is to be looked at anew. Without a rank nothing
    # has been posted but questions; of all else the poster may be noting so at this moment.
    posted = (row for row, _ in moved if row.rank is not None or row.kind == "asked")
    _OWE.do_all(db, map(_itself, posted))
    items = frozenset(row.item for row, _ in moved if row.item is not None)
    return max(rank.at_ms for rank in found[-1]), items


def _run_begins(db: Connection, at: Lane, first: int, *, time_known: bool) -> int:
    """Return where to rank from: a boot that now knows the time tells it of what it did before.

    With *time_known* boots before it, too, that never knew it: they were no later.
    """
    boot = None
    for row in _back_from(db, at, first):
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


def _back_from(db: Connection, at: Lane, last: int) -> Iterator[Any]:
    """Yield what the lane has, from number *last* down; nearly always a few are enough."""
    many = LOOKED_BACK_FIRST
    while last > 0:
        yield from _BACK_FROM.all(db, _names(at) | {"last": last, "beyond": last - many})
        last, many = last - many, min(2 * many, NUMBERS_AT_ONCE)


def _instant(row: Any) -> Instant | None:
    if not row.body:
        return None
    at = msgspec.convert(row.body["at"], Instant)
    if at.trusted and at.wall_ms > row.received_ms + AHEAD_MS_MAX:
        # Time services err, and a lane that a whole fleet's lie once held would be held for years.
        return structs.replace(at, trusted=False)
    return at


def _keep(db: Connection, at: Lane, *, new: bool) -> None:
    values = {"up_to_seq": at.up_to_seq, "head": at.head, "rank": at.rank}
    if new:
        insert_once(db, lane, {"station": at.station, "epoch": at.epoch, **values})
    _KEEP.do(db, values | _names(at))
