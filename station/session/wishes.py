"""What a visitor asks of the hub while browsing, and what is said of its answer."""

from msgspec.structs import replace

from circulation.messages import Manner
from station.browse_list import MINE, at_hand
from station.effects import (
    AskCall,
    AskCopies,
    AskHold,
    AskList,
    AskManner,
    Earcon,
)
from station.events import (
    CallAnswered,
    CopiesAnswered,
    HoldAnswered,
    ListAnswered,
    MannerAnswered,
    World,
)
from station.screens.browse import of_an_errand, of_the_call
from station.session import news, standing
from station.session.ending import Decision, awake
from station.visit import Errand, Session, State, Told, enter

STAFF_MS_MAX = 120_000
"""After so long without an answer it is said what else can be done."""
Answered = CopiesAnswered | HoldAnswered | MannerAnswered | ListAnswered | CallAnswered


def ask_copies(session: Session, world: World) -> Decision:
    """Return the question where the copies of the title at hand are."""
    title = session.browsing.title
    if title is None or not world.line_up:
        return unanswered(session, world)
    return _asking(session, AskCopies(ask=session.next_ref, title=title.id), world)


def ask_hold(session: Session, world: World) -> Decision:
    """Return the wish to wait for the title at hand, once the PIN was right."""
    title, card = session.browsing.title, session.card
    if title is None or card is None or not world.line_up:
        return unanswered(session, world)
    if not session.pin_checked:
        return _for_pin(session, world)
    ask = AskHold(ask=session.next_ref, card=card, pin=session.pin_checked, title=title.id)
    return _asking(session, ask, world, Told.HELD)


def ask_manner(session: Session, manner: Manner | None, world: World) -> Decision:
    """Return the wish that *manner* be kept or, where it is None, what is kept forgotten."""
    card = session.card
    if card is None or not world.line_up:
        return unanswered(session, world)
    if not session.pin_checked:
        return _for_pin(session, world)
    session = replace(session, browsing=replace(session.browsing, wishes=manner))
    pin = session.pin_checked
    ask = AskManner(ask=session.next_ref, card=card, pin=pin, manner=manner)
    return _asking(session, ask, world, Told.FORGOTTEN if manner is None else Told.KEPT)


def ask_list(session: Session, change: Told | None, world: World) -> Decision:
    """Return the wish to open one's list, or to put the title at hand there or take it away."""
    title, card = session.browsing.title, session.card
    if card is None or not world.line_up or (change and title is None):
        return unanswered(session, world)
    if not session.pin_checked:
        return _for_pin(session, world)
    session = replace(session, browsing=replace(session.browsing, listing=change))
    ask = AskList(
        ask=session.next_ref,
        card=card,
        pin=session.pin_checked,
        keep=title.id if title and change is Told.LISTED else None,
        drop=title.id if title and change is Told.UNLISTED else None,
    )
    return _asking(session, ask, world, change)


def call(session: Session, world: World) -> Decision:
    """Return the wish that staff come; where nobody can, how to reach them."""
    if not (world.line_up and world.staffed):
        return standing.tell(session, Told.NOT_CALLED, world)
    # From here on: who goes on before the hub has answered is waited with, too.
    waiting = replace(session, called_ms=world.mono_ms)
    return _asking(waiting, AskCall(ask=session.next_ref), world, Told.CALLED)


def coming(session: Session, world: World) -> Decision:
    """Return the good news for whoever waits here for staff; for nobody it is none."""
    return (session, ()) if session.called_ms is None else _met(session, Told.COMING, world)


def look_for_staff(session: Session, world: World) -> Decision:
    """Return what else can be done, once nobody of the staff has answered for long."""
    since_ms = session.called_ms
    if since_ms is None or world.mono_ms - since_ms < STAFF_MS_MAX:
        return session, ()
    # Whoever was waited with has the time of any visit to hear it, and to call again.
    return _met(awake(session, world), Told.UNMET, world)


def _met(session: Session, told: Told, world: World) -> Decision:
    session, browsing = replace(session, called_ms=None), session.browsing
    if session.state is State.BROWSE and browsing.telling is Told.CALLED:
        session = replace(session, browsing=replace(browsing, telling=told))
    return _of_the_call(session, told, world)


def _of_the_call(session: Session, told: Told, world: World) -> Decision:
    # The latest of a call is all that there is to know of it.
    session = replace(session, news=tuple(each for each in session.news if each.private))
    earcon = "problem" if told is Told.UNMET else "done"
    return news.bring(session, of_the_call(session, world, told), earcon=earcon, private=False)


