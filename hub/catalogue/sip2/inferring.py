"""What must have happened to a copy between two looks at it: decided without touching anything."""

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from circulation.identifiers import PatronId
from hub.catalogue.port import Change, Loan

SETTLING_MS = 15 * 60_000
"""How old a change is taken to be where a loan that was known has ended unseen."""
NEVER_SEEN_MS = 400 * 86_400_000
"""How old a loan is taken to be where nobody had looked before: no fact is older."""


class Known(Struct, frozen=True):
    """What was known of a copy when it was last looked at."""

    holder: PatronId | None
    due: date | None
    seen_ms: int


class Begun(Struct, frozen=True):
    """A write of the hub's own, of which it is not known whether it was made."""

    posting: str
    change: Change
    patron: PatronId | None
    at_ms: int


class Seen(Struct, frozen=True, kw_only=True):
    """One change, as it is kept."""

    change: Change
    patron: PatronId | None
    due: date | None
    at_ms: int
    posting: str | None = None

    @property
    def inferred(self) -> bool:
        """Return whether others made it, and nobody told."""
        return self.posting is None


def changes(
    known: Known | None, loan: Loan | None, begun: Iterable[Begun], now_ms: int
) -> list[Seen]:
    """Return what has happened since *known*, where the copy is now on *loan* (None: it is in).

    A change that the hub has *begun* itself is its own. Of a loan that was known, others ended
    it lately: a fact that is older than that came before. Of a copy that was in, or that nobody
    had looked at, the loan is as old as it can be: a fact that comes now came after.
    """
    calls = {(each.change, each.patron): each for each in begun}
    before = known.holder if known else None
    since = known.seen_ms if known else now_ms - NEVER_SEEN_MS
    lately = max(since, now_ms - SETTLING_MS)

    def seen(change: Change, patron: PatronId | None, due: date | None, at_ms: int) -> Seen:
        call = calls.get((change, patron))
        if call is None:
            return Seen(change=change, patron=patron, due=due, at_ms=at_ms)
        return Seen(change=change, patron=patron, due=due, at_ms=call.at_ms, posting=call.posting)

    if before is None:
        return [seen(Change.LENT, loan.patron, loan.due, since)] if loan else []
    if loan is None:
        return [seen(Change.RETURNED, None, None, lately)]
    if loan.patron != before:
        ended = seen(Change.RETURNED, None, None, lately)
        return [ended, seen(Change.LENT, loan.patron, loan.due, lately)]
    assert known is not None, "a holder was known"
    if known.due is not None and loan.due > known.due:
        return [seen(Change.RENEWED, loan.patron, loan.due, now_ms)]
    return []
