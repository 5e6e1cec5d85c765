"""The embedded catalogue's rows, read and written one question at a time."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import (
    BindParameter,
    Connection,
    Row,
    Select,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from circulation import open_days
from circulation.identifiers import BranchCode, CardNumber, ItemId, PatronId
from circulation.messages import ShelfTitle
from hub.catalogue import branches, log, tables
from hub.catalogue.log import Write
from hub.catalogue.policy import STATE_GOOD, USAGE_ENTITLED, Copy, Has, Holder, LoanState
from hub.catalogue.port import StandingChange
from hub.catalogue.terms import Terms

WAITING = "waiting"
TRANSIT = "transit"
"""A copy is on its way to where it is to be fetched."""
READY = "ready"

# Made once: to put a statement together takes three times as long as to have it answered.
_OF: BindParameter[Any] = bindparam("of")
_HOLDER: Select[Any] = (
    select(
        tables.patron.c.id,
        tables.patron.c.birth_year,
        tables.patron.c.kind,
        tables.patron.c.state,
        tables.loan_card.c.state.label("card_state"),
        tables.entitlement.c.patron.is_not(None).label("entitled"),
    )
    .select_from(tables.loan_card.join(tables.patron).outerjoin(tables.entitlement))
    .where(tables.loan_card.c.number == _OF)
)
_COPY = (
    select(
        tables.item.c.id,
        tables.item.c.title,
        tables.item.c.branch,
        tables.item.c.usage,
        tables.title.c.shelf_title,
    )
    .select_from(tables.item.join(tables.title))
    .where(tables.item.c.id == _OF)
)
_TITLE = select(tables.title.c.shelf_title).where(tables.title.c.control_number == _OF)
_LOAN = select(tables.loan).where(tables.loan.c.item == _OF)
_LOANS = (
    select(tables.loan, tables.item.c.title)
    .select_from(tables.loan.join(tables.item))
    .where(tables.loan.c.patron == _OF)
    .order_by(tables.loan.c.due, tables.loan.c.item)
)
_AT_HOME = (
    select(tables.title.c.shelf_title)
    .select_from(tables.loan.join(tables.item).join(tables.title))
    .where(tables.loan.c.patron == _OF)
)
_ASIDE = select(tables.hold.c.patron).where(tables.hold.c.item == _OF)
_QUEUE: Select[Any] = (
    select(tables.hold)
    .where(tables.hold.c.title == _OF, tables.hold.c.state == WAITING)
    .order_by(tables.hold.c.number)
)
_ENTITLED = _QUEUE.where(tables.hold.c.patron.in_(select(tables.entitlement.c.patron)))
_SENT = select(tables.transit.c.destination).where(tables.transit.c.item == _OF)
_CLOSE = delete(tables.loan).where(tables.loan.c.item == _OF)
_WAITING = (
    select(func.count())
    .select_from(tables.hold)
    .where(tables.hold.c.title == _OF, tables.hold.c.state == WAITING)
)


def holder(db: Connection, card: CardNumber) -> Holder | None:
    """Return who stands behind *card*."""
    row = db.execute(_HOLDER, {"of": card}).first()
    if row is None:
        return None
    good = row.state == row.card_state == STATE_GOOD
    return Holder(
        patron=row.id,
        good=good,
        birth_year=row.birth_year,
        kind=row.kind,
        entitled=bool(row.entitled),
    )


def copy(db: Connection, item: ItemId) -> Copy | None:
    """Return the copy *item*."""
    row = db.execute(_COPY, {"of": item}).first()
    if row is None:
        return None
    return Copy(
        item=row.id,
        title=row.title,
        branch=row.branch,
        usage=row.usage,
        kind=_kind(row.shelf_title),
    )


def title_of(db: Connection, control_number: str) -> ShelfTitle:
    """Return how the title *control_number* is spoken."""
    spoken = db.scalar(_TITLE, {"of": control_number})
    return msgspec.convert(spoken, ShelfTitle)


def loan(db: Connection, item: ItemId) -> LoanState | None:
    """Return the open loan of *item*."""
    row = db.execute(_LOAN, {"of": item}).first()
    if row is None:
        return None
    return LoanState(patron=row.patron, due=row.due, renewals=row.renewals)


def has(db: Connection, patron: PatronId, kind: str) -> Has:
    """Return how many loans *patron* has, and how many of them are of *kind*."""
    kinds = [_kind(each) for each in db.scalars(_AT_HOME, {"of": patron})]
    return Has(loans=len(kinds), of_kind=kinds.count(kind))


def _kind(shelf_title: dict[str, Any]) -> str:
    return str(shelf_title.get("kind", "book"))


def waiting(db: Connection, title: str) -> int:
    """Return how many wait for *title* and have no copy put aside."""
    return db.scalar(_WAITING, {"of": title}) or 0


def reserved_for(db: Connection, copy: Copy) -> PatronId | None:
    """Return for whom *copy* is put aside, or else who is first in its queue."""
    if (aside := db.execute(_ASIDE, {"of": copy.item}).first()) is not None:
        return PatronId(aside.patron)
    queue = _ENTITLED if copy.usage == USAGE_ENTITLED else _QUEUE
    first = db.execute(queue, {"of": copy.title}).first()
    return PatronId(first.patron) if first else None


def queue_for(copy: Copy) -> Select[Any]:
    """Return who may get *copy* of those that wait for its title, in their order."""
    queue = _ENTITLED if copy.usage == USAGE_ENTITLED else _QUEUE
    return queue.params(of=copy.title)


def sent_to(db: Connection, item: ItemId) -> BranchCode | None:
    """Return the library that *item* is on its way to, if any."""
    to = db.scalar(_SENT, {"of": item})
    return BranchCode(to) if to else None


def due_day(db: Connection, copy: Copy, terms: Terms, today: date) -> date:
    """Return the last day of a loan of *copy* made *today* under *terms*."""
    home = branches.branch(db, copy.branch)
    assert home is not None, "an item without a branch"
    details = home.details
    return open_days.due_day(
        today,
        terms.loan_days,
        waiting=waiting(db, copy.title),
        halved_at=terms.halved_at,
        hours=details.hours,
        closed=details.closed_days,
    )


def open_loan(db: Connection, item: ItemId, patron: PatronId, due: date) -> None:
    """Enter that *item* is out with *patron*."""
    db.execute(insert(tables.loan).values(item=item, patron=patron, due=due, renewals=0))


def move_due(db: Connection, item: ItemId, due: date, renewals: int) -> None:
    """Enter a later last day."""
    change = update(tables.loan).where(tables.loan.c.item == item)
    db.execute(change.values(due=due, renewals=renewals))


def close_loan(db: Connection, item: ItemId) -> None:
    """Enter that *item* is out with nobody."""
    db.execute(_CLOSE, {"of": item})


def holds(db: Connection, patron: PatronId, branch: str) -> tuple[int, int]:
    """Return how many holds are ready at *branch*, and how many wait or are elsewhere."""
    rows = db.execute(select(tables.hold).where(tables.hold.c.patron == patron)).all()
    ready = sum(row.state == READY and row.branch == branch for row in rows)
    return ready, len(rows) - ready


def loans(db: Connection, patron: PatronId) -> Sequence[Row[Any]]:
    """Return the open loans of *patron* with their titles, the first due first."""
    return db.execute(_LOANS, {"of": patron}).all()


def place_hold(db: Connection, asked: dict[str, Any], write: Write) -> None:
    """Enter a hold with the columns *asked*; where it names a copy, that is aside already."""
    db.execute(insert(tables.hold).values(asked))
    named: dict[str, Any] = {"title": asked["title"], "patron": asked["patron"]}
    log.note(db, StandingChange.PLACED, write, **named)
    if item := asked.get("item"):
        log.note(db, StandingChange.TRAPPED, write, item=item, **named)
