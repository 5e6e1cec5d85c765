"""What a visitor is told of a book whose alarm has not been switched."""

from msgspec.structs import replace

from station.effects import Earcon
from station.events import (
    GateOutcome,
    GateSwitched,
)
from station.session.ending import Decision
from station.visit import Session, State

PUT_BACK = "notice.gate_put_back"
REFUSED = "notice.gate_refused"
NOBODY = frozenset({State.IDLE, State.LISTENING, State.FAULT})
"""The screens of a station at which nobody is, or nobody whose visit could be spoilt."""


def switched(session: Session, event: GateSwitched) -> Decision:
    """Return the session asking for the book again, or content that it was given."""
    if event.outcome is GateOutcome.DONE:
        back = session.asked_back - {event.uid}
        notice = "" if session.notice == PUT_BACK and not back else session.notice
        done = (Earcon(name="done"),) if back != session.asked_back else ()
        return replace(session, asked_back=back, notice=notice), done
    if session.state in NOBODY:
        return session, ()
    if event.outcome is GateOutcome.REFUSED:
        return replace(session, notice=REFUSED), (Earcon(name="problem"),)
    back = session.asked_back | {event.uid}
    return replace(session, asked_back=back, notice=PUT_BACK), (Earcon(name="problem"),)
