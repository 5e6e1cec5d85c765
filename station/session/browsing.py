"""Browse by ear: where one goes in the spoken menu, and what is asked on the way."""

from collections.abc import Callable

from msgspec.structs import replace

from circulation.messages import Manner
from circulation.phrases.texts import phrase
from circulation.utterances import Chunk
from station.browse_list import Act, at_hand, entries
from station.effects import (
    AskCopies,
    AskHold,
    AskManner,
    Earcon,
    LookUp,
    Say,
)
from station.events import (
    CopiesAnswered,
    HoldAnswered,
    MannerAnswered,
    TitleFound,
    World,
)
from station.screens.browse import browse_page, heard
from station.session.ending import Decision, end
from station.visit import RATES_WPM, Browsing, Session, State, Told, Verbosity, enter

_STEPS = {"left": -1, "previous": -1, "right": 1, "next": 1}


def begin(session: Session, world: World) -> Decision:
    """Return the first list of the menu, or where the visitor was when they left it."""
    first = session.browsing == Browsing()
    session = replace(session, notice="", hearing=None, sign="")
    session = enter(session, State.BROWSE, world.mono_ms)
    begun, effects = _come(session, world, arrived=True)
    if not first or session.verbosity is Verbosity.BRIEF:
        return begun, effects
    # Who is here for the first time hears how it is done, after where they are.
    how = Chunk(phrase(session.lang, "browse.hint").said, session.lang)
    return begun, tuple(
        replace(each, private=(*each.private, how), loud=(*each.loud, how))
        if isinstance(each, Say)
        else each
        for each in effects
    )


def moved(session: Session, way: str, world: World) -> Decision:
    """Return the entry before or after, round and round."""
    listed = entries(session, world)
    now = min(session.browsing.at, len(listed) - 1)
    session = _stand(session, (now + _STEPS[way]) % len(listed))
    return _come(session, world)


def opened(session: Session, world: World) -> Decision:
    """Return what follows the centre key where one stands."""
    here = at_hand(session, world)
    if here.act in _ACTS:
        return _ACTS[here.act](session, world)
    if here.act is Act.LOOK:
        if session.browsing.title is None:
            return session, (Earcon(name="problem"),)
        return _into(session, f"title:{here.title}", world, opened=True)
    place = here.place
    assert place is not None, "a place to open that is none"
    if not place.titles and not world.menu.under(place.id):
        return _tell(session, Told.PLACE, world)
    return _into(session, place.id, world)


def left(session: Session, world: World) -> Decision:
    """Return the list that this one was opened from; from the first, whence one came."""
    browsing = session.browsing
    if browsing.opened and world.menu:
        return _come(_out(session, browsing.path, opened=False), world)
    if browsing.path:
        return _come(_out(session, browsing.path[:-1], opened=False), world, arrived=True)
    if session.admitted:
        return enter(session, State.MENU, world.mono_ms), ()
    if session.card is None:
        kept = session.browsing
        rested, effects = end(session, world)
        return replace(rested, lang=session.lang, browsing=kept), effects
    return enter(session, State.OFFLINE, world.mono_ms), ()


def found(session: Session, event: TitleFound, world: World) -> Decision:
    """Return the title at hand said, as it came from the shelf."""
    if session.state is not State.BROWSE:
        return session, ()
    arrived = session.browsing.arriving
    browsing = replace(session.browsing, title=event.title, arriving=False)
    session = replace(session, browsing=browsing)
    return session, (_words(session, world, arrived=arrived),)


def copies_answered(session: Session, event: CopiesAnswered, world: World) -> Decision:
    """Return where the copies are, said."""
    if event.ask != session.question:
        return session, ()
    told = Told.COPIES if event.known else Told.SILENT
    browsing = replace(session.browsing, copies=event)
    return _tell(replace(session, question=None, browsing=browsing), told, world)


def hold_answered(session: Session, event: HoldAnswered, world: World) -> Decision:
    """Return whether the visitor waits now, said."""
    if event.ask != session.question:
        return session, ()
    browsing = replace(session.browsing, held=event)
    session = replace(session, question=None, browsing=browsing)
    said, effects = _tell(session, Told.HELD, world)
    return said, (Earcon(name="problem" if event.refused else "done"), *effects)


def manner_answered(session: Session, event: MannerAnswered, world: World) -> Decision:
    """Return whether it is remembered or forgotten, said."""
    if event.ask != session.question:
        return session, ()
    if event.refused is not None:
        return unanswered(session, world)
    told = Told.FORGOTTEN if session.browsing.wishes is None else Told.KEPT
    said, effects = _tell(replace(session, question=None), told, world)
    return said, (Earcon(name="done"), *effects)


def unanswered(session: Session, world: World) -> Decision:
    """Return the kind sentence for a catalogue that is silent."""
    said, effects = _tell(replace(session, question=None), Told.SILENT, world)
    return said, (Earcon(name="problem"), *effects)


def about(session: Session, world: World) -> Decision:
    """Return what can be done with the book that was touched last."""
    title = session.title
    if title is None:
        return session, (Earcon(name="problem"),)
    browsing = replace(session.browsing, kept=_kept(session.browsing), opened=True)
    session = replace(session, notice="", hearing=None, sign="", browsing=browsing)
    session = enter(session, State.BROWSE, world.mono_ms)
    session = replace(session, browsing=replace(browsing, title=title, at=0))
    return _come(session, world, arrived=True)


