"""What becomes of a book whose alarm has not been switched, and what a visitor is told of it."""

from msgspec.structs import replace

from station.effects import Earcon, RecordCheckin
from station.events import (
    Book,
    GateOutcome,
    GateSwitched,
    World,
)
from station.session.ending import Decision
from station.session.undertakings import begun, book_row, busy_with, gates_of, last_done
from station.visit import Did, Session, State, Task, lending_stopped

PUT_BACK = "notice.gate_put_back"
REFUSED = "notice.gate_refused"
NOBODY = frozenset({State.IDLE, State.LISTENING, State.FAULT})
"""The screens of a station at which nobody is, or nobody whose visit could be spoilt."""


def switched(session: Session, event: GateSwitched, world: World) -> Decision:
    """Return the session asking for the book again, taking it back, or content as it is."""
    if event.outcome is GateOutcome.DONE:
        back = session.asked_back - {event.uid}
        notice = "" if session.notice == PUT_BACK and not back else session.notice
        done = (Earcon(name="done"),) if back != session.asked_back else ()
        return replace(session, asked_back=back, notice=notice), done
    if session.state in NOBODY:
        return session, ()
    if event.outcome is GateOutcome.REFUSED:
        return _refused(session, event, world)
    back = session.asked_back | {event.uid}
    return replace(session, asked_back=back, notice=PUT_BACK), (Earcon(name="problem"),)


def _refused(session: Session, event: GateSwitched, world: World) -> Decision:
    book = next((book for book in session.lent if event.uid in _tags(book)), None)
    if book is not None and _is_undone(session, book):
        # Another of its tags, or its way back: the book stays here, and that has been told.
        return session, ()
    if book is not None and not event.armed and _can_be_undone(session, book, world):
        return _undo(session, book)
    return replace(session, notice=REFUSED), (Earcon(name="problem"),)


def _can_be_undone(session: Session, book: Book, world: World) -> bool:
    """Return whether the catalogue still allows it, and the whole of *book* still lies there."""
    lies_there = _tags(book) <= session.handled
    return world.line_up and lies_there and not lending_stopped(session, world.kind)


def _is_undone(session: Session, book: Book) -> bool:
    return busy_with(session, book) or last_done(session, book) is Did.UNDONE


def _undo(session: Session, book: Book) -> Decision:
    """Follow the loan by its return, which arms what of *book* was released already."""
    record = RecordCheckin(ref=session.next_ref, item=book.item, gates=gates_of(book, armed=True))
    session = replace(session, asked_back=session.asked_back - _tags(book))
    return begun(session, Task.CHECKIN, book, book_row(book, Did.UNDONE)), (record,)


def _tags(book: Book) -> frozenset[str]:
    return frozenset({book.uid, *(alarm.uid for alarm in book.alarms)})
