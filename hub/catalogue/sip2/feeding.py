"""A library system's list of what is out, as if each copy had been looked at when it was made."""

from collections import Counter
from collections.abc import Mapping

from msgspec.structs import replace
from sqlalchemy import Connection

from circulation.identifiers import ItemId, PatronId
from hub.catalogue import tables
from hub.catalogue.feeds.lines import Line, LoanLine
from hub.catalogue.feeds.taking import Observed
from hub.catalogue.numbers import known_among
from hub.catalogue.port import Loan
from hub.catalogue.sip2 import inferring, observations
from hub.catalogue.sip2.answers import SOMEBODY
from hub.catalogue.sip2.inferring import Known, Seen
from hub.sip2 import numbers


def observe(db: Connection, lines: Mapping[str, Line], whole: bool, made_ms: int) -> Observed:
    """Keep what *lines* say is out at *made_ms*; what follows is inferred.

    Of a *whole* list, what is not in it is in. A copy that was looked at since knows better, and
    what the hub has begun itself is asked about, and not read off a list.
    """
    known, in_doubt = observations.every_known(db), observations.in_doubt(db)
    loans = {ItemId(key): line for key, line in lines.items() if isinstance(line, LoanLine)}
    told = _by_names_met(db, _by_numbers_met(db, loans, known), known)
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


def _by_numbers_met(
    db: Connection, loans: Mapping[ItemId, LoanLine], known: Mapping[ItemId, Known]
) -> dict[ItemId, LoanLine]:
    """Return *loans* by the numbers that copies were met by, where a list has other zeros.

    Of several that are alike, here or there, and of two that the hub's own lists have, each is
    itself.
    """
    alike = Counter(numbers.bare(each) for each in loans)
    met: dict[str, list[ItemId]] = {}
    for item in known:
        met.setdefault(numbers.bare(item), []).append(item)
    other = {
        item: met[bare][0]
        for item in loans
        if (bare := numbers.bare(item))
        and item not in known
        and len(met.get(bare, [])) == 1 == alike[bare]
    }
    listed = known_among(db, tables.item.c.id, {*other, *other.values()})
    return {
        other[item] if item in other and not {item, other[item]} <= listed else item: line
        for item, line in loans.items()
    }


def _by_names_met(
    db: Connection, told: Mapping[ItemId, LoanLine], known: Mapping[ItemId, Known]
) -> dict[ItemId, LoanLine]:
    """Return *told* with who is known to have a copy, where the list has other zeros in the name.

    Two who are both among the hub's patrons are two.
    """
    holders = {
        item: holder
        for item, line in told.items()
        if item in known
        and (holder := known[item].holder) is not None
        and holder != line.patron
        and numbers.alike(line.patron, holder)
    }
    named = {*holders.values(), *(told[item].patron for item in holders)}
    people = known_among(db, tables.patron.c.id, named)
    return {
        item: replace(line, patron=holders[item])
        if item in holders and not {line.patron, holders[item]} <= people
        else line
        for item, line in told.items()
    }


def _only_names(known: Known | None, loan: Loan) -> bool:
    return known is not None and known.holder == SOMEBODY and known.due == loan.due


def _now(line: LoanLine | None, made_ms: int) -> Known:
    return Known(PatronId(line.patron) if line else None, line.due if line else None, made_ms)
