"""A loan card, its PIN and its account: asked of the hub, never told why they are refused."""

from msgspec.structs import replace

from circulation.verdicts import Reason
from station.effects import AskAccount, AskCard, Earcon
from station.events import (
    AccountAnswered,
    CardAnswered,
    CardTouched,
    World,
)
from station.session import browsing, pad
from station.session.ending import NOTHING, Decision, end
from station.session.lending import may_borrow_offline
from station.visit import PIN_DIGITS, Session, State, Verbosity, blank, enter

ONE_CARD = "notice.one_card"
NOT_A_LOAN_CARD = "notice.not_a_loan_card"
_NO_VISIT = frozenset({State.IDLE, State.LISTENING, State.HELP, State.CARDERROR, State.BYE})
_NOBODYS = frozenset({State.BROWSE})
"""Where somebody may be without having shown a card."""


def touched(session: Session, event: CardTouched, world: World) -> Decision:
    """Return what follows when a card lies on the reader; another's visit ends first."""
    others = session.cards_lying - {event.uid}
    session = replace(session, cards_lying=session.cards_lying | {event.uid})
    if session.state is State.FAULT or world.kind == "listening":
        return session, (Earcon(name="problem"),)
    if session.card not in (None, event.card) and others:
        return replace(session, notice=ONE_CARD), (Earcon(name="problem"),)
    if session.card == event.card and session.state not in _NO_VISIT:
        return session, ()
    ended, effects = session, NOTHING
    laid = pad.laid_before(session, world) if session.card is None else ()
    nobodys = session.state in _NOBODYS and session.card is None
    another = session.card not in (None, event.card)
    if another or (session.state not in _NO_VISIT and not nobodys):
        ended, effects = end(session, world)
    # Who chose a language before showing a card keeps it; who follows another does not.
    same = session.card is None and session.state is not State.BYE
    looks = session if same else blank(session, world.mono_ms)
    if session.state not in _NOBODYS | {State.LISTENING}:
        # If staff were called, it was by somebody before them.
        ended = replace(ended, called_ms=None, news=())
    fresh = replace(
        ended,
        card=event.card,
        known_offline=event.known_offline,
        used_today=event.used_today,
        lang=looks.lang,
        large=looks.large,
        theme=looks.theme,
        hearing=None,
        sign="",
        notice="",
        said=None,
        waiting=laid,
        lately=(),
    )
    checked, asked = check(fresh, world)
    return checked, (*effects, *asked)


def taken(session: Session, uid: str) -> Session:
    """Return *session* with one card less on the reader."""
    lying = session.cards_lying - {uid}
    notice = "" if session.notice == ONE_CARD and len(lying) < 2 else session.notice
    return replace(session, cards_lying=lying, notice=notice)


def strange(session: Session, kind: str, world: World) -> Decision:
    """Return what follows something on the card reader that is no loan card of ours."""
    if session.card is not None or session.state is State.FAULT:
        return session, (Earcon(name="problem"),)
    turned, effects = _turned_away(session, world)
    return replace(turned, notice=NOT_A_LOAN_CARD if kind == "identity" else ""), effects


def check(session: Session, world: World) -> Decision:
    """Return the question whether the card of the visit is good."""
    if not world.line_up:
        return _unanswered(session, world)
    assert session.card is not None, "no card to ask about"
    ask = AskCard(ask=session.next_ref, card=session.card, pin=None)
    return _asking(session, State.MENU, world), (ask,)


def typed(session: Session, digit: str, world: World) -> Decision:
    """Return what follows a digit of the PIN; the fourth asks."""
    pin = session.pin + digit
    session = replace(session, pin=pin, pin_wrong=False)
    if len(pin) < PIN_DIGITS:
        return session, (Earcon(name="digit"),)
    assert session.card is not None, "a PIN without a card"
    ask: AskCard | AskAccount = AskCard(ask=session.next_ref, card=session.card, pin=pin)
    if session.going not in (State.MENU, State.BROWSE):
        ask = AskAccount(ask=session.next_ref, card=session.card, pin=pin)
    return _asking(session, session.going, world), (Earcon(name="digit"), ask)


