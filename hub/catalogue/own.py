"""The embedded shared catalogue: what a region without a library system of its own borrows from."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, and_, bindparam, select, update

from circulation.identifiers import BranchCode, CardNumber, ItemId, PatronId, TitleId
from circulation.messages import AccountLoan
from circulation.verdicts import Reason, Refused, Verdict
from hub.catalogue import (
    aside,
    at_hand,
    changes,
    log,
    my_holds,
    past,
    pins,
    queue,
    rows,
    rulebook,
    tables,
)
from hub.catalogue.answering import answering, answering_of, told
from hub.catalogue.log import Write
from hub.catalogue.policy import STATE_GOOD, Copy, Holder, LoanState
from hub.catalogue.port import (
    FORGOTTEN,
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
    Loan,
    OpenLoans,
    PatronHold,
    Standing,
    StandingChanges,
)
from hub.catalogue.terms import Rule, Terms
from hub.database import at_one_moment
from hub.prepared import Prepared

_EVENT = tables.catalogue_event.c
_LOG = Prepared(
    select(tables.catalogue_event).where(_EVENT.item == bindparam("of")).order_by(_EVENT.version)
)
_BEHIND_US = Prepared(
    select(_EVENT.item)
    .where(_EVENT.version > bindparam("since"), _EVENT.posting.is_(None))
    .distinct()
    .order_by(_EVENT.item)
)
_KIND = Prepared(select(tables.patron.c.kind).where(tables.patron.c.id == bindparam("of")))
_CARD = Prepared(
    select(tables.loan_card.c.number)
    .where(tables.loan_card.c.patron == bindparam("of"))
    .order_by(tables.loan_card.c.state != STATE_GOOD, tables.loan_card.c.number)
    .limit(1)
)


class OwnCatalogue:
    """The catalogue in the hub's own database; each change is one transaction with its log."""

    def __init__(self, engine: Engine, *, rules: tuple[Rule, ...] = ()) -> None:
        """Keep the catalogue in *engine*, whose tables are there; *rules* come after its own."""
        self._engine = engine
        self._rules = rules

    @contextmanager
    def at_one_moment(self) -> Iterator[None]:
        """Have all that is asked within be one transaction; what is written is not seen in it."""
        with told(), at_one_moment(self._engine):
            yield

    @property
    def capabilities(self) -> Capabilities:
        """Return what this catalogue can do: all of it."""
        return Capabilities()

    def said(self, posting: str) -> str:  # noqa: ARG002 - its reasons are all our own
        """Return nothing: every refusal has a reason of ours."""
        return ""

    def standing(self, card: CardNumber, branch: BranchCode, today: date) -> Standing:  # noqa: ARG002 - cards of the embedded catalogue are expired by their state
        """Return what *card* is worth; blocked, lost, expired and unknown are refused alike."""
        with answering_of(self._engine) as db:
            holder = rows.holder(db, card)
            if holder is None:
                return Standing(patron=None, refused=Reason.CARD_REFUSED)
            if not holder.good:
                return Standing(patron=holder.patron, refused=Reason.CARD_REFUSED)
            ready, _ = rows.holds(db, holder.patron, branch)
            return Standing(patron=holder.patron, refused=None, holds_ready=ready)

    def pin_refused(self, card: CardNumber, pin: str, now_ms: int) -> Reason | None:
        """Return why *pin* is not accepted for *card*, or None."""
        with told():
            return pins.pin_refused(self._engine, card, pin, now_ms)

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
        """Lend *item*; with *no_block* it has already happened, until *due*, and stands."""
        write = Write(posting=posting, at_ms=at_ms)
        with answering(self._engine) as db:
            if (done := changes.done(db, write, Change.LENT)) is not None:
                return done
            found, holder = at_hand.of(db, item), rows.holder(db, card)
            if found is None:
                return Refused(Reason.ITEM_UNKNOWN)
            if holder is None:
                return Refused(Reason.CARD_REFUSED)
            copy, held = found.copy, found.held
            if held is not None and held.patron == holder.patron:
                return changes.again(db, item, held, write, told=due if no_block else None)
            terms = self._terms(db, copy, holder)
            if not no_block and (
                reason := changes.loan_refused(db, holder, found, terms, today=write.today)
            ):
                return Refused(reason)
            until = due or rows.due_day(db, copy, terms, write.today)
            return changes.lend(db, copy, holder.patron, write, held=held, due=until)

    def _terms(self, db: Connection, copy: Copy, holder: Holder) -> Terms:
        return rulebook.terms_of(db, rulebook.of(db, self._rules), copy, holder.kind)

    def checkin(self, item: ItemId, branch: BranchCode, *, posting: str, at_ms: int) -> bool:
        """Take *item* back at *branch*; return whether it was known."""
        write = Write(posting=posting, at_ms=at_ms)
        with answering(self._engine) as db:
            if changes.done(db, write, Change.RETURNED) is not None:
                return True
            if not changes.take_back(db, item, branch, write):
                return False
            changes.remember(db, write, Change.RETURNED, None)
            return True

    def renew(
        self, item: ItemId, card: CardNumber, *, posting: str | None, at_ms: int, due: date | None
    ) -> Verdict:
        """Extend the loan; *due* is given where the patron has already been told."""
        write = Write(posting=posting, at_ms=at_ms)
        with answering(self._engine) as db:
            if (done := changes.done(db, write, Change.RENEWED)) is not None:
                return done
            copy, holder, held = rows.copy(db, item), rows.holder(db, card), rows.loan(db, item)
            if copy is None:
                return Refused(Reason.ITEM_UNKNOWN)
            if holder is None or not (holder.good or due):
                return Refused(Reason.CARD_REFUSED)
            if held is None or held.patron != holder.patron:
                return Refused(Reason.NOT_ON_LOAN)
            terms, today = self._terms(db, copy, holder), write.today
            if due is None and (
                reason := changes.renewal_refused(db, copy.title, held, terms, today=today)
            ):
                return Refused(reason)
            until = due or rows.due_day(db, copy, terms, today)
            return changes.extend(db, item, held, write, until=until)

    def item(self, item: ItemId, *, lately: bool = False) -> ItemStanding | None:  # noqa: ARG002 - asking anew costs nothing
        """Return what is so of *item*, None where it is unknown."""
        with answering_of(self._engine) as db:
            found = at_hand.of(db, item)
        if found is None:
            return None
        held = found.held
        return ItemStanding(
            item=item,
            title=found.title,
            loan=Loan(item=item, patron=held.patron, due=held.due) if held else None,
            reserved_for=found.waits,
            version=found.version,
            sent_to=found.sent_to,
        )

    def goes_to(self, item: ItemId, at: BranchCode) -> BranchCode | None:
        """Return the library that *item* is to be sent to once it is taken back at *at*."""
        with answering_of(self._engine) as db:
            found = at_hand.of(db, item)
            return aside.goes_to(db, found, at) if found else None

    def copies(self, title: TitleId) -> Copies | None:
        """Return where *title*'s copies are, and how many wait."""
        with answering_of(self._engine) as db:
            return queue.copies(db, title)

    def place_hold(
        self, title: TitleId, card: CardNumber, *, pickup: BranchCode, at_ms: int
    ) -> HoldVerdict:
        """Put the patron behind *card* last in the queue for *title*; asking twice is one hold."""
        with answering(self._engine) as db:
            holder = rows.holder(db, card)
            if holder is None:
                return HoldVerdict(Reason.CARD_REFUSED)
            most = rulebook.of(db, self._rules).terms(patron_kind=holder.kind).holds
            write = Write(posting=None, at_ms=at_ms)
            return queue.join(db, title, holder, pickup=pickup, most=most, write=write)

    def cancel_hold(self, title: TitleId, card: CardNumber, *, at_ms: int) -> bool:
        """Take the patron behind *card* out of the queue for *title*; return whether in it."""
        with answering(self._engine) as db:
            holder = rows.holder(db, card)
            write = Write(posting=None, at_ms=at_ms)
            return holder is not None and queue.leave(db, title, holder.patron, write)

    def holds(self, card: CardNumber) -> list[PatronHold]:
        """Return what the patron behind *card* waits for, in the order in which it was asked."""
        with answering_of(self._engine) as db:
            return my_holds.of_card(db, card)

    def expire_holds(self, at_ms: int) -> int:
        """End the holds that were not fetched in time; return how many."""
        with answering(self._engine) as db:
            return aside.expire(db, Write(posting=None, at_ms=at_ms))

    def account(self, card: CardNumber, branch: BranchCode, today: date) -> Account:
        """Return the open matters of the patron behind *card*."""
        with answering_of(self._engine) as db:
            holder = rows.holder(db, card)
            if holder is None:
                return Account(loans=[], holds_ready=0, holds_waiting=0, fees_ore=0)
            ready, elsewhere = rows.holds(db, holder.patron, branch)
            fees = select(tables.patron.c.fees_ore).where(tables.patron.c.id == holder.patron)
            return Account(
                loans=[
                    self._account_loan(db, row, holder, today)
                    for row in rows.loans(db, holder.patron)
                ],
                holds_ready=ready,
                holds_waiting=elsewhere,
                fees_ore=db.scalar(fees) or 0,
            )

    def log(self, item: ItemId) -> list[CatalogueEvent]:
        """Return the log's entries on *item*, oldest first."""
        with answering_of(self._engine) as db:
            found = _LOG.all(db, {"of": item})
        return [msgspec.convert(entry._asdict(), CatalogueEvent) for entry in found]

    def changed_behind_us(self, since: int) -> list[ItemId]:
        """Return the items with entries after version *since* that are not the hub's own."""
        with answering_of(self._engine) as db:
            return [ItemId(row.item) for row in _BEHIND_US.all(db, {"since": since})]

    def borrower(self, card: CardNumber) -> Borrowing | None:
        """Return who borrows with *card*, None where it is unknown."""
        with answering_of(self._engine) as db:
            holder = rows.holder(db, card)
        return Borrowing(holder.patron, holder.birth_year) if holder else None

    def card_of(self, patron: PatronId) -> CardNumber | None:
        """Return a card of *patron*, a good one first; None where they have none."""
        with answering_of(self._engine) as db:
            number = _CARD.scalar(db, {"of": patron})
        return CardNumber(number) if number else None

    def kind_and_language(self, item: ItemId) -> tuple[str, str]:
        """Return what sort of thing *item* is, and its MARC language code."""
        with answering_of(self._engine) as db:
            copy = rows.copy(db, item)
            if copy is None:
                return "", ""
            return copy.kind, rows.title_of(db, copy.title).language

    def named(self, before_ms: int) -> list[ItemId]:
        """Return the items in whose log is somebody, since before *before_ms*, who has it no more.

        By their own name, and not by what `forget` put in its place.
        """
        with answering_of(self._engine) as db:
            return log.named(db, before_ms)

    def marked(self) -> list[ItemId]:
        """Return the items in whose log somebody stands by what `forget` put there."""
        with answering_of(self._engine) as db:
            return log.marked(db)

    def forget(
        self, item: ItemId, *, keep: PatronId | None, name: Callable[[PatronId], str]
    ) -> None:
        """Put *name* in the place of every patron in *item*'s log but the one to *keep*."""
        event = tables.catalogue_event
        with answering(self._engine) as db:
            here = and_(event.c.item == item, event.c.patron.is_not(None))
            for patron in db.scalars(select(event.c.patron).where(here).distinct()).all():
                if patron != keep and not patron.startswith(FORGOTTEN):
                    mine = and_(here, event.c.patron == patron)
                    db.execute(update(event).where(mine).values(patron=name(PatronId(patron))))

    def served(self, item: ItemId, who: list[tuple[PatronId, int]]) -> None:
        """Keep that *item* was lent to *who*, each at an instant, and that they wait no more."""
        with answering(self._engine) as db:
            if (copy := rows.copy(db, item)) is not None:
                past.serve(db, copy, who)

    def strip(self, item: ItemId, *, through: int) -> None:
        """Take every name out of *item*'s log through version *through*."""
        event = tables.catalogue_event
        with answering(self._engine) as db:
            here = and_(event.c.item == item, event.c.version <= through)
            db.execute(update(event).where(here).values(patron=None))

    def queues_left(self, before_ms: int) -> dict[TitleId, HoldsPast]:
        """Return the queues that somebody left before *before_ms*, in whose log they stand yet."""
        with answering_of(self._engine) as db:
            return past.queues_left(db, before_ms)

    def forget_waits(
        self, title: TitleId, who: Collection[PatronId], *, before_ms: int, through: int
    ) -> None:
        """Take *who* out of the log of *title*'s queue, of what was until then."""
        with answering(self._engine) as db:
            past.forget_waits(db, title, who, before_ms=before_ms, through=through)

    def version(self) -> int:
        """Return the number of the newest entry of the log."""
        with answering_of(self._engine) as db:
            return log.version(db)

    def card_past(self, card: CardNumber) -> list[CardSince] | None:
        """Return whether *card* was good, from when to when; oldest first."""
        with answering_of(self._engine) as db:
            return past.card_past(db, card)

    def holds_past(self, item: ItemId) -> HoldsPast | None:
        """Return what staff and patrons did about the queue for *item*'s title."""
        with answering_of(self._engine) as db:
            return past.holds_past(db, item)

    def open_loans(self, patron: PatronId) -> OpenLoans | None:
        """Return what *patron* has, and how much that may be."""
        with answering_of(self._engine) as db:
            items = [ItemId(row.item) for row in rows.loans(db, patron)]
            kind = _KIND.scalar(db, {"of": patron})
            terms = rulebook.of(db, self._rules).terms(patron_kind=kind or "")
        return OpenLoans(limit=terms.loans, items=items)

    def standing_changed(self, since: int) -> StandingChanges:
        """Return whose cards and which queues others have changed after version *since*."""
        with answering_of(self._engine) as db:
            return past.changed(db, since)

    def _account_loan(self, db: Connection, row: Any, holder: Holder, today: date) -> AccountLoan:
        title, copy = rows.title_of(db, row.title), rows.copy(db, row.item)
        assert copy is not None, "a loan of nothing"
        held = LoanState(patron=row.patron, due=row.due, renewals=row.renewals)
        terms = self._terms(db, copy, holder)
        refused = changes.renewal_refused(db, row.title, held, terms, today=today)
        return AccountLoan(
            item=row.item,
            title=title.title,
            language=title.language,
            kind=title.kind,
            due=row.due,
            renewable=refused is None,
        )
