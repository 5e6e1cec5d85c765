"""Ends a visit so that nothing of it is left: no card, no title, no question unanswered."""

from msgspec.structs import replace

from circulation.facts import Outcome
from station.effects import (
    Effect,
    Settle,
    VisitEnded,
    Volume,
)
from station.events import (
    World,
)
from station.visit import Did, Session, State, Task, blank, enter, home

Decision = tuple[Session, tuple[Effect, ...]]
NOTHING: tuple[Effect, ...] = ()


def awake(session: Session, world: World) -> Session:
    """Return *session* with the visitor heard of just now."""
    return replace(session, last_ms=world.mono_ms)


def drops(session: Session) -> tuple[Settle, ...]:
    """Return the end of every question that the hub has yet to answer."""
    return tuple(
        Settle(ask=waits.ref, outcome=Outcome.DROPPED)
        for waits in session.pending
        if waits.row is None and waits.task is not Task.CHECKIN
    )


def end(session: Session, world: World) -> Decision:
    """Return the station at rest; what nobody was told is dropped."""
    fresh = blank(session, world.mono_ms)
    return enter(fresh, home(fresh, world.kind), world.mono_ms), (
        *drops(session),
        *_visit(session),
        Volume(steps=0),
    )


def bid_farewell(session: Session, world: World) -> Decision:
    """Return the goodbye screen of a visit that is over and forgotten."""
    rested, effects = end(session, world)
    if rested.state is State.FAULT:
        return rested, effects
    notice = "notice.bye_card" if session.card else ""
    kept = replace(
        rested, lang=session.lang, large=session.large, theme=session.theme, notice=notice
    )
    return enter(kept, State.BYE, world.mono_ms), effects


def conclude(session: Session, world: World) -> Decision:
    """Return the receipt where something was done, else the goodbye."""
    if any(row.did in (Did.LENT, Did.RETURNED) for row in session.rows):
        return enter(session, State.RECEIPT, world.mono_ms), ()
    return bid_farewell(session, world)


def halt(session: Session, world: World) -> Decision:
    """Return the fault screen; what was done stays on it, the card and its account do not."""
    stopped = replace(
        blank(session, world.mono_ms),
        lang=session.lang,
        large=session.large,
        theme=session.theme,
        rows=session.rows,
        pending=tuple(waits for waits in session.pending if waits.row is not None),
    )
    return enter(stopped, State.FAULT, world.mono_ms), (*drops(session), Volume(steps=0))


def _visit(session: Session) -> tuple[VisitEnded, ...]:
    if session.card is None and not session.rows:
        return ()
    did = [row.did for row in session.rows]
    refused = sum(map(did.count, (Did.NOT_LENT, Did.PROBLEM, Did.UNDONE)))
    return (
        VisitEnded(lent=did.count(Did.LENT), returned=did.count(Did.RETURNED), refused=refused),
    )
