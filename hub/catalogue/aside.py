"""Where a copy goes when it is in nobody's hands: to who waits, on its way, or home."""

from datetime import date, timedelta
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from circulation import open_days
from circulation.identifiers import BranchCode, ItemId, PatronId
from hub.catalogue import branches, log, rows, rulebook, tables
from hub.catalogue.at_hand import AtHand
from hub.catalogue.log import Write
from hub.catalogue.policy import Copy
from hub.catalogue.port import StandingChange
from hub.catalogue.rows import READY, TRANSIT, WAITING
from hub.prepared import Prepared

_HOLD = tables.hold.c
_KEPT_FOR = Prepared(select(tables.hold).where(_HOLD.item == bindparam("of")))
_MINE = (_HOLD.title == bindparam("of")) & (_HOLD.patron == bindparam("whose"))
_WAITED = Prepared(select(tables.hold).where(_MINE))
_SERVED = Prepared(delete(tables.hold).where(_MINE))
_LET_GO = Prepared(
    update(tables.hold)
    .where(_HOLD.item == bindparam("of"))
    .values(item=None, state=WAITING, until=None)
)
_ARRIVED = Prepared(delete(tables.transit).where(tables.transit.c.item == bindparam("of")))


def put_down(db: Connection, copy: Copy, at: BranchCode, write: Write) -> None:
    """Let *copy*, which lies at *at*, be kept for who waits first, be sent, or be in."""
    _arrive(db, copy, write)
    waits: Any = _KEPT_FOR.first(db, {"of": copy.item})
    if waits is None:
        waits = rows.next_for(db, copy)
        if waits is not None:
            _note(db, StandingChange.TRAPPED, copy, write, patron=PatronId(waits.patron))
    if waits is None:
        _send(db, copy, write, at=at, to=BranchCode(copy.branch))
    elif waits.branch != at:
        _keep(db, waits.number, copy, until=None)
        _send(db, copy, write, at=at, to=BranchCode(waits.branch))
    elif waits.state != READY:
        _keep(db, waits.number, copy, until=last_day(db, copy, at, write.today))


def goes_to(db: Connection, found: AtHand, at: BranchCode) -> BranchCode | None:
    """Return the library that `put_down` would send what was *found* to from *at*, if any."""
    to = found.waits_at
    if to is None:
        to = at if _stays(db, found.copy, at) else BranchCode(found.copy.branch)
    return to if to != at else None


def released(db: Connection, hold: Any, write: Write) -> None:
    """Let the copy that was kept, or sent, for *hold*, which is no more, go to the next."""
    if hold.item is None:
        return
    copy = rows.copy(db, ItemId(hold.item))
    assert copy is not None, "a hold on a copy that is not there"
    if hold.state == READY:
        put_down(db, copy, BranchCode(hold.branch), write)
    # It is under way, with a slip that says where to: there it is decided what comes next.
    elif (first := rows.next_for(db, copy)) is not None:
        _keep(db, first.number, copy, until=None)
        _note(db, StandingChange.TRAPPED, copy, write, patron=PatronId(first.patron))


def taken(db: Connection, copy: Copy, patron: PatronId, write: Write) -> None:
    """Let *copy* go home with *patron*, who waits no more; for whom it was kept waits again."""
    _arrive(db, copy, write)
    mine = {"of": copy.title, "whose": patron}
    had = _WAITED.first(db, mine)
    if had is not None:
        _SERVED.do(db, mine)
        _note(db, StandingChange.FILLED, copy, write, patron=patron)
    _LET_GO.do(db, {"of": copy.item})
    if had is not None and had.item != copy.item:
        released(db, had, write)


def let_go(db: Connection, item: ItemId) -> None:
    """Let *item*, which is no more, be kept for nobody and on its way to nowhere."""
    _ARRIVED.do(db, {"of": item})
    _LET_GO.do(db, {"of": item})


def last_day(db: Connection, copy: Copy, at: BranchCode, today: date) -> date:
    """Return how long *copy*, put aside *today* at *at*, is kept there: to an open day."""
    days = rulebook.of(db).terms(item_kind=copy.kind, branch=at).pickup_days
    home = branches.branch(db, at)
    assert home is not None, "a hold at no library"
    return open_days.open_day(
        today + timedelta(days=days), hours=home.details.hours, closed=home.details.closed_days
    )


def expire(db: Connection, write: Write) -> int:
    """End the holds that were not fetched in time; return how many."""
    hold = tables.hold
    ready = select(hold).where(hold.c.state == READY).order_by(hold.c.number)
    ended = 0
    for row in db.execute(ready).all():
        if row.until is None:
            # It was put aside before this was counted.
            copy = rows.copy(db, ItemId(row.item))
            assert copy is not None, "a hold on a copy that is not there"
            until = last_day(db, copy, BranchCode(row.branch), write.today)
            _keep(db, row.number, copy, until=until)
        elif row.until < write.today:
            _end(db, row, write)
            ended += 1
    return ended


def _end(db: Connection, row: Any, write: Write) -> None:
    db.execute(delete(tables.hold).where(tables.hold.c.number == row.number))
    log.note(
        db,
        StandingChange.EXPIRED,
        write,
        patron=PatronId(row.patron),
        title=row.title,
        item=ItemId(row.item),
    )
    released(db, row, write)


def stay(db: Connection, copy: Copy, branch: BranchCode, write: Write) -> Copy:
    """Return *copy* as it is at *branch*: it belongs there now, where both libraries float."""
    if branch == copy.branch or not _stays(db, copy, branch):
        return copy
    db.execute(update(tables.item).where(tables.item.c.id == copy.item).values(branch=branch))
    log.note(db, StandingChange.MOVED, write, item=ItemId(copy.item))
    return replace(copy, branch=branch)


def _stays(db: Connection, copy: Copy, branch: BranchCode) -> bool:
    return branch == copy.branch or all(_floats(db, each) for each in (copy.branch, branch))


def _floats(db: Connection, code: str) -> bool:
    library = branches.branch(db, code)
    return library is not None and library.floating


def _keep(db: Connection, number: int, copy: Copy, *, until: date | None) -> None:
    """Keep *copy* for a hold: ready *until* a day, or, with none, on its way."""
    change = update(tables.hold).where(tables.hold.c.number == number)
    state = TRANSIT if until is None else READY
    db.execute(change.values(item=copy.item, state=state, until=until))


def _arrive(db: Connection, copy: Copy, write: Write) -> None:
    if _ARRIVED.do(db, {"of": copy.item}):
        log.note(db, StandingChange.ARRIVED, write, item=ItemId(copy.item))


def _send(db: Connection, copy: Copy, write: Write, *, at: BranchCode, to: BranchCode) -> None:
    if at == to:
        return
    row = {"item": copy.item, "origin": at, "destination": to, "since_ms": write.at_ms}
    db.execute(insert(tables.transit).values(row))
    log.note(db, StandingChange.SENT, write, item=ItemId(copy.item))


def _note(
    db: Connection, change: StandingChange, copy: Copy, write: Write, *, patron: PatronId
) -> None:
    log.note(db, change, write, patron=patron, title=copy.title, item=ItemId(copy.item))
