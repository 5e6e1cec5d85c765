"""What a loan, a return and a renewal change in the embedded catalogue, with their log."""

from datetime import date

import msgspec
from sqlalchemy import Connection, bindparam, insert, select

from circulation.identifiers import BranchCode, ItemId, PatronId
from circulation.verdicts import Accepted, Reason
from hub.catalogue import aside, log, policy, rows, tables
from hub.catalogue.at_hand import AtHand
from hub.catalogue.log import Write
from hub.catalogue.policy import Copy, Holder, LoanState
from hub.catalogue.port import Change
from hub.catalogue.terms import Terms
from hub.prepared import Prepared

_POSTING = tables.catalogue_posting.c
_KNOWN = Prepared(
    select(_POSTING.verdict).where(
        _POSTING.posting == bindparam("of"), _POSTING.change == bindparam("made")
    )
)
_REMEMBER = Prepared(insert(tables.catalogue_posting), ("posting", "change", "verdict"))


def done(db: Connection, write: Write, change: Change) -> Accepted | None:
    """Return what was answered under the same posting before, None where it is new."""
    if write.posting is None:
        return None
    verdict = _KNOWN.scalar(db, {"of": write.posting, "made": change.value})
    return None if verdict is None else msgspec.convert(verdict, Accepted)


def remember(db: Connection, write: Write, change: Change, due: date | None) -> None:
    """Keep what is answered, for the same posting a second time."""
    if write.posting is None:
        return
    verdict = msgspec.to_builtins(Accepted(due=due or write.today))
    entry = {"posting": write.posting, "change": change.value, "verdict": verdict}
    _REMEMBER.do(db, entry)


def loan_refused(
    db: Connection, holder: Holder, found: AtHand, terms: Terms, *, today: date
) -> Reason | None:
    """Return why *holder* may not borrow what was *found* today under *terms*, or None."""
    copy = found.copy
    return policy.loan_refused(
        holder,
        copy,
        terms,
        reserved_for=found.waits,
        has=rows.has(db, holder.patron, None if terms.kind_loans is None else copy.kind),
        today=today,
    )


def renewal_refused(
    db: Connection, title: str, held: LoanState, terms: Terms, *, today: date
) -> Reason | None:
    """Return why the loan *held* may not be renewed today under *terms*, or None."""
    return policy.renewal_refused(held, terms, waiting=rows.waiting(db, title), today=today)


def again(
    db: Connection, item: ItemId, held: LoanState, write: Write, *, told: date | None
) -> Accepted:
    """Answer a loan that the patron already has: never a renewal, but a told day stands."""
    due = max(held.due, told or held.due)
    if due > held.due:
        rows.move_due(db, item, due, held.renewals)
        log.enter(db, Change.RENEWED, item, write, patron=held.patron, due=due)
    remember(db, write, Change.LENT, due)
    return Accepted(due)


def lend(
    db: Connection, copy: Copy, patron: PatronId, write: Write, *, held: LoanState | None, due: date
) -> Accepted:
    """Lend *copy*; where somebody else has it still, that loan ends first."""
    item = ItemId(copy.item)
    if held is not None:
        # It is in this visitor's hand, so it must have come back unseen.
        rows.close_loan(db, item)
        log.enter(db, Change.RETURNED, item, write, patron=held.patron)
    rows.open_loan(db, item, patron, due)
    aside.taken(db, copy, patron, write)
    log.enter(db, Change.LENT, item, write, patron=patron, due=due)
    remember(db, write, Change.LENT, due)
    return Accepted(due)


def take_back(db: Connection, item: ItemId, branch: BranchCode, write: Write) -> bool:
    """Take *item* back at *branch*; return whether it was known."""
    copy = rows.copy(db, item)
    if copy is None:
        return False
    held = rows.loan(db, item)
    if held is not None:
        rows.close_loan(db, item)
        log.enter(db, Change.RETURNED, item, write, patron=held.patron)
    aside.put_down(db, aside.stay(db, copy, branch, write), branch, write)
    return True


def extend(db: Connection, item: ItemId, held: LoanState, write: Write, *, until: date) -> Accepted:
    """Move the last day of *held* to *until*, never to an earlier one."""
    due = max(held.due, until)
    if due > held.due:
        rows.move_due(db, item, due, held.renewals + 1)
        log.enter(db, Change.RENEWED, item, write, patron=held.patron, due=due)
    remember(db, write, Change.RENEWED, due)
    return Accepted(due)
