"""A library system's list of what is out, as if each copy had been looked at when it was made."""

from collections.abc import Mapping

from sqlalchemy import Connection

from circulation.identifiers import ItemId, PatronId
from hub.catalogue.feeds.lines import Line, LoanLine
from hub.catalogue.feeds.taking import Observed
from hub.catalogue.port import Loan
from hub.catalogue.sip2 import inferring, observations
from hub.catalogue.sip2.answers import SOMEBODY
from hub.catalogue.sip2.inferring import Known, Seen


def observe(db: Connection, lines: Mapping[str, Line], whole: bool, made_ms: int) -> Observed:
    """Keep what *lines* say is out at *made_ms*; what follows is inferred.

    Of a *whole* list, what is not in it is in. A copy that was looked at since knows better, and
    what the hub has begun itself is asked about, and not read off a list.
    """
    told = {ItemId(key): line for key, line in lines.items() if isinstance(line, LoanLine)}
    known, in_doubt = observations.every_known(db), observations.in_doubt(db)
    out = {item for item, each in known.items() if each.holder is not None and whole}
    asked = [
        item
        for item in sorted(out | set(told))
        if item not in in_doubt and (item not in known or known[item].seen_ms < made_ms)
    ]
    changes: list[tuple[ItemId, Seen]] = []
    for item in asked:
        line = told.get(item)
        loan = Loan(item, PatronId(line.patron), line.due) if line else None
        if loan is not None and _only_names(known.get(item), loan):
            observations.name_holder(db, item, loan.patron)
        else:
            found = inferring.changes(known.get(item), loan, [], made_ms)
            changes += [(item, each) for each in found]
    observations.enter_all(db, changes)
    observations.keep_all(db, {item: _now(told.get(item), made_ms) for item in asked})
    gone = sum(item not in told for item in asked)
    return Observed(changes=len(changes), gone=gone, known=len(out))


def _only_names(known: Known | None, loan: Loan) -> bool:
    return known is not None and known.holder == SOMEBODY and known.due == loan.due


def _now(line: LoanLine | None, made_ms: int) -> Known:
    return Known(PatronId(line.patron) if line else None, line.due if line else None, made_ms)
