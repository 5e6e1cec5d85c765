"""Books on the pad: lent to the card of the visit, taken back where there is none."""

from msgspec.structs import replace

from station.effects import Earcon, Effect, RecordCheckin
from station.events import (
    Book,
    World,
)
from station.session import sets
from station.session.ending import Decision
from station.session.lending import lend
from station.session.undertakings import begun, book_row, busy_with, gates_of, handled, last_done
from station.visit import (
    PAD_LENDS,
    PAD_WAITS,
    Did,
    Lying,
    Session,
    State,
    Task,
    enter,
    lending_stopped,
)

UNREADABLE_ON_PAD = "notice.pad_unknown"
RETURN_LATER = "notice.return_later"
FOREIGN = "notice.foreign_book"
_OF_ONE_BOOK = frozenset({UNREADABLE_ON_PAD, RETURN_LATER, FOREIGN})
"""What is said of a book that lies there: it is said no more when one is lifted."""
_BACK = frozenset({Did.RETURNED, Did.UNDONE})
BEFORE_THE_CARD_MS = 10_000
"""A book put down so shortly before the card was meant to be borrowed."""


def placed(session: Session, book: Book, world: World) -> Decision:
    """Return what follows when *book* is put on the pad."""
    if book.uid in session.handled:
        return session, ()
    if lending_stopped(session, world.kind) or session.state is State.FAULT:
        return handled(session, book), (Earcon(name="problem"),)
    if book.foreign:
        return replace(handled(session, book), notice=FOREIGN), (Earcon(name="problem"),)
    if book.parts > 1:
        session, whole = sets.gathered(session, book, world)
        if whole is None:
            return session, (Earcon(name="found"),)
        book = whole
    return _whole(session, book, world)


def _whole(session: Session, book: Book, world: World) -> Decision:
    if session.state in PAD_WAITS:
        others = (other for other in session.waiting if other.uid != book.uid)
        return replace(session, waiting=(*others, book)), (Earcon(name="found"),)
    if session.card is not None and session.state in PAD_LENDS:
        return lend(session, book, world)
    return _take_back(session, book, world)


def lifted(session: Session, uid: str) -> Session:
    """Return *session* ready to see the tag *uid* anew."""
    session = sets.lifted(session, uid)
    waiting = tuple(book for book in session.waiting if book.uid != uid)
    lately = tuple(each for each in session.lately if each.book.uid != uid)
    notice = "" if session.notice in _OF_ONE_BOOK else session.notice
    return replace(
        session,
        handled=session.handled - {uid},
        waiting=waiting,
        lately=lately,
        notice=notice,
    )


def laid_before(session: Session, world: World) -> tuple[Book, ...]:
    """Return the books that lay on the pad shortly before the card: they are to be borrowed."""
    until_ms = world.mono_ms - BEFORE_THE_CARD_MS
    return tuple(each.book for each in session.lately if each.since_ms >= until_ms)


def lend_waiting(session: Session, world: World) -> Decision:
    """Return what follows when the card that the books on the pad wait for is found good."""
    books, session = session.waiting, replace(session, waiting=())
    effects: tuple[Effect, ...] = ()
    for book in books:
        session, more = _whole(session, book, world)
        effects += more
    return session, effects


def _take_back(session: Session, book: Book, world: World) -> Decision:
    session = handled(session, book)
    if not (world.line_up or book.returnable_offline):
        return replace(session, notice=RETURN_LATER), (Earcon(name="problem"),)
    if session.state is not State.RETURN:
        # What was said to whoever left just before is not for whoever comes now.
        session = enter(replace(session, notice=""), State.RETURN, world.mono_ms)
    if busy_with(session, book) or last_done(session, book) in _BACK:
        return session, (Earcon(name="found"),)
    record = RecordCheckin(ref=session.next_ref, item=book.item, gates=gates_of(book, armed=True))
    row = book_row(book, Did.RETURNED, reserved=book.reserved)
    session = replace(session, lately=(*session.lately, Lying(book, world.mono_ms)))
    return begun(session, Task.CHECKIN, book, row), (Earcon(name="found"), record)
