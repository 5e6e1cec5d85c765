"""Time passes: a visit that nobody attends is warned of, then ended and forgotten."""

from msgspec.structs import replace

from station.events import World
from station.session.ending import Decision, end
from station.visit import Session, State, enter, home

BYE_MS = 3_000
LISTENS_MS = 300_000
"""How long somebody with headphones may browse without a key."""

_UNWARNED = frozenset({State.LISTENING, State.HELP, State.CARDERROR, State.FAULT})
"""Where nothing private and nothing unfinished is shown, so that no warning is owed."""


def tick(session: Session, world: World) -> Decision:
    """Return what a second without a visitor leads to."""
    quiet_ms = world.mono_ms - session.last_ms
    over = quiet_ms >= world.session_seconds * 1000
    if _waits(session) and (session.headphones or world.kind == "listening"):
        # Whoever waits for staff is not sent away meanwhile, where no screen is left to others.
        return session, ()
    if session.state is State.BROWSE and session.headphones and session.card is None:
        # Whoever listens is not hurried, and asked before all is forgotten.
        return (warn(session, world) if quiet_ms >= LISTENS_MS else session), ()
    if session.state is State.BYE:
        over = world.mono_ms - session.since_ms >= BYE_MS
        return end(session, world) if over else (session, ())
    if over:
        return _over(session, world)
    if session.state is State.TIMEOUT:
        return replace(session, ticked_ms=world.mono_ms), ()
    busy = bool(session.pending) or session.question is not None
    browses = session.state is State.BROWSE and session.card is None
    resting = browses or session.state in _UNWARNED | {State.IDLE}
    if busy or resting or quiet_ms < _warning_ms(world):
        return session, ()
    return _covered(session, world), ()


def warn(session: Session, world: World) -> Session:
    """Return *session* warned at once; one with a question out waits for its answer first."""
    private = (State.ACCOUNT, State.RENEW)
    if session.state in private:
        session = enter(session, State.MENU, world.mono_ms)
    before = State.MENU if session.before in private else session.before
    session = replace(
        session, before=before, account=None, renewals=(), loans_shown=False, hearing=None
    )
    if session.pending or session.question is not None or session.state is State.TIMEOUT:
        return session
    return _covered(restart_warning(session, world), world)


def restart_warning(session: Session, world: World) -> Session:
    """Return *session* with the whole of its warning still to come."""
    return replace(session, last_ms=world.mono_ms - _warning_ms(world))


def resume(session: Session, world: World) -> Session:
    """Return *session* as it was before the warning."""
    assert session.before is not None, "a warning that covers nothing"
    session = enter(session, session.before, world.mono_ms)
    return replace(session, before=None, last_ms=world.mono_ms)


def _waits(session: Session) -> bool:
    """Return whether staff were called by somebody who has laid no card here."""
    return session.called_ms is not None and session.card is None


def _covered(session: Session, world: World) -> Session:
    return enter(replace(session, before=session.state), State.TIMEOUT, world.mono_ms)


def _warning_ms(world: World) -> int:
    return max(0, world.session_seconds - world.warn_seconds) * 1000


def _over(session: Session, world: World) -> Decision:
    ended, effects = end(session, world)
    if _waits(session):
        # What they looked at is gone, but they may still stand there.
        ended = replace(ended, called_ms=session.called_ms)
    at_rest = session.state is home(session, world.kind)
    if at_rest and replace(ended, last_ms=0, since_ms=0) == replace(session, last_ms=0, since_ms=0):
        return session, ()
    return ended, effects
