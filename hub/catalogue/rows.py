"""The embedded catalogue's rows, read and written one question at a time."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import (
    BindParameter,
    Connection,
    Select,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from circulation import open_days
from circulation.identifiers import CardNumber, ItemId, PatronId
from circulation.messages import ShelfTitle
from hub.catalogue import branches, log, tables
from hub.catalogue.log import Write
from hub.catalogue.policy import STATE_GOOD, USAGE_ENTITLED, Copy, Has, Holder, LoanState
from hub.catalogue.port import StandingChange
from hub.catalogue.terms import Terms
from hub.prepared import Prepared

WAITING = "waiting"
TRANSIT = "transit"
"""A copy is on its way to where it is to be fetched."""
READY = "ready"

_OF: BindParameter[Any] = bindparam("of")
_HOLDER = Prepared(
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
_COPY = Prepared(
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
_TITLE = Prepared(select(tables.title.c.shelf_title).where(tables.title.c.control_number == _OF))
_LOAN = Prepared(select(tables.loan).where(tables.loan.c.item == _OF))
_OPEN = Prepared(insert(tables.loan), ("item", "patron", "due", "renewals"))
_MOVE = Prepared(
    update(tables.loan)
    .where(tables.loan.c.item == _OF)
    .values(due=bindparam("until"), renewals=bindparam("times"))
)
_LOANS = Prepared(
    select(tables.loan, tables.item.c.title)
    .select_from(tables.loan.join(tables.item))
    .where(tables.loan.c.patron == _OF)
    .order_by(tables.loan.c.due, tables.loan.c.item)
)
_MANY = Prepared(select(func.count()).select_from(tables.loan).where(tables.loan.c.patron == _OF))
_AT_HOME = Prepared(
    select(tables.title.c.shelf_title)
    .select_from(tables.loan.join(tables.item).join(tables.title))
    .where(tables.loan.c.patron == _OF)
)
_IN_QUEUE: Select[Any] = (
    select(tables.hold)
    .where(tables.hold.c.title == _OF, tables.hold.c.state == WAITING)
    .order_by(tables.hold.c.number)
    .limit(1)
)
_FIRST = Prepared(_IN_QUEUE)
_FIRST_ENTITLED = Prepared(
    _IN_QUEUE.where(tables.hold.c.patron.in_(select(tables.entitlement.c.patron)))
)
_HOLDS = Prepared(
    select(tables.hold.c.state, tables.hold.c.branch).where(tables.hold.c.patron == _OF)
)
_CLOSE = Prepared(delete(tables.loan).where(tables.loan.c.item == _OF))
_WAITING = Prepared(
    select(func.count())
    .select_from(tables.hold)
    .where(tables.hold.c.title == _OF, tables.hold.c.state == WAITING)
)


def holder(db: Connection, card: CardNumber) -> Holder | None:
    """Return who stands behind *card*."""
    row = _HOLDER.first(db, {"of": card})
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
    row = _COPY.first(db, {"of": item})
    if row is None:
        return None
    return Copy(
        item=row.id,
        title=row.title,
        branch=row.branch,
        usage=row.usage,
        kind=kind_of(row.shelf_title),
    )


def title_of(db: Connection, control_number: str) -> ShelfTitle:
    """Return how the title *control_number* is spoken."""
    return msgspec.convert(_TITLE.scalar(db, {"of": control_number}), ShelfTitle)


def loan(db: Connection, item: ItemId) -> LoanState | None:
    """Return the open loan of *item*."""
    row = _LOAN.first(db, {"of": item})
    if row is None:
        return None
    return LoanState(patron=row.patron, due=row.due, renewals=row.renewals)


def has(db: Connection, patron: PatronId, kind: str | None) -> Has:
    """Return how many loans *patron* has, and how many of *kind*, where one matters."""
    if kind is None:
        return Has(loans=_MANY.scalar(db, {"of": patron}))
    kinds = [kind_of(row.shelf_title) for row in _AT_HOME.all(db, {"of": patron})]
    return Has(loans=len(kinds), of_kind=kinds.count(kind))


def kind_of(shelf_title: dict[str, Any]) -> str:
    """Return what kind of thing a title is, a book where it does not say."""
    return str(shelf_title.get("kind", "book"))


def waiting(db: Connection, title: str) -> int:
    """Return how many wait for *title* and have no copy put aside."""
    return int(_WAITING.scalar(db, {"of": title}))


def next_for(db: Connection, copy: Copy) -> Any:
    """Return the hold of who may get *copy* first of those that wait for its title, or None."""
    queue = _FIRST_ENTITLED if copy.usage == USAGE_ENTITLED else _FIRST
    return queue.first(db, {"of": copy.title})


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
    _OPEN.do(db, {"item": item, "patron": patron, "due": due, "renewals": 0})


def move_due(db: Connection, item: ItemId, due: date, renewals: int) -> None:
    """Enter a later last day."""
    _MOVE.do(db, {"of": item, "until": due, "times": renewals})


def close_loan(db: Connection, item: ItemId) -> None:
    """Enter that *item* is out with nobody."""
    _CLOSE.do(db, {"of": item})


def holds(db: Connection, patron: PatronId, branch: str) -> tuple[int, int]:
    """Return how many holds are ready at *branch*, and how many wait or are elsewhere."""
    rows = _HOLDS.all(db, {"of": patron})
    ready = sum(row.state == READY and row.branch == branch for row in rows)
    return ready, len(rows) - ready


def loans(db: Connection, patron: PatronId) -> Sequence[Any]:
    """Return the open loans of *patron* with their titles, the first due first."""
    return _LOANS.all(db, {"of": patron})


def place_hold(db: Connection, asked: dict[str, Any], write: Write) -> None:
    """Enter a hold with the columns *asked*; where it names a copy, that is aside already."""
    db.execute(insert(tables.hold).values(asked))
    named: dict[str, Any] = {"title": asked["title"], "patron": asked["patron"]}
    log.note(db, StandingChange.PLACED, write, **named)
    if item := asked.get("item"):
        log.note(db, StandingChange.TRAPPED, write, item=item, **named)
