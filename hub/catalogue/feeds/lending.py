"""Who waits and what is out: what is known of it, and the differences of a feed kept."""

from collections.abc import Iterable, Mapping

from msgspec import structs
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


def unfit_hold(db: Connection, lines: Mapping[str, HoldLine], *, own: bool) -> dict[str, str]:
    """Return why some of *lines* cannot be kept, by title and patron.

    The hub's *own* catalogue works by what it keeps: there a copy that lies ready, or is on its
    way, is one of the title, and for nobody else.
    """
    copies = {
        row.id: row.title for row in db.execute(select(tables.item.c.id, tables.item.c.title))
    }
    found = _unknown(db, lines, copies)
    kept_for: dict[str, str] = {}
    if own:
        found = _untenable(lines, copies) | found
        unlisted = {key: line for key, line in holds(db).items() if key not in lines}
        kept_for = {line.item: key for key, line in unlisted.items() if line.item}
    for key, line in lines.items():
        if key not in found and line.item and kept_for.setdefault(line.item, key) != key:
            found[key] = f"the copy {line.item!r} is kept for another"
    return found


def _unknown(
    db: Connection, lines: Mapping[str, HoldLine], copies: Mapping[str, str]
) -> dict[str, str]:
    titles = set(db.scalars(select(tables.title.c.control_number)))
    people = set(db.scalars(select(tables.patron.c.id)))
    places = set(db.scalars(select(tables.branch.c.code)))
    found = {}
    for key, line in lines.items():
        if line.title not in titles:
            found[key] = f"there is no title {line.title!r}"
        elif line.patron not in people:
            found[key] = "it names a patron who is not there"
        elif line.branch not in places:
            found[key] = f"there is no library {line.branch!r}"
        elif line.item and line.item not in copies:
            found[key] = f"there is no copy {line.item!r}"
    return found


def _untenable(lines: Mapping[str, HoldLine], copies: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for key, line in lines.items():
        if line.item and copies.get(line.item) != line.title:
            found[key] = f"the copy {line.item!r} is of another title"
        elif line.state != rows.WAITING and not line.item:
            found[key] = f"it is {line.state} and names no copy"
    return found


def keep_holds(db: Connection, found: Difference[HoldLine], write: Write) -> list[str]:
    """Enter, alter and end holds as they are told: another system says who gets which copy."""
    for line in found.gone:
        _end(db, line)
        log.note(
            db, StandingChange.CANCELLED, write, patron=PatronId(line.patron), title=line.title
        )
    hold = tables.hold.c
    # A copy that is kept for another from now on is first kept for nobody, whoever had it.
    for line in (*found.new, *(after for _, after in found.changed)):
        if line.item:
            kept = update(tables.hold).where(hold.item == line.item)
            db.execute(kept.values(item=None, state=rows.WAITING, until=None))
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
    out = loans(db)
    found = {}
    for line in lines:
        if line.item not in copies:
            found[line.item] = f"there is no copy {line.item!r}"
        elif line.patron not in people:
            found[line.item] = "it names a patron who is not there"
        elif line.item in out and out[line.item].patron != line.patron:
            found[line.item] = f"the copy {line.item!r} is out with another"
    return found


def keep_loans(db: Connection, found: Difference[LoanLine], write: Write) -> list[str]:
    """Enter loans and their other last days, each with its entry in the catalogue's own log."""
    for _, after in found.changed:
        rows.move_due(db, ItemId(after.item), after.due, after.renewals)
        _enter(db, Change.RENEWED, after, write)
    new = [structs.asdict(line) for line in found.new]
    if new:
        db.execute(insert(tables.loan), new)
    log.enter_all(db, Change.LENT, write, new)
    return []


def _enter(db: Connection, change: Change, line: LoanLine, write: Write) -> None:
    item, patron = ItemId(line.item), PatronId(line.patron)
    log.enter(db, change, item, write, patron=patron, due=line.due)
