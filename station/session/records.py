"""What is on disk may be shown and said; what could not be written has not happened."""

from msgspec.structs import replace

from station.effects import Earcon
from station.events import (
    NotRecorded,
    Recorded,
    World,
)
from station.session.ending import Decision, halt
from station.session.lending import after_a_book
from station.session.undertakings import book_row
from station.visit import DONE, Did, Pending, Row, Session, State, Task

UNDONE = "notice.gate_undone"
_STAYS = frozenset({State.FAULT, State.TIMEOUT, State.RETURN})


def recorded(session: Session, event: Recorded, world: World) -> Decision:
    """Return the session with the row shown whose fact is on disk."""
    waits = _find(session, event.ref)
    if waits is None or waits.row is None:
        return session, ()
    session, row = _without(session, waits), waits.row
    if row.did is Did.UNDONE:
        return _undone(replace(session, proof=event.proof), row, world)
    done = row.did in DONE
    session = replace(session, proof=event.proof if done else session.proof)
    earcon = Earcon(name="done" if done else "problem")
    if waits.task is Task.RENEWAL:
        return replace(session, renewals=(*session.renewals, row)), (earcon,)
    session = _with_alarm(replace(session, rows=(*session.rows, row)), waits)
    if waits.task is Task.LOAN and session.state not in _STAYS:
        session = after_a_book(session, world)
    return session, (earcon,)


def not_recorded(session: Session, event: NotRecorded, world: World) -> Decision:
    """Return the fault screen: the book is named as neither lent nor returned."""
    waits = _find(session, event.ref)
    if waits is None:
        return session, ()
    session = _without(session, waits)
    undoes = waits.row is not None and waits.row.did is Did.UNDONE
    if waits.book is not None and not undoes:
        # A loan that could not be followed by its return stands, and is shown as it was.
        row = book_row(waits.book, Did.PROBLEM)
        session = replace(session, rows=(*session.rows, row))
    stopped, effects = halt(session, world)
    return stopped, (*effects, Earcon(name="problem"))


def _undone(session: Session, row: Row, world: World) -> Decision:
    """Return the loans without the one that *row* has followed, and why."""
    rows = tuple(each for each in session.rows if (each.item, each.did) != (row.item, Did.LENT))
    session = replace(session, rows=(*rows, row), notice=UNDONE)
    if session.state not in _STAYS:
        session = after_a_book(session, world)
    elif session.state is State.TIMEOUT:
        # A receipt may have nothing left on it.
        session = replace(session, before=State.LOANS)
    return session, (Earcon(name="problem"),)


def _with_alarm(session: Session, waits: Pending) -> Session:
    lent = waits.row is not None and waits.row.did is Did.LENT
    if not lent or waits.book is None or not waits.book.alarms:
        return session
    return replace(session, lent=(*session.lent, waits.book))


def _find(session: Session, ref: int) -> Pending | None:
    return next((waits for waits in session.pending if waits.ref == ref), None)


def _without(session: Session, waits: Pending) -> Session:
    rest = tuple(other for other in session.pending if other.ref != waits.ref)
    return replace(session, pending=rest)
