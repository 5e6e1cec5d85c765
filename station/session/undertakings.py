"""What a session has begun with a book, and the row that will tell how it went."""

from datetime import date

from msgspec.structs import replace

from circulation.messages import AccountLoan
from circulation.verdicts import Reason
from station.effects import Gate
from station.events import (
    Book,
)
from station.visit import Did, Pending, Row, Session, Task


def begun(session: Session, task: Task, book: Book, row: Row | None) -> Session:
    """Return *session* with *task* on *book* under way; *row* where only the disk is waited for."""
    waits = Pending(ref=session.next_ref, task=task, item=book.item, book=book, row=row)
    return with_pending(session, waits)


def with_pending(session: Session, waits: Pending) -> Session:
    """Return *session* with *waits* among what is under way."""
    pending = (*session.pending, waits)
    return replace(session, pending=pending, next_ref=session.next_ref + 1)


def handled(session: Session, book: Book) -> Session:
    """Return *session* done with *book* until it is lifted from the pad."""
    return replace(session, handled=session.handled | {book.uid})


def busy_with(session: Session, book: Book) -> bool:
    """Return True where something with *book* is under way."""
    return any(waits.item == book.item for waits in session.pending)


def last_done(session: Session, book: Book) -> Did | None:
    """Return what last became of *book* in this visit."""
    return next((row.did for row in reversed(session.rows) if row.item == book.item), None)


def gates_of(book: Book, *, armed: bool) -> tuple[Gate, ...]:
    """Return what is to be switched once the fact about *book* is on disk."""
    return tuple(
        Gate(uid=alarm.uid, item=book.item, armed=armed, counter=alarm.counter)
        for alarm in book.alarms
    )


def book_row(
    book: Book,
    did: Did,
    *,
    due: date | None = None,
    reason: Reason | None = None,
    reserved: bool = False,
    offline: bool = False,
) -> Row:
    """Return what became of *book*, as a row."""
    title = book.title
    return Row(
        item=book.item,
        did=did,
        text=title.title if title else "",
        language=title.language if title else "",
        kind=title.kind if title else "book",
        due=due,
        reason=reason,
        reserved=reserved,
        offline=offline,
    )


def loan_row(
    loan: AccountLoan, did: Did, *, due: date | None = None, reason: Reason | None = None
) -> Row:
    """Return what became of the wish to renew *loan*, as a row."""
    return Row(
        item=loan.item,
        did=did,
        text=loan.title,
        language=loan.language,
        kind=loan.kind,
        due=due or loan.due,
        reason=reason,
    )
