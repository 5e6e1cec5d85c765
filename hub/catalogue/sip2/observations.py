"""The hub's own notes of a library system: how each copy was found, and what that implies."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, and_, delete, exists, func, insert, or_, select, update

from circulation.identifiers import ItemId, PatronId
from hub.catalogue.port import FORGOTTEN, CatalogueEvent, Change
from hub.catalogue.region_days import local_day
from hub.catalogue.sip2.inferring import Begun, Known, Seen
from hub.catalogue.sip2.tables import begun_call, seen_copy, seen_event
from hub.catalogue.upsert import enter_or_replace
from hub.database import insert_into, insert_once

DOUBT_MS = 15 * 60_000
"""How long a write without an answer may still be made; then it is taken for not made."""
ROUND_MS = 6 * 3_600_000
"""How often to look at what is out: staff take back, too."""
ROUND_ITEMS_MAX = 10
_AGAIN_MS = 20_000
_WISH = "wish/"


def wish(item: ItemId, at_ms: int) -> str:
    """Return the name of a patron's own wish at the site: one a day for each copy."""
    return f"{_WISH}{item}/{local_day(at_ms)}"


def known(db: Connection, item: ItemId) -> Known | None:
    """Return how *item* was when it was last looked at, None where nobody has."""
    row = db.execute(select(seen_copy).where(seen_copy.c.item == item)).one_or_none()
    return msgspec.convert(row, Known, from_attributes=True) if row else None


def every_known(db: Connection) -> dict[ItemId, Known]:
    """Return how each copy was when it was last looked at."""
    rows = db.execute(select(seen_copy))
    return {ItemId(row.item): Known(row.holder, row.due, row.seen_ms) for row in rows}


def keep(
    db: Connection, item: ItemId, *, holder: PatronId | None, due: date | None, seen_ms: int
) -> None:
    """Keep how *item* was found."""
    values = {"item": item, "holder": holder, "due": due, "seen_ms": seen_ms}
    entry = insert_into(db, seen_copy).values(**values)
    db.execute(entry.on_conflict_do_update(index_elements=["item"], set_=values))


def keep_all(db: Connection, found: Mapping[ItemId, Known]) -> None:
    """Keep how each of many copies was found."""
    rows = [
        {"item": item, "holder": each.holder, "due": each.due, "seen_ms": each.seen_ms}
        for item, each in found.items()
    ]
    enter_or_replace(db, seen_copy, "item", rows)


def enter(db: Connection, item: ItemId, changes: Iterable[Seen]) -> None:
    """Add *changes* to the log; what the hub had begun and is now known is begun no more."""
    enter_all(db, [(item, each) for each in changes])


def enter_all(db: Connection, changes: Iterable[tuple[ItemId, Seen]]) -> None:
    """Add what has happened to each of many copies to the log, as `enter` does."""
    told = list(changes)
    rows = [
        {
            "change": each.change.value,
            "item": item,
            "patron": each.patron,
            "due": each.due,
            "at_ms": each.at_ms,
            "posting": each.posting,
            "inferred": each.inferred,
        }
        for item, each in told
    ]
    if rows:
        db.execute(insert(seen_event), rows)
    for _, each in told:
        if each.posting is not None:
            end(db, each.posting, each.change)


def name_holder(db: Connection, item: ItemId, patron: PatronId) -> None:
    """Put *patron* into the newest loan of *item*, of which nobody had known whose it was."""
    loans = and_(seen_event.c.item == item, seen_event.c.change == Change.LENT.value)
    newest = select(func.max(seen_event.c.version)).where(loans).scalar_subquery()
    db.execute(update(seen_event).where(seen_event.c.version == newest).values(patron=patron))


def begin(db: Connection, item: ItemId, call: Begun, now_ms: int) -> None:
    """Keep that *call* is about to be sent."""
    values = {
        "posting": call.posting,
        "change": call.change.value,
        "item": item,
        "patron": call.patron,
        "at_ms": call.at_ms,
        "begun_ms": now_ms,
    }
    insert_once(db, begun_call, values)


def end(db: Connection, posting: str, change: Change) -> None:
    """Forget the call: what became of it is known."""
    this = and_(begun_call.c.posting == posting, begun_call.c.change == change.value)
    db.execute(delete(begun_call).where(this))


def begun(db: Connection, item: ItemId) -> list[Begun]:
    """Return the writes to *item* of which it is not known whether they were made."""
    rows = db.execute(select(begun_call).where(begun_call.c.item == item))
    return [msgspec.convert(row, Begun, from_attributes=True) for row in rows]


