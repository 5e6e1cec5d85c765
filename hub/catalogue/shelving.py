"""What staff of the embedded catalogue have to fetch, send and keep: by copy, never by person."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Select, select

from circulation.identifiers import BranchCode, ItemId
from hub.catalogue import tables
from hub.catalogue.policy import LENDABLE
from hub.catalogue.rows import READY, WAITING


class ToFetch(Struct, frozen=True, kw_only=True):
    """A copy that stands on its shelf at *at*, and that somebody waits for at *to*."""

    item: ItemId
    title: str
    shelf: str
    at: BranchCode
    to: BranchCode


class UnderWay(Struct, frozen=True, kw_only=True):
    """A copy that is to be sent, or is on its way."""

    item: ItemId
    title: str
    at: BranchCode
    to: BranchCode


class Kept(Struct, frozen=True, kw_only=True):
    """A copy on the hold shelf at *at*, through *until*."""

    item: ItemId
    title: str
    at: BranchCode
    until: date | None


def to_fetch(db: Connection) -> list[ToFetch]:
    """Return one copy that is in for each who waits, the first in the queue first."""
    free = _free(db)
    return sorted(_fetched(db, free), key=lambda each: (each.at, each.shelf, each.title))


def _fetched(db: Connection, free: dict[str, list[Any]]) -> Iterator[ToFetch]:
    hold = tables.hold.c
    waits = select(hold.title, hold.branch).where(hold.state == WAITING).order_by(hold.number)
    for wait in db.execute(waits):
        here = free.get(wait.title, [])
        if not here:
            continue
        # One that need not be sent is the nearer.
        chosen = next((copy for copy in here if copy.branch == wait.branch), here[0])
        here.remove(chosen)
        yield ToFetch(
            item=ItemId(chosen.id),
            title=_name(chosen),
            shelf=chosen.shelf,
            at=BranchCode(chosen.branch),
            to=BranchCode(wait.branch),
        )


def _free(db: Connection) -> dict[str, list[Any]]:
    """Return the copies that are in, by the titles that somebody waits for."""
    item, hold = tables.item.c, tables.hold.c
    awaited = select(hold.title).where(hold.state == WAITING)
    copies = (
        select(item.id, item.title, item.shelf, item.branch, tables.title.c.shelf_title)
        .select_from(
            tables.item.join(tables.title)
            .outerjoin(tables.loan, tables.loan.c.item == item.id)
            .outerjoin(tables.hold, hold.item == item.id)
            .outerjoin(tables.transit, tables.transit.c.item == item.id)
        )
        .where(item.title.in_(awaited), item.usage.in_(LENDABLE))
        .where(tables.loan.c.item.is_(None), hold.item.is_(None))
        .where(tables.transit.c.item.is_(None))
        .order_by(item.id)
    )
    found: dict[str, list[Any]] = {}
    for copy in db.execute(copies):
        found.setdefault(copy.title, []).append(copy)
    return found


def under_way(db: Connection) -> list[UnderWay]:
    """Return what is to be sent from one library to another, and has not arrived."""
    transit = tables.transit.c
    sent = _named(select(transit.item, transit.origin, transit.destination), transit.item)
    rows = db.execute(sent.order_by(transit.origin, transit.destination, transit.item))
    return [
        UnderWay(
            item=ItemId(row.item),
            title=_name(row),
            at=BranchCode(row.origin),
            to=BranchCode(row.destination),
        )
        for row in rows
    ]


def kept(db: Connection) -> list[Kept]:
    """Return what lies ready on the hold shelves, what goes first first."""
    hold = tables.hold.c
    ready = _named(select(hold.item, hold.branch, hold.until), hold.item)
    rows = db.execute(ready.where(hold.state == READY).order_by(hold.branch, hold.until, hold.item))
    return [
        Kept(item=ItemId(row.item), title=_name(row), at=BranchCode(row.branch), until=row.until)
        for row in rows
    ]


def _named(asked: Select[Any], item: Any) -> Select[Any]:
    copy = tables.item.c.id == item
    title = tables.title.c.control_number == tables.item.c.title
    return asked.add_columns(tables.title.c.shelf_title).where(copy, title)


def _name(row: Any) -> str:
    return str(row.shelf_title["title"])
