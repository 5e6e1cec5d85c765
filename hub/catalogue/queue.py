"""The queue for a title: who joins it, and where the copies are that it waits for."""

from sqlalchemy import Connection, case, delete, func, select

from circulation.identifiers import BranchCode, PatronId, TitleId
from circulation.verdicts import Reason
from hub.catalogue import aside, branches, log, rows, tables
from hub.catalogue.log import Write
from hub.catalogue.policy import LENDABLE, Holder, hold_refused
from hub.catalogue.port import Copies, CopiesAt, HoldVerdict, StandingChange


def join(
    db: Connection,
    title: TitleId,
    holder: Holder,
    *,
    pickup: BranchCode,
    most: int,
    write: Write,
) -> HoldVerdict:
    """Put *holder* last in the queue for *title*, if in under *most*; who waits keeps the place."""
    if branches.branch(db, pickup) is None:
        # A device of others says where; nobody could fetch it there.
        return HoldVerdict(Reason.NOT_FOR_LOAN)
    item, hold, patron = tables.item.c, tables.hold.c, holder.patron
    usages = set(db.scalars(select(item.usage).where(item.title == title).distinct()))
    if (reason := hold_refused(holder, usages)) is not None:
        return HoldVerdict(reason)
    if title in (row.title for row in rows.loans(db, patron)):
        # Whoever has it at home would wait for themselves, and keep the loan from being renewed.
        return HoldVerdict(Reason.NOT_FOR_LOAN)
    if (place := _place(db, title, patron)) is not None:
        return HoldVerdict(None, place)
    mine = select(func.count()).select_from(tables.hold).where(hold.patron == patron)
    if (db.scalar(mine) or 0) >= most:
        return HoldVerdict(Reason.LOAN_LIMIT)
    asked = {"title": title, "patron": patron, "branch": pickup, "state": rows.WAITING}
    rows.place_hold(db, asked, write)
    return HoldVerdict(None, _place(db, title, patron) or 0)


def leave(db: Connection, title: TitleId, patron: PatronId, write: Write) -> bool:
    """Take *patron* out of the queue for *title*; a copy put aside goes to the next."""
    hold = tables.hold.c
    mine = select(tables.hold).where(hold.title == title, hold.patron == patron)
    row = db.execute(mine).first()
    if row is None:
        return False
    db.execute(delete(tables.hold).where(hold.number == row.number))
    log.note(db, StandingChange.CANCELLED, write, patron=patron, title=title)
    aside.released(db, row, write)
    return True


def copies(db: Connection, title: TitleId) -> Copies:
    """Return where *title*'s copies for loan are, by the libraries' names."""
    item, loan, hold = tables.item.c, tables.loan.c, tables.hold.c
    at_hand = loan.item.is_(None) & hold.item.is_(None) & tables.transit.c.item.is_(None)
    free = case((at_hand, 1), else_=0)
    found = db.execute(
        select(item.branch, tables.branch.c.name, func.count(), func.sum(free))
        .select_from(
            tables.item.join(tables.branch)
            .outerjoin(tables.loan, loan.item == item.id)
            .outerjoin(tables.hold, hold.item == item.id)
            .outerjoin(tables.transit, tables.transit.c.item == item.id)
        )
        .where(item.title == title, item.usage.in_(LENDABLE))
        .group_by(item.branch, tables.branch.c.name)
        .order_by(tables.branch.c.name)
    ).all()
    waiting = select(func.count()).where(hold.title == title, hold.state == rows.WAITING)
    at = [CopiesAt(BranchCode(code), name, many, free_now) for code, name, many, free_now in found]
    return Copies(at, db.scalar(waiting) or 0)


def _place(db: Connection, title: TitleId, patron: PatronId) -> int | None:
    hold = tables.hold.c
    mine = select(hold.number, hold.state).where(hold.title == title, hold.patron == patron)
    row = db.execute(mine).first()
    if row is None:
        return None
    if row.state != rows.WAITING:
        return 0
    before = select(func.count()).where(
        hold.title == title, hold.state == rows.WAITING, hold.number < row.number
    )
    return (db.scalar(before) or 0) + 1
