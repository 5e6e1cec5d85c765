"""The embedded shared catalogue: what a region without a library system of its own borrows from."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, and_, insert, select, update
from sqlalchemy.exc import OperationalError

from circulation.identifiers import BranchCode, CardNumber, ItemId, PatronId
from circulation.messages import AccountLoan
from circulation.verdicts import Accepted, Reason, Refused, Verdict
from hub.catalogue import pins, policy, rows, tables
from hub.catalogue.policy import Copy, Holder, LoanState
from hub.catalogue.port import (
    Account,
    Borrowing,
    CatalogueEvent,
    Change,
    ItemStanding,
    Loan,
    Standing,
)
from hub.catalogue.rows import Write
from hub.errors import CatalogueUnavailableError


class OwnCatalogue:
    """The catalogue in the hub's own database; each change is one transaction with its log."""

    def __init__(self, engine: Engine) -> None:
        """Keep the catalogue in *engine*, whose tables are there."""
        self._engine = engine
        self._reading = engine.execution_options(read_only=True)

    def standing(self, card: CardNumber, branch: BranchCode, today: date) -> Standing:  # noqa: ARG002 - cards of the embedded catalogue are expired by their state
        """Return what *card* is worth; blocked, lost, expired and unknown are refused alike."""
        with _answering(self._reading) as db:
            holder = rows.holder(db, card)
            if holder is None:
                return Standing(patron=None, refused=Reason.CARD_REFUSED)
            if not holder.good:
                return Standing(patron=holder.patron, refused=Reason.CARD_REFUSED)
            ready, _ = rows.holds(db, holder.patron, branch)
            return Standing(patron=holder.patron, refused=None, holds_ready=ready)

    def pin_refused(self, card: CardNumber, pin: str, now_ms: int) -> Reason | None:
        """Return why *pin* is not accepted for *card*, or None."""
        with _told():
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
        with _answering(self._engine) as db:
            if (done := _done(db, write, Change.LENT)) is not None:
                return done
            copy, holder = rows.copy(db, item), rows.holder(db, card)
            if copy is None:
                return Refused(Reason.ITEM_UNKNOWN)
            if holder is None:
                return Refused(Reason.CARD_REFUSED)
            held = rows.loan(db, item)
            if held is not None and held.patron == holder.patron:
                return _again(db, item, held, write, told=due if no_block else None)
            if not no_block and (reason := _loan_refused(db, holder, copy, write.today)):
                return Refused(reason)
            until = due or rows.due_day(db, copy, write.today)
            return _lend(db, copy, holder.patron, write, held=held, due=until)

    def checkin(self, item: ItemId, branch: BranchCode, *, posting: str, at_ms: int) -> bool:
        """Take *item* back at *branch*; return whether it was known."""
        write = Write(posting=posting, at_ms=at_ms)
        with _answering(self._engine) as db:
            if _done(db, write, Change.RETURNED) is not None:
                return True
            if not _take_back(db, item, branch, write):
                return False
            _remember(db, write, Change.RETURNED, None)
            return True

    def lend_at_desk(self, item: ItemId, card: CardNumber, *, at_ms: int) -> bool:
        """Lend *item* as staff do at their own desk; return whether item and card are known."""
        write = Write(posting=None, at_ms=at_ms)
        with _answering(self._engine) as db:
            copy, holder = rows.copy(db, item), rows.holder(db, card)
            if copy is None or holder is None:
                return False
            held, due = rows.loan(db, item), rows.due_day(db, copy, write.today)
            if held is not None and held.patron == holder.patron:
                _again(db, item, held, write, told=due)
            else:
                _lend(db, copy, holder.patron, write, held=held, due=due)
            return True

    def take_back_at_desk(self, item: ItemId, branch: BranchCode, *, at_ms: int) -> bool:
        """Take *item* back as staff do at their own desk; return whether it is known."""
        with _answering(self._engine) as db:
            return _take_back(db, item, branch, Write(posting=None, at_ms=at_ms))

    def renew(
        self, item: ItemId, card: CardNumber, *, posting: str, at_ms: int, due: date | None
    ) -> Verdict:
        """Extend the loan; *due* is given where the patron has already been told."""
        write = Write(posting=posting, at_ms=at_ms)
        with _answering(self._engine) as db:
            if (done := _done(db, write, Change.RENEWED)) is not None:
                return done
            copy, holder, held = rows.copy(db, item), rows.holder(db, card), rows.loan(db, item)
            if copy is None:
                return Refused(Reason.ITEM_UNKNOWN)
            if holder is None or not (holder.good or due):
                return Refused(Reason.CARD_REFUSED)
            if held is None or held.patron != holder.patron:
                return Refused(Reason.NOT_ON_LOAN)
            if due is None and (reason := _renewal_refused(db, copy.title, held, write.today)):
                return Refused(reason)
            until = due or rows.due_day(db, copy, write.today)
            return _extend(db, item, held, write, until=until)

    def item(self, item: ItemId) -> ItemStanding | None:
        """Return what is so of *item*, None where it is unknown."""
        with _answering(self._reading) as db:
            copy = rows.copy(db, item)
            if copy is None:
                return None
            held = rows.loan(db, item)
            return ItemStanding(
                item=item,
                title=rows.title_of(db, copy.title).title,
                loan=Loan(item=item, patron=held.patron, due=held.due) if held else None,
                reserved_for=rows.reserved_for(db, copy),
                version=rows.version(db, item),
            )

    def account(self, card: CardNumber, branch: BranchCode, today: date) -> Account:
        """Return the open matters of the patron behind *card*."""
        with _answering(self._reading) as db:
            holder = rows.holder(db, card)
            if holder is None:
                return Account(loans=[], holds_ready=0, holds_waiting=0, fees_ore=0)
            ready, elsewhere = rows.holds(db, holder.patron, branch)
            fees = select(tables.patron.c.fees_ore).where(tables.patron.c.id == holder.patron)
            return Account(
                loans=[_account_loan(db, row, today) for row in rows.loans(db, holder.patron)],
                holds_ready=ready,
                holds_waiting=elsewhere,
                fees_ore=db.scalar(fees) or 0,
            )

    def log(self, item: ItemId) -> list[CatalogueEvent]:
        """Return the log's entries on *item*, oldest first."""
        event = tables.catalogue_event
        with _answering(self._reading) as db:
            entries = select(event).where(event.c.item == item).order_by(event.c.version)
            found = db.execute(entries).all()
        return [msgspec.convert(entry, CatalogueEvent, from_attributes=True) for entry in found]

    def changed_behind_us(self, since: int) -> list[ItemId]:
        """Return the items with entries after version *since* that are not the hub's own."""
        event = tables.catalogue_event.c
        with _answering(self._reading) as db:
            entries = select(event.item).where(event.version > since, event.posting.is_(None))
            return [ItemId(item) for item in db.scalars(entries.distinct().order_by(event.item))]

    def borrower(self, card: CardNumber) -> Borrowing | None:
        """Return who borrows with *card*, None where it is unknown."""
        with _answering(self._reading) as db:
            holder = rows.holder(db, card)
        return Borrowing(holder.patron, holder.birth_year) if holder else None

    def kind_and_language(self, item: ItemId) -> tuple[str, str]:
        """Return what sort of thing *item* is, and its MARC language code."""
        with _answering(self._reading) as db:
            copy = rows.copy(db, item)
            if copy is None:
                return "", ""
            return copy.kind, rows.title_of(db, copy.title).language

    def forget(
        self, item: ItemId, *, keep: PatronId | None, name: Callable[[PatronId], str]
    ) -> None:
        """Put *name* in the place of every patron in *item*'s log but the one to *keep*."""
        event = tables.catalogue_event
        with _answering(self._engine) as db:
            here = and_(event.c.item == item, event.c.patron.is_not(None))
            for patron in db.scalars(select(event.c.patron).where(here).distinct()).all():
                if patron != keep and db.scalar(
                    select(tables.patron.c.id).where(tables.patron.c.id == patron)
                ):
                    mine = and_(here, event.c.patron == patron)
                    db.execute(update(event).where(mine).values(patron=name(PatronId(patron))))

    def version(self) -> int:
        """Return the number of the newest entry of the log."""
        with _answering(self._reading) as db:
            return rows.version(db)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise CatalogueUnavailableError(f"the embedded catalogue: {error.orig}") from error


