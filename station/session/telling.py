"""Adds to every decision what the visitor must be told of it: speech, lamp and earcons."""

from msgspec.structs import replace

from station.effects import (
    Effect,
    Hush,
    Lamp,
    Say,
)
from station.events import (
    ButtonPressed,
    Event,
    HeadphonesChanged,
    KeyPressed,
    World,
)
from station.screens import draw
from station.session import news
from station.session.ending import Decision
from station.visit import Session, State, home

_LAMPS = {
    State.CHECKING: "busy",
    State.READING: "busy",
    State.LOANS: "done",
    State.RETURN: "done",
    State.RECEIPT: "done",
    State.CARDERROR: "problem",
    State.FAULT: "problem",
    State.OFFLINE: "offline",
}
_ASKED = (ButtonPressed, KeyPressed, HeadphonesChanged)
"""Events that say that somebody is there and wants to hear."""


def tell(before: Session, decision: Decision, event: Event, world: World) -> Decision:
    """Return *decision* with its new screen spoken, unless something else is said already."""
    after, effects = decision
    if not any(isinstance(effect, Say | Hush) for effect in effects) and _is_news(before, after):
        effects = (*effects, *_words(after, event, world))
    effects = news.again(after, effects)
    if not (isinstance(event, KeyPressed) and after.repeated > before.repeated):
        after = _heard(after, effects)
    lamp = _lamp(after, world)
    if lamp != after.lamp:
        effects = (*effects, Lamp(pattern=lamp))
    return replace(after, lamp=lamp), effects


def _heard(session: Session, effects: tuple[Effect, ...]) -> Session:
    """Return *session* with what the repeat key says, from its beginning where that is new."""
    said = _said(session.said, effects)
    return session if said is session.said else replace(session, said=said, repeated=0)


def _said(before: Say | None, effects: tuple[Effect, ...]) -> Say | None:
    """Return what the repeat key says: the last, with what came after it."""
    says = (each for each in reversed(effects) if isinstance(each, Say) and each.news is None)
    last = next(says, before)
    if last is None or before is None or not last.after:
        return last
    return replace(
        before, private=(*before.private, *last.private), loud=(*before.loud, *last.loud)
    )


def _is_news(before: Session, after: Session) -> bool:
    if after.state is State.RETURN and after.pending:
        # Silence until it is on disk: a return is not spoken of before it has happened.
        return False
    return _gist(before) != _gist(after)


def _gist(session: Session) -> tuple[object, ...]:
    settled = session.renewals if not session.pending else ()
    return (
        session.state,
        session.lang,
        session.rows,
        settled,
        session.loans_shown,
        session.pin_wrong,
        session.notice,
        session.headphones,
    )


def _words(session: Session, event: Event, world: World) -> tuple[Effect, ...]:
    at_rest = session.state in (State.IDLE, State.LISTENING) and not session.notice
    if at_rest and not (session.headphones or isinstance(event, _ASKED)):
        # Nobody is there: a welcome to an empty room would only disturb those who read.
        return (Hush(),)
    screen = draw(session, world)
    return (Say(private=screen.spoken, loud=screen.spoken_loud),)


def _lamp(session: Session, world: World) -> str:
    if session.state is home(session, world.kind) and session.state is not State.FAULT:
        return "ready" if world.line_up else "offline"
    return _LAMPS.get(session.state, "ready")
