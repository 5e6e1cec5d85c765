"""Which buttons each screen has; the keys and the page offer the same ones."""

from circulation.phrases.texts import phrase
from station.events import World
from station.screens.model import Button
from station.visit import Session, State, home

TOOLS = ("larger", "contrast", "lang")

_FIXED = {
    State.IDLE: ("listen", "help"),
    State.CHECKING: ("cancel",),
    State.PIN: ("clear", "cancel"),
    State.MENU: ("borrow", "return", "renew", "account", "finish"),
    State.OFFLINE: ("borrow", "return", "finish"),
    State.BORROW: ("done", "cancel"),
    State.READING: ("cancel",),
    State.LOANS: ("done", "more_loans"),
    State.RECEIPT: ("done",),
    State.ACCOUNT: ("show_loans", "renew", "back", "finish"),
    State.HELP: ("back",),
    State.BROWSE: ("open", "previous", "next", "browse_back"),
    State.TIMEOUT: ("more_time", "finish_now"),
    State.CARDERROR: ("retry", "help"),
    State.FAULT: ("retry", "listen"),
    State.BYE: ("restart",),
}
_WITHOUT_PRIMARY = frozenset({State.PIN, State.CHECKING, State.READING})


def buttons(session: Session, world: World) -> tuple[Button, ...]:
    """Return the buttons at the foot of the present screen, the first one foremost."""
    ids = _ids(session, world)
    state = session.state
    return tuple(
        Button(
            id=name,
            text=phrase(session.lang, f"buttons.{name}").seen,
            primary=place == 0 and state not in _WITHOUT_PRIMARY,
        )
        for place, name in enumerate(ids)
    )


def tools(session: Session) -> tuple[Button, ...]:
    """Return the buttons at the top of every screen."""
    return tuple(Button(id=name, text=_tool(session, name)) for name in TOOLS)


def _tool(session: Session, name: str) -> str:
    shown = "smaller" if name == "larger" and session.large else name
    return phrase(session.lang, f"buttons.{shown}").seen


def _ids(session: Session, world: World) -> tuple[str, ...]:
    if session.state is State.LISTENING:
        return _listening(session, world)
    if session.state is State.RETURN:
        return ("done", "more_returns") if session.rows else ("done",)
    if session.state is State.MENU and world.menu:
        return ("borrow", "return", "renew", "account", "browse", "finish")
    if session.state is State.FAULT and world.kind == "listening":
        return ("retry",)
    if session.state is State.RENEW:
        return _renew(session)
    if session.state is State.ACCOUNT and session.loans_shown:
        return ("renew", "back", "finish")
    return _FIXED[session.state]


def _listening(session: Session, world: World) -> tuple[str, ...]:
    heard: tuple[str, ...] = ("more", "about", "again", "quiet") if session.title else ()
    if session.sign:
        heard = ("again", "quiet")
    browse = ("browse",) if world.menu else ()
    if home(session, world.kind) is State.LISTENING:
        return (*heard, *browse) if heard else (*browse, "help")
    return (*heard, *browse, "finish")


def _renew(session: Session) -> tuple[str, ...]:
    left = session.account is not None and len(session.account.loans) > len(session.renewals)
    return ("renew_all", "back") if left and not session.pending else ("back",)
