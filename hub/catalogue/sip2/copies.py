"""One copy of a library system, looked at and written to by one thread at a time."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from zlib import crc32

from msgspec import Struct
from sqlalchemy import Engine

from circulation.identifiers import CardNumber, ItemId, PatronId
from hub.catalogue.answering import answering
from hub.catalogue.port import Change, ItemStanding, Loan
from hub.catalogue.sip2 import inferring, observations
from hub.catalogue.sip2.answers import SOMEBODY, SeenCopy
from hub.catalogue.sip2.asking import Asking
from hub.catalogue.sip2.inferring import Begun, Known, Seen

_STRIPES = 64
_FRESH_MS = 60_000
MISSING_MS = 5 * 60_000
"""How long a copy that was unknown is taken for unknown where that need not be known now."""
MISSING_MAX = 1000
NO_DAY = date(9999, 12, 31)
"""The due date of a loan of which the library system tells none that can be read."""


class Found(Struct, frozen=True):
    """A copy as it is now."""

    copy: SeenCopy
    loan: Loan | None
    version: int


class Noted(Struct, frozen=True):
    """What is in the notes of a copy; *standing* is None where the library system has none."""

    standing: ItemStanding | None


class CopyDesk:
    """Looks at copies, and keeps what follows from what is seen."""

    def __init__(
        self,
        engine: Engine,
        asking: Asking,
        *,
        now_ms: Callable[[], int],
        may_have: Callable[[ItemId], list[CardNumber]],
    ) -> None:
        """Keep notes in *engine*; *may_have* names the cards that a copy may be out with."""
        self._engine = engine
        self._asking = asking
        self._now_ms = now_ms
        self._may_have = may_have
        self._missing: dict[ItemId, int] = {}
        self._locks = [threading.RLock() for _ in range(_STRIPES)]

    @contextmanager
    def one_at_a_time(self, item: ItemId) -> Iterator[None]:
        """Let nobody else look at or write to *item* meanwhile."""
        with self._locks[crc32(item.encode()) % _STRIPES]:
            yield

    def look(self, item: ItemId, card: CardNumber | None = None) -> Found | None:
        """Return how *item* is, None where it is unknown; what others did is noted.

        Where it is out, it is asked whether it is out with *card*, beside those who may have it.
        """
        with self.one_at_a_time(item):
            seen = self._asking.copy(item)
            if seen is None:
                if len(self._missing) >= MISSING_MAX:
                    self._missing.clear()
                self._missing[item] = self._now_ms()
                return None
            self._missing.pop(item, None)
            with answering(self._engine.execution_options(read_only=True)) as db:
                known, begun = observations.known(db, item), observations.begun(db, item)
            loan = self._loan(seen, known, begun, card) if seen.on_loan else None
            return Found(seen, loan, self._keep(item, known, loan, begun))

    def noted(self, item: ItemId) -> Noted | None:
        """Return how *item* was found lately, None where nobody has looked."""
        now_ms = self._now_ms()
        if now_ms - self._missing.get(item, 0) < MISSING_MS:
            return Noted(None)
        with answering(self._engine.execution_options(read_only=True)) as db:
            known = observations.known(db, item)
            if known is None or now_ms - known.seen_ms > observations.ROUND_MS:
                return None
            version = observations.version(db, item)
        loan = Loan(item, known.holder, known.due or NO_DAY) if known.holder else None
        return Noted(ItemStanding(item, "", loan, None, version))

    def wrote(self, item: ItemId, change: Seen, holder: Loan | None) -> None:
        """Keep a write that the library system says it has made."""
        with answering(self._engine) as db:
            # Another process may have seen it before this one heard the answer.
            if observations.done(db, change.posting or "", change.change) is None:
                observations.enter(db, item, [change])
            due = _readable(holder.due) if holder else None
            patron = holder.patron if holder else None
            observations.keep(db, item, holder=patron, due=due, seen_ms=self._now_ms())

    def begin(self, item: ItemId, call: Begun) -> None:
        """Keep that *call* is about to be sent."""
        with answering(self._engine) as db:
            observations.begin(db, item, call, self._now_ms())

    def end(self, posting: str, change: Change) -> None:
        """Keep that a call was not made."""
        with answering(self._engine) as db:
            observations.end(db, posting, change)

    # --- who has it ------------------------------------------------------------------------

    def _loan(
        self, seen: SeenCopy, known: Known | None, begun: list[Begun], card: CardNumber | None
    ) -> Loan:
        due = seen.due or (known.due if known and known.holder else None) or NO_DAY
        return Loan(item=seen.item, patron=self._holder(seen, known, begun, card), due=due)

    def _holder(
        self, seen: SeenCopy, known: Known | None, begun: list[Begun], shown: CardNumber | None
    ) -> PatronId:
        """Return whose list of loans has the copy; SIP2 does not tell it of the copy itself."""
        before = known.holder if known else None
        likely = _likely(seen, known, begun)
        for card in self._candidates(seen.item, shown, before, begun):
            patron = self._asking.patron(card)
            has = patron.has(seen.item, self._asking.numbering.may_be)
            if has and patron.patron is not None:
                return patron.patron
            if has is None and likely is not None and card == CardNumber(likely):
                # It cannot be told that it is anybody else's.
                return likely
        return SOMEBODY

    def _candidates(
        self,
        item: ItemId,
        shown: CardNumber | None,
        before: PatronId | None,
        begun: list[Begun],
    ) -> list[CardNumber]:
        asked = [before, *(each.patron for each in begun)]
        people = [CardNumber(each) for each in asked if each not in (None, SOMEBODY)]
        mine = [shown] if shown is not None else []
        return list(dict.fromkeys([*people, *mine, *self._may_have(item)]))

    # --- what follows ------------------------------------------------------------------------

    def _keep(
        self, item: ItemId, known: Known | None, loan: Loan | None, begun: list[Begun]
    ) -> int:
        now_ms = self._now_ms()
        named = loan is not None and _only_named(known, loan)
        found = [] if named else inferring.changes(known, loan, begun, now_ms)
        due = _readable(loan.due) if loan else None
        now = Known(loan.patron if loan else None, due, now_ms)
        with answering(self._engine) as db:
            if observations.known(db, item) != known:
                # Another process has looked meanwhile, and noted what follows.
                return observations.version(db, item)
            if named and loan is not None:
                observations.name_holder(db, item, loan.patron)
            observations.enter(db, item, found)
            if known is None or found or _differs(known, now):
                observations.keep(db, item, holder=now.holder, due=now.due, seen_ms=now_ms)
            return observations.version(db, item)


def _likely(seen: SeenCopy, known: Known | None, begun: list[Begun]) -> PatronId | None:
    """Return who has the copy unless something says otherwise: who had it, or was to get it."""
    if known is not None and known.holder is not None:
        return known.holder if seen.due == known.due else None
    return next((each.patron for each in begun if each.change is Change.LENT), None)


def _only_named(known: Known | None, loan: Loan) -> bool:
    """Return whether nothing has happened but that it is known now who has it."""
    unnamed = known is not None and known.holder == SOMEBODY and loan.patron != SOMEBODY
    return unnamed and known is not None and known.due == _readable(loan.due)


def _readable(due: date) -> date | None:
    return None if due == NO_DAY else due


def _differs(known: Known, now: Known) -> bool:
    same = (known.holder, known.due) == (now.holder, now.due)
    return not same or now.seen_ms - known.seen_ms > _FRESH_MS
