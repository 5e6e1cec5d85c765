"""Items of several parts, each with a tag of its own: one thing on the pad once all lie there."""

from msgspec.structs import replace

from station.effects import Earcon
from station.events import (
    Book,
    World,
)
from station.session.ending import NOTHING, Decision
from station.visit import Lying, Session

PART_MISSING = "notice.part_missing"
PATIENCE_MS = 3_000
"""How long the other parts of a set are waited for before anybody is told that they lack."""


def gathered(session: Session, book: Book, world: World) -> tuple[Session, Book | None]:
    """Return *session* with the part *book* on the pad, and the whole set once all lie there."""
    others = [each for each in session.sets if each.book.uid != book.uid]
    parts = {each.book.part: each.book for each in others if each.book.item == book.item}
    parts[book.part] = book
    if len(parts) < book.parts:
        return replace(session, sets=(*others, Lying(book, world.mono_ms))), None
    rest = tuple(each for each in others if each.book.item != book.item)
    alarms = tuple(alarm for part in sorted(parts) for alarm in parts[part].alarms)
    uids = {part.uid for part in parts.values()}
    whole = replace(parts[min(parts)], alarms=alarms)
    session = _content(replace(session, sets=rest, handled=session.handled | uids))
    return session, whole


def lifted(session: Session, uid: str) -> Session:
    """Return *session* without the part *uid* on its pad."""
    return _content(
        replace(session, sets=tuple(each for each in session.sets if each.book.uid != uid))
    )


def look(session: Session, world: World) -> Decision:
    """Return *session* asking for the part that lacks, where it was waited for long enough."""
    if session.notice or not session.sets:
        return session, NOTHING
    if world.mono_ms - max(each.since_ms for each in session.sets) < PATIENCE_MS:
        return session, NOTHING
    return replace(session, notice=PART_MISSING), (Earcon(name="problem"),)


def _content(session: Session) -> Session:
    calm = session.notice == PART_MISSING and not session.sets
    return replace(session, notice="") if calm else session