@contextmanager
def _answering(engine: Engine) -> Iterator[Connection]:
    with _told(), engine.begin() as db:
        yield db


def _done(db: Connection, write: Write, change: Change) -> Accepted | None:
    posting = tables.catalogue_posting.c
    known = select(posting.verdict).where(
        posting.posting == write.posting, posting.change == change.value
    )
    verdict = db.scalar(known)
    return None if verdict is None else msgspec.convert(verdict, Accepted)


def _remember(db: Connection, write: Write, change: Change, due: date | None) -> None:
    if write.posting is None:
        return
    verdict = msgspec.to_builtins(Accepted(due=due or write.today))
    entry = {"posting": write.posting, "change": change.value, "verdict": verdict}
    db.execute(insert(tables.catalogue_posting).values(entry))


def _loan_refused(db: Connection, holder: Holder, copy: Copy, today: date) -> Reason | None:
    return policy.loan_refused(
        holder,
        copy,
        reserved_for=rows.reserved_for(db, copy),
        open_loans=rows.open_loans(db, holder.patron),
        today=today,
    )


def _renewal_refused(db: Connection, title: str, held: LoanState, today: date) -> Reason | None:
    return policy.renewal_refused(held, waiting=rows.waiting(db, title), today=today)


def _again(
    db: Connection, item: ItemId, held: LoanState, write: Write, *, told: date | None
) -> Accepted:
    """Answer a loan that the patron already has: never a renewal, but a told day stands."""
    due = max(held.due, told or held.due)
    if due > held.due:
        rows.move_due(db, item, due, held.renewals)
        rows.enter(db, Change.RENEWED, item, write, patron=held.patron, due=due)
    _remember(db, write, Change.LENT, due)
    return Accepted(due)


