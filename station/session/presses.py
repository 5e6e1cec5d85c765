"""Buttons: what each one on the present screen does."""

from collections.abc import Callable

from msgspec.structs import replace

from circulation.phrases.numbers import Ui
from circulation.phrases.texts import phrase
from circulation.utterances import Chunk
from station.effects import Earcon, Hush, Say
from station.events import (
    World,
)
from station.session import browsing, cards, listening, renewing
from station.session.ending import Decision, bid_farewell, conclude, drops, end
from station.session.timing import resume
from station.visit import Session, State, enter, home, lending_stopped

_THEMES = ("light", "dark", "contrast")


def press(session: Session, button: str, world: World) -> Decision:
    """Return what pressing *button* of the present screen leads to."""
    return _PRESSES[button](session, world)


def cancel(session: Session, world: World) -> Decision:
    """Return the way back: questions not yet answered are dropped, what is done stays done."""
    dropped = drops(session)
    kept = tuple(waits for waits in session.pending if waits.row is not None)
    session = replace(session, question=None, pin="", pending=kept)
    if session.state is State.READING and session.rows:
        return enter(session, State.LOANS, world.mono_ms), dropped
    if session.admitted:
        return cards.menu(session, world), dropped
    ended, effects = bid_farewell(session, world)
    return ended, (*dropped, *effects)


def _help(session: Session, world: World) -> Decision:
    return enter(replace(session, before=session.state), State.HELP, world.mono_ms), ()


def _listen(session: Session, world: World) -> Decision:
    return enter(session, State.LISTENING, world.mono_ms), ()


def _clear(session: Session, _world: World) -> Decision:
    return replace(session, pin="", pin_wrong=False), (Earcon(name="found"),)


def _borrow(session: Session, world: World) -> Decision:
    return enter(replace(session, notice=""), State.BORROW, world.mono_ms), ()


def _return(session: Session, world: World) -> Decision:
    return enter(replace(session, notice=""), State.RETURN, world.mono_ms), ()


def _stay(session: Session, _world: World) -> Decision:
    return replace(session, focus=None), ()


def _back(session: Session, world: World) -> Decision:
    if session.state is State.HELP:
        before = session.before or home(session, world.kind)
        return enter(replace(session, before=None), before, world.mono_ms), ()
    if session.state is State.ACCOUNT and session.loans_shown:
        return replace(session, loans_shown=False, focus=None), ()
    return cards.menu(session, world), ()


def _done(session: Session, world: World) -> Decision:
    if session.state is State.RECEIPT:
        return bid_farewell(session, world)
    if session.state is State.RETURN and session.admitted and not session.rows:
        return cards.menu(session, world), ()
    return conclude(session, world)


def _show_loans(session: Session, _world: World) -> Decision:
    return replace(session, loans_shown=True, focus=None), ()


def _retry(session: Session, world: World) -> Decision:
    if session.state is State.FAULT and lending_stopped(session, world.kind):
        return session, (Earcon(name="problem"),)
    rested, effects = end(session, world)
    looks = replace(rested, lang=session.lang, large=session.large, theme=session.theme)
    return looks, effects


def _finish_listening(session: Session, world: World) -> Decision:
    rested, effects = end(session, world)
    return rested, (Hush(), *effects)


def _finish(session: Session, world: World) -> Decision:
    if session.state is State.LISTENING:
        return _finish_listening(session, world)
    return conclude(session, world)


def _quiet(session: Session, _world: World) -> Decision:
    return session, (Hush(),)


def _larger(session: Session, _world: World) -> Decision:
    session = replace(session, large=not session.large)
    return session, (_tell(session, f"say.larger_{'on' if session.large else 'off'}"),)


def _contrast(session: Session, _world: World) -> Decision:
    theme = _THEMES[(_THEMES.index(session.theme) + 1) % len(_THEMES)]
    session = replace(session, theme=theme)
    return session, (_tell(session, f"say.theme_{theme}"),)


def _language(session: Session, _world: World) -> Decision:
    other: Ui = "en" if session.lang == "sv" else "sv"
    return replace(session, lang=other), ()


def _tell(session: Session, key: str) -> Say:
    said = (Chunk(phrase(session.lang, key).said, session.lang),)
    return Say(private=said, loud=said)


_PRESSES: dict[str, Callable[[Session, World], Decision]] = {
    "listen": _listen,
    "browse": browsing.begin,
    "about": browsing.about,
    "open": browsing.opened,
    "previous": lambda session, world: browsing.moved(session, "previous", world),
    "next": lambda session, world: browsing.moved(session, "next", world),
    "browse_back": browsing.left,
    "help": _help,
    "clear": _clear,
    "cancel": cancel,
    "borrow": _borrow,
    "more_loans": _borrow,
    "return": _return,
    "more_returns": _stay,
    "renew": lambda session, world: cards.open_account(session, State.RENEW, world),
    "account": lambda session, world: cards.open_account(session, State.ACCOUNT, world),
    "finish": _finish,
    "done": _done,
    "renew_all": renewing.renew_all,
    "back": _back,
    "show_loans": _show_loans,
    "quiet": _quiet,
    "again": listening.again,
    "more": listening.more,
    "more_time": lambda session, world: (resume(session, world), ()),
    "finish_now": bid_farewell,
    "retry": _retry,
    "restart": _retry,
    "larger": _larger,
    "contrast": _contrast,
    "lang": _language,
}
