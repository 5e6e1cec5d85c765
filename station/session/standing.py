"""Where one stands in the spoken menu, what is remembered of it, and what is said there."""

from msgspec.structs import replace

from circulation.utterances import Chunk
from station.browse_list import Act, at_hand
from station.effects import LookUp, Say
from station.events import World
from station.screens.browse import browse_page, heard
from station.session.ending import Decision
from station.visit import Browsing, Session, Told


def come(session: Session, world: World, *, arrived: bool = False) -> Decision:
    """Return what is said where one has come to; a title is looked up first."""
    session = stand(session, session.browsing.at)
    here = at_hand(session, world)
    if here.act is Act.LOOK and here.title is not None:
        coming = replace(session.browsing, arriving=arrived)
        return replace(session, browsing=coming), (LookUp(title=here.title),)
    return session, (words(session, world, arrived=arrived),)


def stand(session: Session, at: int) -> Session:
    """Return *session* at the entry *at* of its list, with nothing told yet."""
    browsing = session.browsing
    title = browsing.title if browsing.opened else None
    browsing = replace(browsing, at=at, telling=None, title=title, copies=None, held=None)
    return replace(session, browsing=browsing, question=None)


def into(session: Session, place: str, world: World, *, opened: bool = False) -> Decision:
    """Return the list *place*, where one stood in it last."""
    browsing = session.browsing
    remembered = kept(browsing)
    path = browsing.path if opened else (*browsing.path, place)
    at = 0 if opened else dict(remembered).get(place, 0)
    title = browsing.title if opened else None
    browsing = Browsing(path=path, at=at, kept=remembered, title=title, opened=opened)
    return come(replace(session, browsing=browsing), world, arrived=True)


def out(session: Session, path: tuple[str, ...]) -> Session:
    """Return *session* in the list that *path* leads to, where one stood in it last."""
    remembered = kept(session.browsing)
    at = dict(remembered).get(path[-1] if path else "", 0)
    return replace(session, browsing=Browsing(path=path, at=at, kept=remembered))


def kept(browsing: Browsing) -> tuple[tuple[str, int], ...]:
    """Return where one stood in each list, with the present one."""
    if browsing.opened:
        return browsing.kept
    here = browsing.path[-1] if browsing.path else ""
    return (*(each for each in browsing.kept if each[0] != here), (here, browsing.at))


def tell(session: Session, what: Told, world: World) -> Decision:
    """Return *what* said in the place of where one stands."""
    session = replace(session, browsing=replace(session.browsing, telling=what))
    return session, (words(session, world),)


def words(session: Session, world: World, *, arrived: bool = False) -> Say:
    """Return what is heard where one stands, with the list's name where one has *arrived*."""
    private = heard(session, world, arrived=arrived)
    discreet = browse_page(session, world).loud
    return Say(private=private, loud=(Chunk(discreet.said, session.lang),) if discreet else private)
