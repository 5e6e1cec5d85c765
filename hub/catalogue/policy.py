"""Whether a loan or a renewal is granted: the region's rules, and nothing that can be touched."""

from datetime import date

from msgspec import Struct

from circulation.identifiers import PatronId
from circulation.verdicts import Reason
from hub.catalogue.terms import Terms

USAGE_LOAN = "circulating"
USAGE_ENTITLED = "entitled"
"""A talking book made under the exception in the copyright law, for whom it is made."""
LENDABLE = (USAGE_LOAN, USAGE_ENTITLED)
STATE_GOOD = "active"


class Holder(Struct, frozen=True, kw_only=True):
    """Who stands behind a card, and whether both card and person may borrow."""

    patron: PatronId
    good: bool
    birth_year: int
    kind: str = ""
    entitled: bool = False
    """To talking books made under the exception; it says something of a person's health."""


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


class Has(Struct, frozen=True, kw_only=True):
    """How many loans somebody has: *loans* in all, *of_kind* of them like the one at hand."""

    loans: int
    of_kind: int = 0


def loan_refused(
    holder: Holder, copy: Copy, terms: Terms, *, reserved_for: str | None, has: Has, today: date
) -> Reason | None:
    """Return why *holder* may not borrow *copy* today under *terms*, or None."""
    if not holder.good:
        return Reason.CARD_REFUSED
    if reason := _never(holder, copy):
        return reason
    if today.year - holder.birth_year < terms.age:
        return Reason.AGE_LIMIT
    if reserved_for not in {None, holder.patron}:
        return Reason.RESERVED
    full = has.loans >= terms.loans
    if full or (terms.kind_loans is not None and has.of_kind >= terms.kind_loans):
        return Reason.LOAN_LIMIT
    return None


def hold_refused(holder: Holder, usages: set[str]) -> Reason | None:
    """Return why *holder* may not wait for a title whose copies have *usages*, or None."""
    if not holder.good:
        return Reason.CARD_REFUSED
    if usages.isdisjoint(LENDABLE):
        return Reason.NOT_FOR_LOAN
    if USAGE_LOAN not in usages and not holder.entitled:
        return Reason.TALKING_BOOK
    return None


def _never(holder: Holder, copy: Copy) -> Reason | None:
    if copy.usage not in LENDABLE:
        return Reason.NOT_FOR_LOAN
    if copy.usage == USAGE_ENTITLED and not holder.entitled:
        return Reason.TALKING_BOOK
    return None


def renewal_refused(loan: LoanState, terms: Terms, *, waiting: int, today: date) -> Reason | None:
    """Return why *loan* may not be renewed today under *terms*, or None."""
    if waiting:
        return Reason.RESERVED
    if loan.renewals >= terms.renewals or loan.due < today:
        return Reason.RENEWAL_LIMIT
    return None
