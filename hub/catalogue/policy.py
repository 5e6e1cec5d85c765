"""Whether a loan or a renewal is granted: the region's rules, and nothing that can be touched."""

from datetime import date

from msgspec import Struct

from circulation.identifiers import PatronId
from circulation.verdicts import Reason

OPEN_LOANS_MAX = 30
RENEWALS_MAX = 3
FILM_AGE = 15
USAGE_LOAN = "circulating"
STATE_GOOD = "active"


class Holder(Struct, frozen=True, kw_only=True):
    """Who stands behind a card, and whether both card and person may borrow."""

    patron: PatronId
    good: bool
    birth_year: int


class Copy(Struct, frozen=True, kw_only=True):
    """One copy and what the rules ask about it."""

    item: str
    title: str
    branch: str
    usage: str
    kind: str


class LoanState(Struct, frozen=True, kw_only=True):
    """An open loan, and how often it was renewed."""

    patron: PatronId
    due: date
    renewals: int


def loan_refused(
    holder: Holder,
    copy: Copy,
    *,
    reserved_for: str | None,
    open_loans: int,
    loans_max: int = OPEN_LOANS_MAX,
    today: date,
) -> Reason | None:
    """Return why *holder* may not borrow *copy* today, or None."""
    if not holder.good:
        return Reason.CARD_REFUSED
    if copy.usage != USAGE_LOAN:
        return Reason.NOT_FOR_LOAN
    if copy.kind == "film" and today.year - holder.birth_year < FILM_AGE:
        return Reason.AGE_LIMIT
    if reserved_for not in {None, holder.patron}:
        return Reason.RESERVED
    return Reason.LOAN_LIMIT if open_loans >= loans_max else None


def renewal_refused(loan: LoanState, *, waiting: int, today: date) -> Reason | None:
    """Return why *loan* may not be renewed today, or None."""
    if waiting:
        return Reason.RESERVED
    if loan.renewals >= RENEWALS_MAX or loan.due < today:
        return Reason.RENEWAL_LIMIT
    return None