def in_doubt(db: Connection) -> set[ItemId]:
    """Return the copies to which the hub has begun something, and does not know whether it was."""
    return {ItemId(item) for item in db.scalars(select(begun_call.c.item))}


def done(db: Connection, posting: str, change: Change) -> CatalogueEvent | None:
    """Return what became of the write *posting*, None where nothing has."""
    mine = and_(seen_event.c.posting == posting, seen_event.c.change == change.value)
    row = db.execute(select(seen_event).where(mine).limit(1)).one_or_none()
    return _event(row) if row else None


def log(db: Connection, item: ItemId) -> list[CatalogueEvent]:
    """Return what has happened to *item* so far as is known, oldest first."""
    here = select(seen_event).where(seen_event.c.item == item).order_by(seen_event.c.version)
    return [_event(row) for row in db.execute(here)]


def version(db: Connection, item: ItemId | None = None) -> int:
    """Return the number of the newest entry of the log, or of that on *item*."""
    newest = select(func.max(seen_event.c.version))
    if item is not None:
        newest = newest.where(seen_event.c.item == item)
    return db.scalar(newest) or 0


def changed(db: Connection, since: int) -> list[ItemId]:
    """Return the items that others have changed after version *since*."""
    not_ours = or_(seen_event.c.posting.is_(None), seen_event.c.posting.startswith(_WISH))
    theirs = and_(seen_event.c.version > since, not_ours)
    items = select(seen_event.c.item).where(theirs).distinct().order_by(seen_event.c.item)
    return [ItemId(item) for item in db.scalars(items)]


def to_look_at(db: Connection, now_ms: int) -> list[ItemId]:
    """Return what to look at again: what is in doubt, and a few of those long out."""
    db.execute(delete(begun_call).where(begun_call.c.begun_ms < now_ms - DOUBT_MS))
    again = seen_copy.c.seen_ms < now_ms - _AGAIN_MS
    doubtful = select(begun_call.c.item).outerjoin(seen_copy, seen_copy.c.item == begun_call.c.item)
    out = and_(seen_copy.c.holder.is_not(None), seen_copy.c.seen_ms < now_ms - ROUND_MS)
    round_ = select(seen_copy.c.item).where(out).order_by(seen_copy.c.seen_ms)
    doubtful = doubtful.where(again | seen_copy.c.item.is_(None)).distinct()
    found = [
        *db.scalars(doubtful.order_by(begun_call.c.item)),
        *db.scalars(round_.limit(ROUND_ITEMS_MAX)),
    ]
    return [ItemId(item) for item in dict.fromkeys(found)]


def named(db: Connection, before_ms: int) -> list[ItemId]:
    """Return the items in whose log is somebody, since before *before_ms*, who has it no more."""
    event, has_it = seen_event.c, seen_copy.c
    now = and_(has_it.item == event.item, has_it.holder == event.patron)
    somebody = and_(event.patron.is_not(None), ~event.patron.startswith(FORGOTTEN))
    old = select(event.item).where(somebody, event.at_ms < before_ms, ~exists().where(now))
    return [ItemId(item) for item in db.scalars(old.distinct().order_by(event.item))]


def marked(db: Connection) -> list[ItemId]:
    """Return the items in whose log somebody stands by a token."""
    event = seen_event.c
    tokens = select(event.item).where(event.patron.is_not(None), event.patron.startswith(FORGOTTEN))
    return [ItemId(item) for item in db.scalars(tokens.distinct().order_by(event.item))]


def forget(
    db: Connection, item: ItemId, keep: PatronId | None, name: Callable[[PatronId], str]
) -> None:
    """Put *name* in the place of everybody in *item*'s log but the one to *keep*."""
    here = and_(seen_event.c.item == item, seen_event.c.patron.is_not(None))
    people = select(seen_event.c.patron).where(here).distinct()
    for patron in db.scalars(people).all():
        if patron != keep and not patron.startswith(FORGOTTEN):
            mine = and_(here, seen_event.c.patron == patron)
            db.execute(update(seen_event).where(mine).values(patron=name(PatronId(patron))))


def strip(db: Connection, item: ItemId, through: int) -> None:
    """Take every name out of *item*'s log through version *through*."""
    here = and_(seen_event.c.item == item, seen_event.c.version <= through)
    db.execute(update(seen_event).where(here).values(patron=None))


def _event(row: Row[Any]) -> CatalogueEvent:
    event = msgspec.convert(row, CatalogueEvent, from_attributes=True)
    # A patron's own wish is no posting of the ledger's.
    wished = event.posting is not None and event.posting.startswith(_WISH)
    return msgspec.structs.replace(event, posting=None) if wished else event