def answered(session: Session, event: Answered, world: World) -> Decision:
    """Return what is said of the hub's answer; one that nobody waits for is nothing."""
    session, errand, here = _ended(session, event.ask)
    if not here:
        return _late(session, errand, event, world) if errand else (session, ())
    match event:
        case CopiesAnswered():
            told = Told.COPIES if event.known else Told.SILENT
            browsing = replace(session.browsing, copies=event)
            return standing.tell(replace(session, browsing=browsing), told, world)
        case HoldAnswered():
            held = replace(session, browsing=replace(session.browsing, held=event))
            return _done(held, Told.HELD, world, refused=event.refused is not None)
        case MannerAnswered():
            if event.refused is not None:
                return unanswered(session, world)
            forgets = session.browsing.wishes is None
            return _done(session, Told.FORGOTTEN if forgets else Told.KEPT, world)
        case ListAnswered():
            return _listed(session, event, world)
        case CallAnswered():
            told = Told.CALLED if event.called else Told.NOT_CALLED
            waits = world.mono_ms if event.called else None
            session = replace(session, called_ms=waits)
            return _done(session, told, world, refused=not event.called)


def gone_on(before: Session, after: Session) -> Session:
    """Return *after* with nothing waited for any more by whoever has left the menu with it."""
    left = before.state is State.BROWSE and after.state is not State.BROWSE
    asked = before.question is not None and after.question == before.question
    return replace(after, question=None) if left and asked else after


def waits_for(session: Session, ask: int) -> bool:
    """Return whether *ask* was a wish, of somebody who waits here or has gone on."""
    here = session.state is State.BROWSE and ask == session.question
    return here or any(each.ask == ask for each in session.errands)


def silent(session: Session, ask: int, world: World) -> Decision:
    """Return what is said where the hub has not answered *ask*."""
    session, errand, here = _ended(session, ask)
    if here:
        return unanswered(session, world)
    return _late(session, errand, None, world) if errand else (session, ())


def unanswered(session: Session, world: World) -> Decision:
    """Return the kind sentence for a catalogue that is silent."""
    session = replace(session, question=None)
    place = at_hand(session, world).place
    if place is not None and place.calls:
        not_called = replace(session, called_ms=None)
        return _done(not_called, Told.NOT_CALLED, world, refused=True)
    return _done(session, Told.SILENT, world, refused=True)


def _ended(session: Session, ask: int) -> tuple[Session, Errand | None, bool]:
    """Return *session* with *ask* ended, what it was to do, and whether it is waited for here."""
    errand = next((each for each in session.errands if each.ask == ask), None)
    left = tuple(each for each in session.errands if each is not errand)
    here = ask == session.question and _is_waiting(session)
    question = None if ask == session.question else session.question
    return replace(session, errands=left, question=question), errand, here


def _is_waiting(session: Session) -> bool:
    return session.state is State.BROWSE and session.browsing.telling is Told.ASKING


def _late(session: Session, errand: Errand, event: Answered | None, world: World) -> Decision:
    """Return what became of *errand*, told to whoever has gone on; None: nobody knows."""
    if errand.told is Told.CALLED:
        return _late_call(session, event, world)
    told, done = errand.told, True
    held = event if isinstance(event, HoldAnswered) else None
    if held is not None:
        done = held.refused is None
    elif event is None or told is Told.HELD or _is_refused(event):
        told, done = Told.SILENT, False
    elif isinstance(event, ListAnswered):
        session = replace(session, mine=event.titles)
        told, done = (Told.LIST_FULL, False) if event.full else (told, True)
    words = of_an_errand(session, world, told, title=errand.title, held=held)
    return news.bring(session, words, earcon="done" if done else "problem", private=True)


def _is_refused(event: Answered) -> bool:
    return isinstance(event, MannerAnswered | ListAnswered) and event.refused is not None


def _late_call(session: Session, event: Answered | None, world: World) -> Decision:
    if session.called_ms is None:
        return session, ()
    if isinstance(event, CallAnswered) and event.called:
        return _of_the_call(replace(session, called_ms=world.mono_ms), Told.CALLED, world)
    return _met(session, Told.UNMET, world)


def _listed(session: Session, event: ListAnswered, world: World) -> Decision:
    if event.refused is not None:
        return unanswered(session, world)
    change, session = session.browsing.listing, replace(session, mine=event.titles)
    if change is None:
        return standing.into(session, MINE, world)
    told = Told.LIST_FULL if event.full else change
    return _done(session, told, world, refused=event.full)


def _done(session: Session, told: Told, world: World, *, refused: bool = False) -> Decision:
    said, effects = standing.tell(session, told, world)
    return said, (Earcon(name="problem" if refused else "done"), *effects)


def _for_pin(session: Session, world: World) -> Decision:
    """Ask for the PIN, once in a visit; the way leads back to here."""
    session = replace(session, going=State.BROWSE, pin="", pin_wrong=False)
    return enter(session, State.PIN, world.mono_ms), ()


def _asking(
    session: Session,
    ask: AskCopies | AskHold | AskManner | AskList | AskCall,
    world: World,
    errand: Told | None = None,
) -> Decision:
    """Return *ask* put to the hub; an *errand* is told of wherever its visitor is then."""
    asking = replace(session, question=session.next_ref, next_ref=session.next_ref + 1)
    if errand:
        about = session.browsing.title if isinstance(ask, AskHold | AskList) else None
        done = Errand(ask=session.next_ref, told=errand, title=about)
        asking = replace(asking, errands=(*session.errands, done))
    said, effects = standing.tell(asking, Told.ASKING, world)
    return said, (Earcon(name="found"), ask, *effects)
