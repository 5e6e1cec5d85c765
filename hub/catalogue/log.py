"""The embedded catalogue's own log: every change as it was made, and when."""

from datetime import date

from msgspec import Struct
from sqlalchemy import Connection, func, insert, select

from circulation.identifiers import CardNumber, ItemId, PatronId
from hub.catalogue import tables
from hub.catalogue.port import Change, StandingChange
from hub.catalogue.region_days import local_day


class Write(Struct, frozen=True, kw_only=True):
    """One change on its way in: under which posting, and when it happened."""

    posting: str | None
    at_ms: int

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
    db.execute(
        insert(tables.catalogue_event).values(
            change=change.value,
            item=item,
            patron=patron,
            due=due,
            at_ms=write.at_ms,
            posting=write.posting,
        )
    )


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
    db.execute(
        insert(tables.standing_event).values(
            change=change.value,
            patron=patron,
            card=card,
            title=title,
            item=item,
            at_ms=write.at_ms,
            posting=write.posting,
        )
    )


def version(db: Connection, item: ItemId | None = None) -> int:
    """Return the number of the newest entry of the catalogue's own log, or of that on *item*."""
    newest = select(func.max(tables.catalogue_event.c.version))
    if item is not None:
        newest = newest.where(tables.catalogue_event.c.item == item)
    return db.scalar(newest) or 0
