"""Who waits and what is out: what is known of it, and the differences of a feed kept."""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, insert, select, update

from circulation.identifiers import ItemId, PatronId
from hub.catalogue import log, rows, tables
from hub.catalogue.feeds.difference import Difference
from hub.catalogue.feeds.lines import HoldLine, LoanLine
from hub.catalogue.log import Write
from hub.catalogue.port import Change, StandingChange


def holds(db: Connection) -> dict[str, HoldLine]:
    """Return every hold, by title and patron, in the order of the queues."""
    found = db.execute(select(tables.hold).order_by(tables.hold.c.number))
    return {
        f"{row.title}\t{row.patron}": HoldLine(
            title=row.title,
            patron=row.patron,
            branch=row.branch,
            item=row.item or "",
            state=row.state,
            until=row.until,
        )
        for row in found
    }


def unfit_hold(db: Connection, lines: Iterable[tuple[str, HoldLine]]) -> dict[str, str]:
    """Return why some of *lines* cannot be kept, by title and patron."""
    titles = set(db.scalars(select(tables.title.c.control_number)))
    people = set(db.scalars(select(tables.patron.c.id)))
    places = set(db.scalars(select(tables.branch.c.code)))
    copies = set(db.scalars(select(tables.item.c.id))) | {""}
    found: dict[str, str] = {}
    kept_for: dict[str, str] = {}
    for key, line in lines:
        if line.title not in titles:
            found[key] = f"there is no title {line.title!r}"
        elif line.patron not in people:
            found[key] = "it names a patron who is not there"
        elif line.branch not in places:
            found[key] = f"there is no library {line.branch!r}"
        elif line.item not in copies:
            found[key] = f"there is no copy {line.item!r}"
        elif line.item and kept_for.setdefault(line.item, key) != key:
            found[key] = f"the copy {line.item!r} is kept for another"
    return found


def keep_holds(db: Connection, found: Difference[HoldLine], write: Write) -> list[str]:
    """Enter, alter and end holds as they are told: another system says who gets which copy."""
    for line in found.gone:
        _end(db, line)
        log.note(
            db, StandingChange.CANCELLED, write, patron=PatronId(line.patron), title=line.title
        )
    hold = tables.hold.c
    # A copy that is kept for another from now on is first kept for nobody.
    for before, _ in found.changed:
        mine = update(tables.hold).where(hold.title == before.title, hold.patron == before.patron)
        db.execute(mine.values(item=None))
    for before, after in found.changed:
        mine = update(tables.hold).where(hold.title == after.title, hold.patron == after.patron)
        db.execute(mine.values(_row(after)))
        if after.item and after.item != before.item:
            _note_trapped(db, after, write)
    for line in found.new:
        rows.place_hold(db, _row(line), write)
    return []


def _row(line: HoldLine) -> dict[str, object]:
    return {
        "title": line.title,
        "patron": line.patron,
        "branch": line.branch,
        "item": line.item or None,
        "state": line.state,
        "until": line.until,
    }


def _end(db: Connection, line: HoldLine) -> None:
    hold = tables.hold.c
    mine = delete(tables.hold).where(hold.title == line.title, hold.patron == line.patron)
    db.execute(mine)


def _note_trapped(db: Connection, line: HoldLine, write: Write) -> None:
    log.note(
        db,
        StandingChange.TRAPPED,
        write,
        patron=PatronId(line.patron),
        title=line.title,
        item=ItemId(line.item),
    )


def loans(db: Connection) -> dict[str, LoanLine]:
    """Return every open loan, by copy."""
    return {
        row.item: LoanLine(item=row.item, patron=row.patron, due=row.due, renewals=row.renewals)
        for row in db.execute(select(tables.loan))
    }


def unfit_loan(db: Connection, lines: Iterable[LoanLine]) -> dict[str, str]:
    """Return why some of *lines* cannot be kept, by copy."""
    copies = set(db.scalars(select(tables.item.c.id)))
    people = set(db.scalars(select(tables.patron.c.id)))
    found = {}
    for line in lines:
        if line.item not in copies:
            found[line.item] = f"there is no copy {line.item!r}"
        elif line.patron not in people:
            found[line.item] = "it names a patron who is not there"
    return found


def keep_loans(db: Connection, found: Difference[LoanLine], write: Write) -> list[str]:
    """Enter loans and what became of them, each with its entry in the catalogue's own log."""
    for before, after in found.changed:
        if before.patron != after.patron:
            _close(db, before, write)
            _open(db, after, write)
        else:
            loan = update(tables.loan).where(tables.loan.c.item == after.item)
            db.execute(loan.values(due=after.due, renewals=after.renewals))
            _enter(db, Change.RENEWED, after, write)
    for line in found.new:
        _open(db, line, write)
    return []


def _open(db: Connection, line: LoanLine, write: Write) -> None:
    row = {"item": line.item, "patron": line.patron, "due": line.due, "renewals": line.renewals}
    db.execute(insert(tables.loan).values(row))
    _enter(db, Change.LENT, line, write)


def _close(db: Connection, line: LoanLine, write: Write) -> None:
    item, patron = ItemId(line.item), PatronId(line.patron)
    rows.close_loan(db, item)
    log.enter(db, Change.RETURNED, item, write, patron=patron)


def _enter(db: Connection, change: Change, line: LoanLine, write: Write) -> None:
    item, patron = ItemId(line.item), PatronId(line.patron)
    log.enter(db, change, item, write, patron=patron, due=line.due)
