"""Whether a loan is granted, by a region's rules, against looking up a word in a dict of them."""

import random
import time
from datetime import date

from circulation.identifiers import PatronId
from hub.catalogue.policy import Copy, Has, Holder, loan_refused
from hub.catalogue.terms import Rule, RuleBook

LOANS = 500_000
RULES = 60
KINDS = ("book", "talking_book", "film", "music", "periodical", "other")
PEOPLE = ("adult", "child", "school", "staff")
PLACES = tuple(f"B{number:02}" for number in range(24))
TODAY = date(2026, 11, 25)


def _book(rng: random.Random) -> RuleBook:
    return RuleBook(
        Rule(
            item_kind=rng.choice(("", *KINDS)),  # type: ignore[arg-type]
            patron_kind=rng.choice(("", *PEOPLE)),
            branch=rng.choice(("", *PLACES)),
            loan_days=rng.choice((7, 14, 28)),
        )
        for _ in range(RULES)
    )


def main() -> None:
    """Print how long a decision takes."""
    rng = random.Random(1)
    book = _book(rng)
    copies = [
        Copy(item="B", title="t", branch=place, usage="circulating", kind=kind)
        for place in PLACES
        for kind in KINDS
    ]
    people = [
        Holder(patron=PatronId(kind), good=True, birth_year=1980, kind=kind) for kind in PEOPLE
    ]
    asked = [(rng.choice(people), rng.choice(copies)) for _ in range(LOANS)]
    has = Has(loans=3)
    begun = time.perf_counter()
    for holder, copy in asked:
        terms = book.terms(
            item_kind=copy.kind, patron_kind=holder.kind, branch=copy.branch, loan_days=28
        )
        loan_refused(holder, copy, terms, reserved_for=None, has=has, today=TODAY)
    decided = time.perf_counter() - begun
    known = {(copy.kind, holder.kind, copy.branch): 28 for holder in people for copy in copies}
    begun = time.perf_counter()
    for holder, copy in asked:
        known[copy.kind, holder.kind, copy.branch]
    looked_up = time.perf_counter() - begun
    print(f"decision         {decided / LOANS * 1e6:8.2f} us a loan, by {RULES} rules")
    print(f"decision : a look into a dict = {decided / looked_up:.1f}")


if __name__ == "__main__":
    main()
