"""A library system's list of what is out, as if each copy had been looked at when it was made."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection, select

from circulation.identifiers import ItemId, PatronId
from hub.catalogue.feeds.lines import Line, LoanLine
from hub.catalogue.port import Loan
from hub.catalogue.sip2 import inferring, observations
from hub.catalogue.sip2.answers import SOMEBODY
from hub.catalogue.sip2.tables import seen_copy


def observe(db: Connection, lines: Mapping[str, Line], whole: bool, made_ms: int) -> int:
    """Keep what *lines* say is out at *made_ms*; return how many changes follow, all inferred.

    Of a *whole* list, what is not in it is in. A copy that was looked at since knows better.
    """
    told = {key: line for key, line in lines.items() if isinstance(line, LoanLine)}
    copies = set(told)
    if whole:
        copies |= set(db.scalars(select(seen_copy.c.item).where(seen_copy.c.holder.is_not(None))))
    return sum(_seen(db, ItemId(item), told.get(item), made_ms) for item in sorted(copies))


def _seen(db: Connection, item: ItemId, line: LoanLine | None, made_ms: int) -> int:
    known = observations.known(db, item)
    if known is not None and known.seen_ms >= made_ms:
        return 0
    if observations.begun(db, item):
        # What the hub has begun itself is asked about, and not read off a list.
        return 0
    patron = PatronId(line.patron) if line else None
    due: date | None = line.due if line else None
    loan = Loan(item, patron, due) if patron is not None and due is not None else None
    if loan is not None and known is not None and known.holder == SOMEBODY and known.due == due:
        observations.name_holder(db, item, loan.patron)
        found = []
    else:
        found = inferring.changes(known, loan, [], made_ms)
    observations.enter(db, item, found)
    observations.keep(db, item, holder=patron, due=due, seen_ms=made_ms)
    return len(found)