def _at_rate(session: Session, step: int, world: World) -> Decision:
    rate = session.rate + step
    if not 0 <= rate < len(RATES_WPM):
        said, effects = _tell(session, Told.RATE_END, world)
        return said, (Earcon(name="problem"), *effects)
    return _tell(replace(session, rate=rate), Told.RATE, world)


def _other_verbosity(session: Session, world: World) -> Decision:
    verbosity = Verbosity((session.verbosity + 1) % len(Verbosity))
    return _tell(replace(session, verbosity=verbosity), Told.VERBOSITY, world)


def _other_language(session: Session, world: World) -> Decision:
    session = replace(session, lang="en" if session.lang == "sv" else "sv")
    return _come(session, world, arrived=True)


def _ask_copies(session: Session, world: World) -> Decision:
    title = session.browsing.title
    if title is None or not world.line_up:
        return unanswered(session, world)
    ask = AskCopies(ask=session.next_ref, title=title.id)
    return _asking(session, ask, world)


def _ask_hold(session: Session, world: World) -> Decision:
    title = session.browsing.title
    card = session.card
    if title is None or card is None or not world.line_up:
        return unanswered(session, world)
    if not session.pin_checked:
        return _for_pin(session, world)
    ask = AskHold(ask=session.next_ref, card=card, pin=session.pin_checked, title=title.id)
    return _asking(session, ask, world)


def _for_pin(session: Session, world: World) -> Decision:
    """Ask for the PIN, once in a visit; the way leads back to here."""
    session = replace(session, going=State.BROWSE, pin="", pin_wrong=False)
    return enter(session, State.PIN, world.mono_ms), ()


def _ask_manner(session: Session, manner: Manner | None, world: World) -> Decision:
    card = session.card
    if card is None or not world.line_up:
        return unanswered(session, world)
    if not session.pin_checked:
        return _for_pin(session, world)
    session = replace(session, browsing=replace(session.browsing, wishes=manner))
    pin = session.pin_checked
    ask = AskManner(ask=session.next_ref, card=card, pin=pin, manner=manner)
    return _asking(session, ask, world)


def _asking(session: Session, ask: AskCopies | AskHold | AskManner, world: World) -> Decision:
    asking = replace(session, question=session.next_ref, next_ref=session.next_ref + 1)
    said, effects = _tell(asking, Told.ASKING, world)
    return said, (Earcon(name="found"), ask, *effects)


def _into(session: Session, place: str, world: World, *, opened: bool = False) -> Decision:
    """Return the list *place*, where one stood in it last."""
    browsing = session.browsing
    kept = _kept(browsing)
    path = browsing.path if opened else (*browsing.path, place)
    at = 0 if opened else dict(kept).get(place, 0)
    title = browsing.title if opened else None
    browsing = Browsing(path=path, at=at, kept=kept, title=title, opened=opened)
    return _come(replace(session, browsing=browsing), world, arrived=True)


def _out(session: Session, path: tuple[str, ...], *, opened: bool) -> Session:
    kept = _kept(session.browsing)
    at = dict(kept).get(path[-1] if path else "", 0)
    return replace(session, browsing=Browsing(path=path, at=at, kept=kept, opened=opened))


def _kept(browsing: Browsing) -> tuple[tuple[str, int], ...]:
    if browsing.opened:
        return browsing.kept
    here = browsing.path[-1] if browsing.path else ""
    return (*(each for each in browsing.kept if each[0] != here), (here, browsing.at))


def _stand(session: Session, at: int) -> Session:
    browsing = session.browsing
    title = browsing.title if browsing.opened else None
    browsing = replace(browsing, at=at, telling=None, title=title, copies=None, held=None)
    return replace(session, browsing=browsing, question=None)


def _come(session: Session, world: World, *, arrived: bool = False) -> Decision:
    """Return what is said where one has come to; a title is looked up first."""
    session = _stand(session, session.browsing.at)
    here = at_hand(session, world)
    if here.act is Act.LOOK and here.title is not None:
        coming = replace(session.browsing, arriving=arrived)
        return replace(session, browsing=coming), (LookUp(title=here.title),)
    return session, (_words(session, world, arrived=arrived),)


def _tell(session: Session, what: Told, world: World) -> Decision:
    session = replace(session, browsing=replace(session.browsing, telling=what))
    return session, (_words(session, world),)


def _words(session: Session, world: World, *, arrived: bool = False) -> Say:
    private = heard(session, world, arrived=arrived)
    discreet = browse_page(session, world).loud
    return Say(private=private, loud=(Chunk(discreet.said, session.lang),) if discreet else private)


_ACTS: dict[Act, Callable[[Session, World], Decision]] = {
    Act.BACK: left,
    Act.MORE: lambda session, world: _tell(session, Told.MORE, world),
    Act.SPELL: lambda session, world: _tell(session, Told.SPELLED, world),
    Act.SLOWER: lambda session, world: _at_rate(session, -1, world),
    Act.FASTER: lambda session, world: _at_rate(session, 1, world),
    Act.VERBOSITY: _other_verbosity,
    Act.LANGUAGE: _other_language,
    Act.KEEP: lambda session, world: _ask_manner(
        session,
        Manner(rate=session.rate, large=session.large, verbosity=session.verbosity),
        world,
    ),
    Act.FORGET: lambda session, world: _ask_manner(session, None, world),
    Act.COPIES: _ask_copies,
    Act.RESERVE: _ask_hold,
}
