"""The embedded catalogue's own log: every change as it was made, and when."""

from collections.abc import Iterable, Mapping
from datetime import date

from msgspec import Struct
from sqlalchemy import Connection, and_, bindparam, exists, func, insert, select

from circulation.identifiers import CardNumber, ItemId, PatronId
from hub.catalogue import tables
from hub.catalogue.port import FORGOTTEN, Change, StandingChange
from hub.catalogue.region_days import local_day
from hub.prepared import Prepared

_VERSION = select(func.max(tables.catalogue_event.c.version))
_NEWEST = Prepared(_VERSION)
_NEWEST_OF = Prepared(_VERSION.where(tables.catalogue_event.c.item == bindparam("of")))
_ENTER = Prepared(
    insert(tables.catalogue_event), ("change", "item", "patron", "due", "at_ms", "posting")
)
_PATRON = tables.catalogue_event.c.patron
_TOKEN = _PATRON.startswith(FORGOTTEN)
_HAS_IT = and_(tables.loan.c.item == tables.catalogue_event.c.item, tables.loan.c.patron == _PATRON)
_NAMED = Prepared(
    select(tables.catalogue_event.c.item)
    .where(
        _PATRON.is_not(None),
        ~_TOKEN,
        tables.catalogue_event.c.at_ms < bindparam("before_ms"),
        ~exists().where(_HAS_IT),
    )
    .distinct()
    .order_by(tables.catalogue_event.c.item)
)
_MARKED = Prepared(
    select(tables.catalogue_event.c.item)
    .where(_PATRON.is_not(None), _TOKEN)
    .distinct()
    .order_by(tables.catalogue_event.c.item)
)
_NOTE = Prepared(
    insert(tables.standing_event),
    ("change", "patron", "card", "title", "item", "at_ms", "posting", "by"),
)


class Write(Struct, frozen=True, kw_only=True):
    """One change on its way in: under which posting, and when it happened."""

    posting: str | None
    at_ms: int
    by: str = ""
    """The account of who did it at the desk."""

    @property
    def today(self) -> date:
        """Return the region's date of the change."""
        return local_day(self.at_ms)


def enter(
    db: Connection,
    change: Change,
    item: ItemId,
    write: Write,
    *,
    patron: PatronId | None,
    due: date | None = None,
) -> None:
    """Add an entry to the catalogue's own log."""
    entry = {"change": change.value, "item": item, "patron": patron, "due": due}
    _ENTER.do(db, entry | {"at_ms": write.at_ms, "posting": write.posting})


def note(
    db: Connection,
    change: StandingChange,
    write: Write,
    *,
    patron: PatronId | None = None,
    card: CardNumber | None = None,
    title: str | None = None,
    item: ItemId | None = None,
) -> None:
    """Add what was changed about a card, a person or a queue to the log of what stood when."""
    entry = {"change": change.value, "patron": patron, "card": card, "title": title, "item": item}
    _NOTE.do(db, entry | {"at_ms": write.at_ms, "posting": write.posting, "by": write.by})


def note_all(
    db: Connection, change: StandingChange, write: Write, told: Iterable[Mapping[str, str]]
) -> None:
    """Add *change* of each copy that is *told*, by its item and title, as `note` does."""
    rest = {"change": change.value, "patron": None, "card": None, "at_ms": write.at_ms}
    rest |= {"posting": write.posting, "by": write.by}
    _NOTE.do_all(db, [rest | dict(each) for each in told])


def enter_all(
    db: Connection, change: Change, write: Write, told: Iterable[Mapping[str, object]]
) -> None:
    """Add *change* of each loan that is *told*, by item, patron and due day, as `enter` does."""
    rest = {"change": change.value, "at_ms": write.at_ms, "posting": write.posting}
    _ENTER.do_all(db, [rest | dict(each) for each in told])


def version(db: Connection, item: ItemId | None = None) -> int:
    """Return the number of the newest entry of the catalogue's own log, or of that on *item*."""
    newest = _NEWEST.scalar(db) if item is None else _NEWEST_OF.scalar(db, {"of": item})
    return newest or 0


def named(db: Connection, before_ms: int) -> list[ItemId]:
    """Return the items in whose log is somebody, since before *before_ms*, who has it no more."""
    return [ItemId(row.item) for row in _NAMED.all(db, {"before_ms": before_ms})]


def marked(db: Connection) -> list[ItemId]:
    """Return the items in whose log somebody stands by a token."""
    return [ItemId(row.item) for row in _MARKED.all(db)]