def answered(session: Session, event: CardAnswered, world: World) -> Decision:
    """Return what follows the hub's word on the card."""
    if event.ask != session.question:
        return session, ()
    session = replace(session, question=None)
    if event.refused is not None:
        return _refused(session, event.refused, world)
    checked = session.pin if len(session.pin) == PIN_DIGITS else session.pin_checked
    if event.manner is not None and not session.verified:
        # As they wished it kept; what they change in this visit stands.
        manner = event.manner
        session = replace(
            session,
            rate=manner.rate,
            large=manner.large,
            verbosity=Verbosity(manner.verbosity),
        )
    session = replace(
        session, verified=True, holds_ready=event.holds_ready, pin="", pin_checked=checked
    )
    if session.going is State.BROWSE:
        # What the PIN was asked for is done at once: nobody chooses it twice.
        back = enter(replace(session, going=State.MENU), State.BROWSE, world.mono_ms)
        return browsing.opened(back, world)
    if world.pin_to_borrow and not checked:
        return enter(session, State.PIN, world.mono_ms), ()
    return admit(session, world)


def open_account(session: Session, going: State, world: World) -> Decision:
    """Return the way to *going*, the account or its renewals: by PIN, once in a visit."""
    if not world.line_up:
        return replace(session, notice="notice.menu_silent"), (Earcon(name="problem"),)
    session = replace(session, notice="", pin="", pin_wrong=False, loans_shown=False)
    if not session.pin_checked:
        return enter(replace(session, going=going), State.PIN, world.mono_ms), ()
    assert session.card is not None, "an account without a card"
    ask = AskAccount(ask=session.next_ref, card=session.card, pin=session.pin_checked)
    return _asking(session, going, world), (ask,)


def account_answered(session: Session, event: AccountAnswered, world: World) -> Decision:
    """Return what follows the hub's word on the account."""
    if event.ask != session.question:
        return session, ()
    session = replace(session, question=None)
    if event.refused is not None:
        return _refused(session, event.refused, world)
    checked = session.pin or session.pin_checked
    session = replace(session, account=event, renewals=(), pin="", pin_checked=checked)
    return enter(session, session.going, world.mono_ms), ()


def unanswered(session: Session, world: World) -> Decision:
    """Return what follows when nobody answers on the card or its account."""
    session = replace(session, question=None, pin="")
    if session.admitted:
        return menu(replace(session, notice="notice.menu_silent"), world), (Earcon(name="problem"),)
    return _unanswered(replace(session, verified=False), world)


def admit(session: Session, world: World) -> Decision:
    """Return the menu, and what follows for books that already lie on the pad."""
    session = replace(session, admitted=True, going=State.MENU)
    return pad.lend_waiting(menu(session, world), world)


def menu(session: Session, world: World) -> Session:
    """Return *session* at its menu, or at that for a line that is down."""
    whole = world.line_up and session.verified
    return enter(session, State.MENU if whole else State.OFFLINE, world.mono_ms)


def _unanswered(session: Session, world: World) -> Decision:
    if may_borrow_offline(session, world):
        return admit(session, world)
    return _turned_away(replace(session, silent=True), world)


def _asking(session: Session, going: State, world: World) -> Session:
    asking = replace(session, going=going, question=session.next_ref, next_ref=session.next_ref + 1)
    return enter(asking, State.CHECKING, world.mono_ms)


def _refused(session: Session, reason: Reason, world: World) -> Decision:
    if reason is Reason.PIN_WRONG:
        again = enter(replace(session, pin="", pin_wrong=True), State.PIN, world.mono_ms)
        return again, (Earcon(name="problem"),)
    return _turned_away(session, world)


def _turned_away(session: Session, world: World) -> Decision:
    """Return one screen for every reason, so that no bystander learns it."""
    ended, effects = end(session, world)
    kept = replace(
        ended,
        lang=session.lang,
        large=session.large,
        theme=session.theme,
        silent=session.silent,
        waiting=session.waiting,
        handled=session.handled,
    )
    return enter(kept, State.CARDERROR, world.mono_ms), (*effects, Earcon(name="problem"))
