"""Lends a book to the card of the visit: by the hub's word, or by the rules for a line down."""

from datetime import date

from msgspec.structs import replace

from circulation.facts import Outcome, Wish
from circulation.open_days import due_day
from circulation.verdicts import Accepted, Reason, Verdict
from station.effects import (
    AskWrite,
    Earcon,
    RecordCheckout,
    Settle,
)
from station.events import (
    Book,
    World,
)
from station.session.ending import Decision
from station.session.undertakings import (
    begun,
    book_row,
    busy_with,
    gates_of,
    handled,
    last_done,
    loan_row,
)
from station.visit import Did, Pending, Row, Session, State, Task, enter

_LENDING_DONE = frozenset({Did.LENT, Did.NOT_LENT, Did.PROBLEM, Did.UNDONE})


def lend(session: Session, book: Book, world: World) -> Decision:
    """Return how *book* is asked for; one already dealt with in this visit is left as it is."""
    session = handled(session, book)
    if busy_with(session, book) or last_done(session, book) in _LENDING_DONE:
        return session, (Earcon(name="found"),)
    if world.line_up:
        return _ask(session, book, world)
    if reason := _why_not_offline(session, book, world):
        row = book_row(book, Did.NOT_LENT, reason=reason)
        session = replace(session, rows=(*session.rows, row))
        return after_a_book(session, world), (Earcon(name="problem"),)
    return _record(session, book, world)


def may_borrow_offline(session: Session, world: World) -> bool:
    """Return True where this card may borrow though nobody can be asked."""
    pin = bool(session.pin_checked) or not world.pin_to_borrow or world.pin_offline_waived
    return world.offline_allowed and session.known_offline and pin


def on_verdict(session: Session, waits: Pending, verdict: Verdict, world: World) -> Decision:
    """Return how the question *waits* is settled by the hub's *verdict*."""
    if isinstance(verdict, Accepted):
        waived = waits.task is Task.LOAN and _pin_waived(session, world)
        return _settle(session, waits, Outcome.ACCEPTED, due=verdict.due, pin_waived=waived)
    return _settle(session, waits, Outcome.REFUSED, reason=verdict.reason, said=verdict.said)


def on_silence(session: Session, waits: Pending, world: World) -> Decision:
    """Return how the question *waits* is settled when no answer came."""
    if waits.book is None:
        return _settle(session, waits, Outcome.REFUSED, reason=Reason.CATALOGUE_SILENT)
    if reason := _why_not_offline(session, waits.book, world):
        return _settle(session, waits, Outcome.REFUSED, reason=reason)
    waived = _pin_waived(session, world)
    due = _due(waits.book, world)
    return _settle(session, waits, Outcome.OFFLINE, due=due, pin_waived=waived)


def after_a_book(session: Session, world: World) -> Session:
    """Return *session* showing its loans, once none is under way."""
    busy = any(waits.task is Task.LOAN for waits in session.pending)
    return enter(session, State.READING if busy else State.LOANS, world.mono_ms)


def _ask(session: Session, book: Book, world: World) -> Decision:
    assert session.card is not None, "a loan without a card"
    ask = AskWrite(ask=session.next_ref, wish=Wish.LOAN, item=book.item, card=session.card)
    session = begun(session, Task.LOAN, book, None)
    return enter(session, State.READING, world.mono_ms), (Earcon(name="found"), ask)


def _record(session: Session, book: Book, world: World) -> Decision:
    assert session.card is not None, "a loan without a card"
    due = _due(book, world)
    row = book_row(book, Did.LENT, due=due, offline=True)
    record = RecordCheckout(
        ref=session.next_ref,
        item=book.item,
        card=session.card,
        due=due,
        pin_waived=_pin_waived(session, world),
        gates=gates_of(book, armed=False),
    )
    session = begun(session, Task.LOAN, book, row)
    return enter(session, State.READING, world.mono_ms), (Earcon(name="found"), record)


def _due(book: Book, world: World) -> date:
    if not book.loan_days:
        return world.offline_due
    return due_day(
        world.today, book.loan_days, waiting=0, hours=world.hours, closed=world.closed_days
    )


def _pin_waived(session: Session, world: World) -> bool:
    return world.pin_to_borrow and not session.pin_checked


def _why_not_offline(session: Session, book: Book, world: World) -> Reason | None:
    if not may_borrow_offline(session, world):
        return Reason.CATALOGUE_SILENT
    if book.asked_about:
        # Why is nobody's business here: it is asked again when somebody answers.
        return Reason.CATALOGUE_SILENT
    if not book.lendable_offline:
        return Reason.NOT_FOR_LOAN
    if book.reserved:
        return Reason.RESERVED
    lent = [*session.rows, *(waits.row for waits in session.pending if waits.row)]
    used = session.used_today + sum(row.offline and row.did is Did.LENT for row in lent)
    return Reason.OFFLINE_LIMIT if used >= world.offline_loans_max else None


def _settle(
    session: Session,
    waits: Pending,
    outcome: Outcome,
    *,
    due: date | None = None,
    reason: Reason | None = None,
    said: str = "",
    pin_waived: bool = False,
) -> Decision:
    """Send the end of *waits* to disk; its row is shown only when it is there."""
    row = replace(_row(waits, outcome, due, reason), said=said)
    pending = tuple(
        replace(other, row=row) if other.ref == waits.ref else other for other in session.pending
    )
    lent = outcome is not Outcome.REFUSED and waits.task is Task.LOAN
    settle = Settle(
        ask=waits.ref,
        outcome=outcome,
        due=due,
        reason=reason,
        pin_waived=pin_waived,
        gates=gates_of(waits.book, armed=False) if lent and waits.book else (),
    )
    return replace(session, pending=pending), (settle,)


def _row(waits: Pending, outcome: Outcome, due: date | None, reason: Reason | None) -> Row:
    refused = outcome is Outcome.REFUSED
    if waits.loan is not None:
        did = Did.NOT_RENEWED if refused else Did.RENEWED
        return loan_row(waits.loan, did, due=due, reason=reason)
    assert waits.book is not None, "neither a book nor a loan was asked about"
    did = Did.NOT_LENT if refused else Did.LENT
    offline = outcome is Outcome.OFFLINE
    return book_row(waits.book, did, due=due, reason=reason, offline=offline)
