"""Browse by ear: where one goes in the spoken menu, and what is done with a title."""

from collections.abc import Callable

from msgspec.structs import replace

from circulation.messages import Manner
from circulation.phrases.texts import phrase
from circulation.utterances import Chunk
from station.browse_list import Act, at_hand, entries, standing_under
from station.effects import (
    Earcon,
    LookUp,
    Say,
)
from station.events import (
    TitleFound,
    World,
)
from station.session import standing, wishes
from station.session.ending import Decision, end
from station.visit import RATES_WPM, Browsing, Session, State, Told, Verbosity, enter

_STEPS = {"left": -1, "previous": -1, "right": 1, "next": 1}


def begin(session: Session, world: World) -> Decision:
    """Return the first list of the menu, or where the visitor was when they left it."""
    first = session.browsing == Browsing()
    session = replace(session, notice="", hearing=None, sign="")
    session = enter(session, State.BROWSE, world.mono_ms)
    begun, effects = standing.come(session, world, arrived=True)
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
    """Return the entry before or after, round and round; the end of the list is heard."""
    listed = entries(session, world)
    to = min(session.browsing.at, len(listed) - 1) + _STEPS[way]
    come, effects = standing.come(standing.stand(session, to % len(listed)), world)
    return come, (effects if 0 <= to < len(listed) else (Earcon(name="end"), *effects))


def opened(session: Session, world: World) -> Decision:
    """Return what follows the centre key where one stands."""
    here = at_hand(session, world)
    if here.act in _ACTS:
        return _ACTS[here.act](session, world)
    if here.act is Act.LOOK:
        if session.browsing.title is None:
            return session, (Earcon(name="problem"),)
        return standing.into(session, f"title:{here.title}", world, opened=True)
    place = here.place
    assert place is not None, "a place to open that is none"
    if place.calls:
        return wishes.call(session, world)
    if not place.titles and not standing_under(place.id, world):
        return standing.tell(session, Told.PLACE, world)
    return standing.into(session, place.id, world)


def left(session: Session, world: World) -> Decision:
    """Return the list that this one was opened from; from the first, whence one came."""
    browsing = session.browsing
    if browsing.opened and world.menu:
        return standing.come(standing.out(session, browsing.path), world)
    if browsing.path:
        return standing.come(standing.out(session, browsing.path[:-1]), world, arrived=True)
    if session.admitted:
        return enter(session, State.MENU, world.mono_ms), ()
    if session.card is None:
        rested, effects = end(session, world)
        rested = replace(rested, lang=session.lang, browsing=session.browsing)
        if session.headphones:
            # Whoever still has them on is still here, and waits for staff if they called.
            rested = replace(
                rested,
                called_ms=session.called_ms,
                errands=session.errands,
                news=session.news,
            )
        return rested, effects
    return enter(session, State.OFFLINE, world.mono_ms), ()


def found(session: Session, event: TitleFound, world: World) -> Decision:
    """Return the title at hand said, as it came from the shelf."""
    if session.state is not State.BROWSE:
        return session, ()
    arrived = session.browsing.arriving
    browsing = replace(session.browsing, title=event.title, arriving=False)
    session = replace(session, browsing=browsing)
    return session, (standing.words(session, world, arrived=arrived),)


def about(session: Session, world: World) -> Decision:
    """Return what can be done with the book that was touched last."""
    title = session.title
    if title is None:
        return session, (Earcon(name="problem"),)
    browsing = replace(session.browsing, kept=standing.kept(session.browsing), opened=True)
    session = replace(session, notice="", hearing=None, sign="", browsing=browsing)
    session = enter(session, State.BROWSE, world.mono_ms)
    session = replace(session, browsing=replace(browsing, title=title, at=0))
    return standing.come(session, world, arrived=True)


def _as_talking_book(session: Session, _world: World) -> Decision:
    """Return the same book as a talking book, opened."""
    title = session.browsing.title
    if title is None or not title.talking_book:
        return session, (Earcon(name="problem"),)
    browsing = replace(session.browsing, at=0, telling=Told.ITSELF, arriving=True)
    return replace(session, browsing=browsing), (LookUp(title=title.talking_book),)


def _at_rate(session: Session, step: int, world: World) -> Decision:
    rate = session.rate + step
    if not 0 <= rate < len(RATES_WPM):
        said, effects = standing.tell(session, Told.RATE_END, world)
        return said, (Earcon(name="problem"), *effects)
    return standing.tell(replace(session, rate=rate), Told.RATE, world)


def _other_verbosity(session: Session, world: World) -> Decision:
    verbosity = Verbosity((session.verbosity + 1) % len(Verbosity))
    return standing.tell(replace(session, verbosity=verbosity), Told.VERBOSITY, world)


def _other_language(session: Session, world: World) -> Decision:
    session = replace(session, lang="en" if session.lang == "sv" else "sv")
    return standing.come(session, world, arrived=True)


_ACTS: dict[Act, Callable[[Session, World], Decision]] = {
    Act.BACK: left,
    Act.MORE: lambda session, world: standing.tell(session, Told.MORE, world),
    Act.SPELL: lambda session, world: standing.tell(session, Told.SPELLED, world),
    Act.SLOWER: lambda session, world: _at_rate(session, -1, world),
    Act.FASTER: lambda session, world: _at_rate(session, 1, world),
    Act.VERBOSITY: _other_verbosity,
    Act.LANGUAGE: _other_language,
    Act.KEEP: lambda session, world: wishes.ask_manner(
        session,
        Manner(rate=session.rate, large=session.large, verbosity=session.verbosity),
        world,
    ),
    Act.FORGET: lambda session, world: wishes.ask_manner(session, None, world),
    Act.COPIES: wishes.ask_copies,
    Act.RESERVE: wishes.ask_hold,
    Act.TALKING: _as_talking_book,
    Act.MINE: lambda session, world: wishes.ask_list(session, None, world),
    Act.LIST: lambda session, world: wishes.ask_list(session, Told.LISTED, world),
    Act.UNLIST: lambda session, world: wishes.ask_list(session, Told.UNLISTED, world),
}