def _lend(
    db: Connection, copy: Copy, patron: PatronId, write: Write, *, held: LoanState | None, due: date
) -> Accepted:
    item = ItemId(copy.item)
    if held is not None:
        # It is in this visitor's hand, so it must have come back unseen.
        rows.close_loan(db, item)
        rows.enter(db, Change.RETURNED, item, write, patron=held.patron)
    rows.open_loan(db, item, patron, due)
    rows.end_wait(db, copy, patron)
    rows.enter(db, Change.LENT, item, write, patron=patron, due=due)
    _remember(db, write, Change.LENT, due)
    return Accepted(due)


def _take_back(db: Connection, item: ItemId, branch: BranchCode, write: Write) -> bool:
    copy = rows.copy(db, item)
    if copy is None:
        return False
    held = rows.loan(db, item)
    if held is not None:
        rows.close_loan(db, item)
        rows.enter(db, Change.RETURNED, item, write, patron=held.patron)
    rows.stay(db, copy, branch)
    rows.put_aside(db, copy)
    return True


def _extend(
    db: Connection, item: ItemId, held: LoanState, write: Write, *, until: date
) -> Accepted:
    due = max(held.due, until)
    if due > held.due:
        rows.move_due(db, item, due, held.renewals + 1)
        rows.enter(db, Change.RENEWED, item, write, patron=held.patron, due=due)
    _remember(db, write, Change.RENEWED, due)
    return Accepted(due)


def _account_loan(db: Connection, row: Any, today: date) -> AccountLoan:
    title = rows.title_of(db, row.title)
    held = LoanState(patron=row.patron, due=row.due, renewals=row.renewals)
    return AccountLoan(
        item=row.item,
        title=title.title,
        language=title.language,
        kind=title.kind,
        due=row.due,
        renewable=_renewal_refused(db, row.title, held, today) is None,
    )
