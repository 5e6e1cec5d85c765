"""How old the lists are that another system made for us."""

from msgspec import Struct, convert
from sqlalchemy import Connection, select

from hub.catalogue import tables
from hub.catalogue.feeds.lines import Kind
from hub.prepared import Prepared

OLD_MS = 36 * 3_600_000
"""A nightly list that is older than this did not come."""
_CARDS = Prepared(
    select(tables.feed.c.made_ms).where(tables.feed.c.kind == Kind.CARDS.value, tables.feed.c.whole)
)


class FeedAge(Struct, frozen=True, kw_only=True):
    """The newest list of one kind: when it was made, and how many lines it has."""

    kind: Kind
    made_ms: int
    lines: int
    wrong: int
    whole: bool


def ages(db: Connection) -> list[FeedAge]:
    """Return the newest whole list of each kind; what only adds to what is here has no age."""
    rows = db.execute(select(tables.feed).where(tables.feed.c.whole))
    found = [convert(row, FeedAge, from_attributes=True) for row in rows]
    return sorted(found, key=lambda each: list(Kind).index(each.kind))


def cards_made_ms(db: Connection) -> int | None:
    """Return when the newest whole list of cards was made, None where there is none."""
    made_ms: int | None = _CARDS.scalar(db)
    return made_ms
