"""All that is so of one copy, in one question: what every loan and return asks first."""

from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Select, bindparam, func, or_, select

from circulation.identifiers import BranchCode, ItemId, PatronId
from hub.catalogue import tables
from hub.catalogue.policy import USAGE_ENTITLED, Copy, LoanState
from hub.catalogue.rows import WAITING, kind_of
from hub.prepared import Prepared

_ITEM, _TITLE, _LOAN = tables.item.c, tables.title.c, tables.loan.c
_KEPT, _FIRST, _QUEUE = (tables.hold.alias(name) for name in ("kept", "first", "queue"))
_NEXT = (
    select(func.min(_QUEUE.c.number))
    .where(
        _QUEUE.c.title == _ITEM.title,
        _QUEUE.c.state == WAITING,
        or_(
            _ITEM.usage != USAGE_ENTITLED,
            _QUEUE.c.patron.in_(select(tables.entitlement.c.patron)),
        ),
    )
    .correlate(tables.item)
    .scalar_subquery()
)
_EVENT = tables.catalogue_event.c
_VERSION = select(func.max(_EVENT.version)).where(_EVENT.item == _ITEM.id).scalar_subquery()
_OF: Select[Any] = (
    select(
        _ITEM.id,
        _ITEM.title,
        _ITEM.branch,
        _ITEM.usage,
        _TITLE.shelf_title,
        _LOAN.patron.label("held_by"),
        _LOAN.due,
        _LOAN.renewals,
        func.coalesce(_KEPT.c.patron, _FIRST.c.patron).label("waits"),
        func.coalesce(_KEPT.c.branch, _FIRST.c.branch).label("waits_at"),
        tables.transit.c.destination,
        _VERSION.label("version"),
    )
    .select_from(
        tables.item.join(tables.title)
        .outerjoin(tables.loan, _LOAN.item == _ITEM.id)
        .outerjoin(_KEPT, _KEPT.c.item == _ITEM.id)
        .outerjoin(_FIRST, _FIRST.c.number == _NEXT)
        .outerjoin(tables.transit, tables.transit.c.item == _ITEM.id)
    )
    .where(_ITEM.id == bindparam("of"))
)
_ASKED = Prepared(_OF)


class AtHand(Struct, frozen=True, kw_only=True):
    """What is so of one copy."""

    copy: Copy
    title: str
    """How its title is called."""
    held: LoanState | None
    waits: PatronId | None
    """For whom it is put aside, or else who is first in its queue."""
    waits_at: BranchCode | None
    """Where that one fetches it."""
    sent_to: BranchCode | None
    version: int
    """The number of the newest entry about it in the catalogue's log."""


def of(db: Connection, item: ItemId) -> AtHand | None:
    """Return what is so of *item*, None where it is unknown."""
    row = _ASKED.first(db, {"of": item})
    if row is None:
        return None
    copy = Copy(
        item=row.id,
        title=row.title,
        branch=row.branch,
        usage=row.usage,
        kind=kind_of(row.shelf_title),
    )
    held = None
    if row.held_by is not None:
        held = LoanState(patron=row.held_by, due=row.due, renewals=row.renewals)
    return AtHand(
        copy=copy,
        title=row.shelf_title["title"],
        held=held,
        waits=row.waits,
        waits_at=row.waits_at,
        sent_to=row.destination,
        version=row.version or 0,
    )
