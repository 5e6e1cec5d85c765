"""Books on the pad: lent to the card of the visit, taken back where there is none."""

from msgspec.structs import replace

from station.events import Book, Earcon, Effect, RecordCheckin, World
from station.session.ending import Decision
from station.session.lending import lend
from station.session.undertakings import begun, book_row, busy_with, gate_of, handled, last_done
from station.visit import (
    PAD_LENDS,
    PAD_WAITS,
    Did,
    Session,
    State,
    Task,
    enter,
    lending_stopped,
)

UNREADABLE_ON_PAD = "notice.pad_unknown"
RETURN_LATER = "notice.return_later"


def placed(session: Session, book: Book, world: World) -> Decision:
    """Return what follows when *book* is put on the pad."""
    if book.uid in session.handled:
        return session, ()
    if lending_stopped(session, world.kind) or session.state is State.FAULT:
        return handled(session, book), (Earcon(name="problem"),)
    if session.state in PAD_WAITS:
        others = (other for other in session.waiting if other.uid != book.uid)
        return replace(session, waiting=(*others, book)), (Earcon(name="found"),)
    if session.card is not None and session.state in PAD_LENDS:
        return lend(session, book, world)
    return _take_back(session, book, world)


def lifted(session: Session, uid: str) -> Session:
    """Return *session* ready to see the tag *uid* anew."""
    waiting = tuple(book for book in session.waiting if book.uid != uid)
    notice = "" if session.notice in (UNREADABLE_ON_PAD, RETURN_LATER) else session.notice
    return replace(session, handled=session.handled - {uid}, waiting=waiting, notice=notice)


def lend_waiting(session: Session, world: World) -> Decision:
    """Return what follows when the card that the books on the pad wait for is found good."""
    books, session = session.waiting, replace(session, waiting=())
    effects: tuple[Effect, ...] = ()
    for book in books:
        session, more = placed(session, book, world)
        effects += more
    return session, effects


def _take_back(session: Session, book: Book, world: World) -> Decision:
    session = handled(session, book)
    if not (world.line_up or book.returnable_offline):
        return replace(session, notice=RETURN_LATER), (Earcon(name="problem"),)
    if session.state is not State.RETURN:
        # What was said to whoever left just before is not for whoever comes now.
        session = enter(replace(session, notice=""), State.RETURN, world.mono_ms)
    if busy_with(session, book) or last_done(session, book) is Did.RETURNED:
        return session, (Earcon(name="found"),)
    record = RecordCheckin(ref=session.next_ref, item=book.item, gate=gate_of(book, armed=True))
    row = book_row(book, Did.RETURNED, reserved=book.reserved)
    return begun(session, Task.CHECKIN, book, row), (Earcon(name="found"), record)
