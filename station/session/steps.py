"""One event in; the next session, and what to do about it, out."""

from msgspec.structs import replace

from station.effects import Earcon
from station.events import (
    AccountAnswered,
    BookPlaced,
    ButtonPressed,
    CallAnswered,
    CardAnswered,
    CardTouched,
    CopiesAnswered,
    Event,
    FaultChanged,
    GateSwitched,
    HeadphonesChanged,
    HoldAnswered,
    KeyPressed,
    LineChanged,
    ListAnswered,
    MannerAnswered,
    NewsHeard,
    NoAnswer,
    NotRecorded,
    Place,
    Pointed,
    Recorded,
    SignPointed,
    StaffComing,
    StrangeTag,
    TagTaken,
    Tick,
    TitleFound,
    World,
    WriteAnswered,
)
from station.screens import draw
from station.session import (
    browsing,
    cards,
    gates,
    keys,
    listening,
    news,
    pad,
    records,
    sets,
    timing,
    wishes,
)
from station.session.ending import Decision, awake, end, halt
from station.session.lending import may_borrow_offline, on_silence, on_verdict
from station.session.presses import press
from station.session.telling import tell
from station.visit import Pending, Session, State, at_rest, enter, home, lending_stopped

_UNATTENDED = (Tick, TagTaken, LineChanged, FaultChanged, GateSwitched, NewsHeard)
"""Events that say nothing of anybody being there."""


def begin(world: World) -> Session:
    """Return the session of a station that has just started."""
    session = Session(last_ms=world.mono_ms)
    return enter(session, home(session, world.kind), world.mono_ms)


def step(session: Session, event: Event, world: World) -> Decision:
    """Return what *session* becomes by *event*, and the effects, to be carried out in order."""
    before = session = at_rest(session, world.kind)
    covered = session.state is State.TIMEOUT and isinstance(
        event, CardTouched | BookPlaced | Pointed | SignPointed | StrangeTag
    )
    if covered:
        session = timing.resume(session, world)
    if not isinstance(event, _UNATTENDED):
        session = awake(session, world)
    after, effects = _decide(session, event, world)
    return tell(before, (wishes.gone_on(before, after), effects), event, world)


def _decide(session: Session, event: Event, world: World) -> Decision:
    match event:
        case CardTouched() | BookPlaced() | Pointed() | SignPointed() | StrangeTag() | TagTaken():
            return _by_tag(session, event, world)
        case KeyPressed() | ButtonPressed() | HeadphonesChanged():
            return _by_hand(session, event, world)
        case CardAnswered() | AccountAnswered() | WriteAnswered() | NoAnswer():
            return _by_answer(session, event, world)
        case (
            CopiesAnswered() | HoldAnswered() | MannerAnswered() | ListAnswered() | CallAnswered()
            | StaffComing() | NewsHeard()
        ):  # fmt: skip
            return _by_wish(session, event, world)
        case Recorded() | NotRecorded() | TitleFound():
            return _by_disk(session, event, world)
        case LineChanged() | FaultChanged() | GateSwitched():
            return _by_machine(session, event, world)
        case Tick():
            return _by_time(session, world)


def _by_time(session: Session, world: World) -> Decision:
    ticked, effects = timing.tick(session, world)
    asked, more = sets.look(ticked, world)
    met, news = wishes.look_for_staff(asked, world)
    return met, (*effects, *more, *news)


def _by_tag(
    session: Session,
    event: CardTouched | BookPlaced | Pointed | SignPointed | StrangeTag | TagTaken,
    world: World,
) -> Decision:
    match event:
        case CardTouched():
            return cards.touched(session, event, world)
        case BookPlaced(book=book):
            return pad.placed(session, book, world)
        case Pointed():
            return listening.pointed(session, event, world)
        case SignPointed():
            return listening.sign_pointed(session, event, world)
        case StrangeTag():
            return _strange(session, event, world)
        case TagTaken(place=place, uid=uid):
            return _lifted(session, place, uid), ()


