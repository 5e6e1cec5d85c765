"""What stands in the list that somebody browses: places, titles, or what to do with one title."""

from enum import StrEnum

from msgspec import Struct

from circulation.identifiers import TitleId
from circulation.messages import ShelfMenu
from station.events import World
from station.visit import Session


class Act(StrEnum):
    """What can be done where one stands."""

    OPEN = "open"
    LOOK = "look"
    """Open the title that one stands at."""
    MORE = "more"
    COPIES = "copies"
    RESERVE = "reserve"
    TALKING = "talking"
    """Go to the same as a talking book."""
    MINE = "mine"
    """Open one's own list."""
    LIST = "list"
    UNLIST = "unlist"
    SPELL = "spell"
    SLOWER = "slower"
    FASTER = "faster"
    LANGUAGE = "language"
    VERBOSITY = "verbosity"
    KEEP = "keep"
    FORGET = "forget"
    BACK = "back"


_VOICE = (Act.SLOWER, Act.FASTER, Act.VERBOSITY, Act.LANGUAGE)
"""What ends the first list: how one is spoken to."""
_MANNERS = (Act.KEEP, Act.FORGET)
MINE = "mine:"
"""What one's own list is called on the way there; no place of the menu is."""


class Entry(Struct, frozen=True, kw_only=True):
    """One thing in a list."""

    act: Act
    place: ShelfMenu | None = None
    title: TitleId | None = None


def standing_under(place: str, world: World) -> tuple[ShelfMenu, ...]:
    """Return what stands under *place*, but for events that are over."""
    # Where nobody knows which day it is, a visitor hears of one too many rather than too few.
    return tuple(
        each
        for each in world.menu.under(place)
        if each.day is None or each.day >= world.today or not world.clock_trusted
    )


def entries(session: Session, world: World) -> tuple[Entry, ...]:
    """Return what stands in the list at hand; the way back is always the last."""
    browsing, back = session.browsing, Entry(act=Act.BACK)
    if browsing.opened:
        return (*(Entry(act=act) for act in _with_a_title(session)), back)
    here = browsing.path[-1] if browsing.path else ""
    if here == MINE:
        return (*(Entry(act=Act.LOOK, title=title) for title in session.mine), back)
    if under := standing_under(here, world):
        # Only somebody who is known by card can be met so again.
        acts = (*_VOICE, *((*_MANNERS, Act.MINE) if session.admitted else ()))
        voice = () if here else tuple(Entry(act=act) for act in acts)
        return (*(Entry(act=Act.OPEN, place=place) for place in under), *voice, back)
    place = world.menu.place(here)
    titles = place.titles if place else []
    return (*(Entry(act=Act.LOOK, title=title) for title in titles), back)


def _with_a_title(session: Session) -> tuple[Act, ...]:
    title = session.title
    talking = (Act.TALKING,) if title is not None and title.talking_book else ()
    # Only whoever has been let in by card is somebody to reserve for, or to keep a list for.
    wishes: tuple[Act, ...] = ()
    if session.admitted:
        kept = title is not None and title.id in session.mine
        wishes = (Act.RESERVE, Act.UNLIST if kept else Act.LIST)
    return (Act.MORE, Act.COPIES, *talking, *wishes, Act.SPELL)


def at_hand(session: Session, world: World) -> Entry:
    """Return where one stands; a list that has become shorter ends with its last."""
    listed = entries(session, world)
    return listed[min(session.browsing.at, len(listed) - 1)]


def heading(session: Session, world: World) -> ShelfMenu | None:
    """Return the place whose list is at hand, None for the first."""
    path = session.browsing.path
    return world.menu.place(path[-1]) if path else None
