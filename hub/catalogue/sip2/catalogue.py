"""A library system that speaks SIP2, as the shared catalogue."""

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from datetime import date

from sqlalchemy import Engine

from circulation.identifiers import BranchCode, CardNumber, ItemId, PatronId, TitleId
from circulation.messages import AccountLoan, ShelfTitle
from circulation.verdicts import Reason, Verdict
from hub.catalogue import pins
from hub.catalogue.answering import answering, told
from hub.catalogue.port import (
    Account,
    Borrowing,
    Capabilities,
    CardSince,
    CatalogueEvent,
    Change,
    Copies,
    HoldsPast,
    HoldVerdict,
    ItemStanding,
    OpenLoans,
    PatronHold,
    Standing,
    StandingChanges,
)
from hub.catalogue.sip2 import observations
from hub.catalogue.sip2.answers import SeenCopy
from hub.catalogue.sip2.asking import Asking
from hub.catalogue.sip2.copies import NO_DAY, CopyDesk
from hub.catalogue.sip2.queueing import Queueing
from hub.catalogue.sip2.requests import HOLDS
from hub.catalogue.sip2.writing import Write, Writing

ACCOUNT_LOANS_MAX = 100


class Sip2Catalogue:
    """What a library system answers over SIP2; what it cannot tell is inferred and kept here."""

    def __init__(
        self,
        engine: Engine,
        asking: Asking,
        *,
        now_ms: Callable[[], int],
        at_once: int = 2,
        may_have: Callable[[ItemId], list[CardNumber]] = lambda _item: [],
        copies_of: Callable[[TitleId], list[ItemId]] = lambda _title: [],
        title_of: Callable[[ItemId], ShelfTitle | None] = lambda _item: None,
    ) -> None:
        """Keep notes in *engine*; ask *at_once* things at a time for one account.

        What SIP2 does not tell: *may_have* names the cards that a copy may be out with,
        *copies_of* copies of a title, and *title_of* the title of a copy.
        """
        self._engine = engine
        self._reading = engine.execution_options(read_only=True)
        self._asking = asking
        self._now_ms = now_ms
        self._at_once = at_once
        self._copies = CopyDesk(engine, asking, now_ms=now_ms, may_have=may_have)
        self._queueing = Queueing(asking, copies_of, title_of)
        self._writing = Writing(asking, self._copies, self._done)

    @property
    def capabilities(self) -> Capabilities:
        """Return what SIP2 can do."""
        return Capabilities(history=False, kept_here=False, lists_cards=False, told_days=False)

    def close(self) -> None:
        """Hang up; nothing may be asked any more."""
        self._asking.close()

    def standing(self, card: CardNumber, branch: BranchCode, today: date) -> Standing:  # noqa: ARG002 - SIP2 asks of a card, not of a place
        """Return what *card* is worth; blocked, lost, expired and unknown are refused alike."""
        seen = self._asking.patron(card, listing=HOLDS)
        return Standing(patron=seen.patron, refused=seen.refused, holds_ready=seen.holds_ready)

    def pin_refused(self, card: CardNumber, pin: str, now_ms: int) -> Reason | None:
        """Return why *pin* is not accepted for *card*, or None."""
        with told():
            return pins.tried(
                self._engine, card, now_ms, lambda: self._asking.patron(card, pin=pin).pin_right
            )

    def checkout(
        self,
        item: ItemId,
        card: CardNumber,
        *,
        posting: str,
        at_ms: int,
        due: date | None,
        no_block: bool,
    ) -> Verdict:
        """Lend *item*; with *no_block* it has happened, and is asked for as what has happened."""
        write = Write(posting=posting, at_ms=at_ms, due=due, happened=no_block)
        return self._writing.lend(item, card, write)

    def checkin(self, item: ItemId, branch: BranchCode, *, posting: str, at_ms: int) -> bool:
        """Take *item* back at *branch*; return whether it was known, and is in now."""
        write = Write(posting=posting, at_ms=at_ms, happened=True)
        return self._writing.take_back(item, branch, write)

    def renew(
        self, item: ItemId, card: CardNumber, *, posting: str | None, at_ms: int, due: date | None
    ) -> Verdict:
        """Extend the loan; *due* is given where the patron has already been told."""
        posting = posting or observations.wish(item, at_ms)
        return self._writing.renew(item, card, Write(posting=posting, at_ms=at_ms, due=due))

    def said(self, posting: str) -> str:
        """Return why *posting* was refused, as the library system said it."""
        return self._writing.said(posting)

    def item(self, item: ItemId, *, lately: bool = False) -> ItemStanding | None:
        """Return what is so of *item*, None where it is unknown; what others did is noted."""
        if lately and (noted := self._copies.noted(item)) is not None:
            return noted.standing
        found = self._copies.look(item)
        if found is None:
            return None
        copy = found.copy
        return ItemStanding(item, copy.title, found.loan, copy.reserved_for, found.version)

    def goes_to(self, item: ItemId, at: BranchCode) -> BranchCode | None:  # noqa: ARG002
        """Return nothing: only once it is taken back does SIP2 tell, and then not every system."""
        return None

    def copies(self, title: TitleId) -> Copies | None:  # noqa: ARG002
        """Return nothing: SIP2 knows copies, and no titles."""
        return None

    def place_hold(
        self, title: TitleId, card: CardNumber, *, pickup: BranchCode, at_ms: int
    ) -> HoldVerdict:
        """Put who has *card* in the queue for *title*, where the hub knows a copy of it."""
        return self._queueing.place(title, card, pickup=pickup, at_ms=at_ms)

    def cancel_hold(self, title: TitleId, card: CardNumber, *, at_ms: int) -> bool:
        """Take who has *card* out of the queue for *title*; return whether in it."""
        return self._queueing.give_up(title, card, at_ms=at_ms)

    def holds(self, card: CardNumber) -> list[PatronHold]:
        """Return what who has *card* waits for; places and branches are not told."""
        return self._queueing.of(card)

    def account(self, card: CardNumber, branch: BranchCode, today: date) -> Account:  # noqa: ARG002 - as `standing`
        """Return the open matters of the patron behind *card*."""
        seen = self._asking.patron(card)
        items = [ItemId(item) for item in seen.charged[:ACCOUNT_LOANS_MAX]]
        with ThreadPoolExecutor(self._at_once) as askers:
            copies = [copy for copy in askers.map(self._asking.copy, items) if copy is not None]
        return Account(
            loans=[_account_loan(copy, today) for copy in copies],
            holds_ready=seen.holds_ready,
            holds_waiting=seen.holds_waiting,
            fees_ore=seen.fees_ore,
        )

    def log(self, item: ItemId) -> list[CatalogueEvent]:
        """Return what the hub did to *item* and what it inferred that others did, oldest first."""
        with answering(self._reading) as db:
            return observations.log(db, item)

    def changed_behind_us(self, since: int) -> list[ItemId]:
        """Return the items that others have changed after version *since*, so far as is seen.

        What is in doubt is looked at for this, and a few copies that have long been out.
        """
        with answering(self._engine) as db:
            again = observations.to_look_at(db, self._now_ms())
        for item in again:
            self._copies.look(item)
        with answering(self._reading) as db:
            return list(dict.fromkeys([*observations.changed(db, since), *again]))

    def borrower(self, card: CardNumber) -> Borrowing | None:
        """Return who borrows with *card*, None where it is unknown."""
        seen = self._asking.remembered(card)
        return Borrowing(seen.patron, seen.birth_year) if seen.patron else None

    def card_of(self, patron: PatronId) -> CardNumber | None:  # noqa: ARG002
        """Return None: what staff did there is inferred, and no reason to lend to anybody."""
        return None

    def kind_and_language(self, item: ItemId) -> tuple[str, str]:
        """Return what sort of thing *item* is; SIP2 knows no languages."""
        copy = self._asking.copy(item)
        return (copy.kind if copy else "", "")

    def named(self, before_ms: int) -> list[ItemId]:
        """Return the items in whose log is somebody, since before *before_ms*, who has it no more.

        By their own name, and not by what `forget` put in its place.
        """
        with answering(self._reading) as db:
            return observations.named(db, before_ms)

    def marked(self) -> list[ItemId]:
        """Return the items in whose log somebody stands by what `forget` put there."""
        with answering(self._reading) as db:
            return observations.marked(db)

    def forget(
        self, item: ItemId, *, keep: PatronId | None, name: Callable[[PatronId], str]
    ) -> None:
        """Put *name* in the place of every patron in *item*'s log but the one to *keep*."""
        with answering(self._engine) as db:
            observations.forget(db, item, keep, name)

    def served(self, item: ItemId, who: list[tuple[PatronId, int]]) -> None:
        """Keep nothing: the library system has its own queue."""

    def strip(self, item: ItemId, *, through: int) -> None:
        """Take every name out of *item*'s log through version *through*."""
        with answering(self._engine) as db:
            observations.strip(db, item, through)

    def queues_left(self, before_ms: int) -> dict[TitleId, HoldsPast]:  # noqa: ARG002
        """Return none: the library system has its own queues."""
        return {}

    def forget_waits(
        self, title: TitleId, who: Collection[PatronId], *, before_ms: int, through: int
    ) -> None:
        """Forget nothing: the library system has its own queues."""

    def at_one_moment(self) -> AbstractContextManager[None]:
        """Return nothing of the kind: each answer is kept as it comes."""
        return nullcontext()

    def version(self) -> int:
        """Return the number of the newest entry of the log."""
        with answering(self._reading) as db:
            return observations.version(db)

    # SIP2 says what stands, never what stood.

    def card_past(self, card: CardNumber) -> list[CardSince] | None:  # noqa: ARG002
        """Return nothing: when a card was blocked is not told."""
        return None

    def holds_past(self, item: ItemId) -> HoldsPast | None:  # noqa: ARG002
        """Return nothing: who waited when is not told."""
        return None

    def open_loans(self, patron: PatronId) -> OpenLoans | None:  # noqa: ARG002
        """Return nothing: the limit is the library system's own."""
        return None

    def standing_changed(self, since: int) -> StandingChanges:
        """Return that nobody's standing is known to have changed."""
        return StandingChanges(since, [], [])

    def _done(self, posting: str, change: Change) -> CatalogueEvent | None:
        with answering(self._reading) as db:
            return observations.done(db, posting, change)


def _account_loan(copy: SeenCopy, today: date) -> AccountLoan:
    due = copy.due or NO_DAY
    return AccountLoan(
        item=copy.item,
        title=copy.title,
        language="",
        kind=copy.kind,
        due=due,
        renewable=not copy.waiting and due >= today,
    )