def _lifted(session: Session, place: Place, uid: str) -> Session:
    if place is Place.PAD:
        return pad.lifted(session, uid)
    return cards.taken(session, uid) if place is Place.CARD else session


def _by_hand(
    session: Session, event: KeyPressed | ButtonPressed | HeadphonesChanged, world: World
) -> Decision:
    match event:
        case KeyPressed(key=key):
            return keys.pressed(session, key, world)
        case ButtonPressed(button=button):
            offered = {each.id for each in draw(session, world).pressable}
            # The screen may have changed under the finger: a button of the last one is nothing.
            return press(session, button, world) if button in offered else (session, ())
        case HeadphonesChanged():
            return listening.jack(session, event, world)


def _by_answer(
    session: Session,
    event: CardAnswered | AccountAnswered | WriteAnswered | NoAnswer,
    world: World,
) -> Decision:
    match event:
        case CardAnswered():
            return cards.answered(session, event, world)
        case AccountAnswered():
            return cards.account_answered(session, event, world)
        case WriteAnswered():
            waits = _asked(session, event.ask)
            return on_verdict(session, waits, event.verdict, world) if waits else (session, ())
        case NoAnswer():
            if wishes.waits_for(session, event.ask):
                return wishes.silent(session, event.ask, world)
            if event.ask == session.question:
                return cards.unanswered(session, world)
            if event.ask == session.wonders:
                # What there was to say has been said; nobody is kept waiting for the rest.
                return replace(session, wonders=None), ()
            waits = _asked(session, event.ask)
            return on_silence(session, waits, world) if waits else (session, ())


def _by_wish(
    session: Session, event: wishes.Answered | StaffComing | NewsHeard, world: World
) -> Decision:
    if isinstance(event, StaffComing):
        return wishes.coming(session, world)
    if isinstance(event, NewsHeard):
        return news.heard(session, event), ()
    if isinstance(event, CopiesAnswered) and event.ask == session.wonders:
        return listening.copies_answered(session, event, world)
    return wishes.answered(session, event, world)


def _by_disk(
    session: Session, event: Recorded | NotRecorded | TitleFound, world: World
) -> Decision:
    if isinstance(event, TitleFound):
        return browsing.found(session, event, world)
    if isinstance(event, Recorded):
        return records.recorded(session, event, world)
    return records.not_recorded(session, event, world)


def _by_machine(
    session: Session, event: LineChanged | FaultChanged | GateSwitched, world: World
) -> Decision:
    if isinstance(event, LineChanged):
        return _line(session, world)
    if isinstance(event, GateSwitched):
        return gates.switched(session, event, world)
    session = replace(session, faults=event.codes)
    if lending_stopped(session, world.kind):
        return (session, ()) if session.state is State.FAULT else halt(session, world)
    return end(session, world) if session.state is State.FAULT else (session, ())


def _line(session: Session, world: World) -> Decision:
    if world.line_up and session.state is State.OFFLINE:
        return cards.check(replace(session, admitted=False), world)
    connected = (State.MENU, State.ACCOUNT, State.RENEW)
    if world.line_up or session.state not in connected or session.pending:
        return session, ()
    if may_borrow_offline(session, world):
        return enter(session, State.OFFLINE, world.mono_ms), ()
    return replace(cards.menu(session, world), notice="notice.menu_silent"), ()


def _strange(session: Session, event: StrangeTag, world: World) -> Decision:
    if event.place is Place.FINGER:
        return listening.strange(session, event.kind, world)
    if event.place is Place.CARD:
        return cards.strange(session, event.kind, world)
    if event.kind == "identity":
        # A purse on the pad is nobody's book.
        return session, ()
    return replace(session, notice=pad.UNREADABLE_ON_PAD), (Earcon(name="problem"),)


def _asked(session: Session, ref: int) -> Pending | None:
    """Return what waits for the answer to *ref*; a late answer finds nothing."""
    return next(
        (waits for waits in session.pending if waits.ref == ref and waits.row is None), None
    )
