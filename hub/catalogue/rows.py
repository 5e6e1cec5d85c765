"""The embedded catalogue's rows, read and written one question at a time."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

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


def holder(db: Connection, card: CardNumber) -> Holder | None:
    """Return who stands behind *card*."""
    cards, patron = tables.loan_card.c, tables.patron.c
    entitled = tables.entitlement.c.patron
    known = select(
        patron.id,
        patron.birth_year,
        patron.kind,
        patron.state,
        cards.state.label("card_state"),
        entitled.is_not(None).label("entitled"),
    )
    joined = tables.loan_card.join(tables.patron).outerjoin(tables.entitlement)
    row = db.execute(known.select_from(joined).where(cards.number == card)).first()
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
    item_, title = tables.item.c, tables.title.c
    known = select(item_.id, item_.title, item_.branch, item_.usage, title.shelf_title)
    joined = tables.item.join(tables.title)
    row = db.execute(known.select_from(joined).where(item_.id == item)).first()
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
    title = tables.title.c
    spoken = db.scalar(select(title.shelf_title).where(title.control_number == control_number))
    return msgspec.convert(spoken, ShelfTitle)


def loan(db: Connection, item: ItemId) -> LoanState | None:
    """Return the open loan of *item*."""
    row = db.execute(select(tables.loan).where(tables.loan.c.item == item)).first()
    if row is None:
        return None
    return LoanState(patron=row.patron, due=row.due, renewals=row.renewals)


def has(db: Connection, patron: PatronId, kind: str) -> Has:
    """Return how many loans *patron* has, and how many of them are of *kind*."""
    at_home = tables.loan.join(tables.item).join(tables.title)
    mine = select(tables.title.c.shelf_title).select_from(at_home)
    told = db.scalars(mine.where(tables.loan.c.patron == patron))
    kinds = [_kind(each) for each in told]
    return Has(loans=len(kinds), of_kind=kinds.count(kind))


def _kind(shelf_title: dict[str, Any]) -> str:
    return str(shelf_title.get("kind", "book"))


def waiting(db: Connection, title: str) -> int:
    """Return how many wait for *title* and have no copy put aside."""
    hold = tables.hold.c
    count = select(func.count()).select_from(tables.hold)
    return db.scalar(count.where(hold.title == title, hold.state == WAITING)) or 0


def reserved_for(db: Connection, copy: Copy) -> PatronId | None:
    """Return for whom *copy* is put aside, or else who is first in its queue."""
    hold = tables.hold.c
    aside = db.scalar(select(hold.patron).where(hold.item == copy.item))
    if aside is not None:
        return PatronId(aside)
    first = db.execute(queue_for(copy).limit(1)).first()
    return PatronId(first.patron) if first else None


def queue_for(copy: Copy) -> Select[Any]:
    """Return who may get *copy* of those that wait for its title, in their order."""
    hold = tables.hold.c
    queue = (
        select(tables.hold)
        .where(hold.title == copy.title, hold.state == WAITING)
        .order_by(hold.number)
    )
    if copy.usage == USAGE_ENTITLED:
        queue = queue.where(hold.patron.in_(select(tables.entitlement.c.patron)))
    return queue


def sent_to(db: Connection, item: ItemId) -> BranchCode | None:
    """Return the library that *item* is on its way to, if any."""
    to = db.scalar(select(tables.transit.c.destination).where(tables.transit.c.item == item))
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
    db.execute(delete(tables.loan).where(tables.loan.c.item == item))


def holds(db: Connection, patron: PatronId, branch: str) -> tuple[int, int]:
    """Return how many holds are ready at *branch*, and how many wait or are elsewhere."""
    rows = db.execute(select(tables.hold).where(tables.hold.c.patron == patron)).all()
    ready = sum(row.state == READY and row.branch == branch for row in rows)
    return ready, len(rows) - ready


def loans(db: Connection, patron: PatronId) -> Sequence[Row[Any]]:
    """Return the open loans of *patron* with their titles, the first due first."""
    loan_, item = tables.loan, tables.item.c
    mine = select(loan_, item.title).select_from(loan_.join(tables.item))
    mine = mine.where(loan_.c.patron == patron).order_by(loan_.c.due, loan_.c.item)
    return db.execute(mine).all()


def place_hold(db: Connection, asked: dict[str, Any], write: Write) -> None:
    """Enter a hold with the columns *asked*; where it names a copy, that is aside already."""
    db.execute(insert(tables.hold).values(asked))
    named: dict[str, Any] = {"title": asked["title"], "patron": asked["patron"]}
    log.note(db, StandingChange.PLACED, write, **named)
    if item := asked.get("item"):
        log.note(db, StandingChange.TRAPPED, write, item=item, **named)
