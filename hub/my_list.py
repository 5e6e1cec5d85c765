"""Titles that patrons keep to think about, by their own wish; for nobody else to see."""

from sqlalchemy import BigInteger, Column, Connection, String, Table, delete, func, select

from circulation.identifiers import PatronId, TitleId
from hub.database import METADATA, insert_once

TITLES_MAX = 200
"""How many titles may stand on a list that is heard one by one."""

listed_title = Table(
    "listed_title",
    METADATA,
    Column("patron", String, primary_key=True),
    Column("title", String, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
)


def of(db: Connection, patron: PatronId) -> list[TitleId]:
    """Return what *patron* keeps, the newest first."""
    listed = listed_title.c
    newest = select(listed.title).where(listed.patron == patron)
    return [
        TitleId(title) for title in db.scalars(newest.order_by(listed.at_ms.desc(), listed.title))
    ]


def keep(db: Connection, patron: PatronId, title: TitleId, at_ms: int) -> bool:
    """Put *title* on *patron*'s list, once; return False where the list is full."""
    mine = listed_title.c.patron == patron
    if db.scalar(select(func.count()).where(mine, listed_title.c.title == title)):
        return True
    if (db.scalar(select(func.count()).where(mine)) or 0) >= TITLES_MAX:
        return False
    insert_once(db, listed_title, {"patron": patron, "title": title, "at_ms": at_ms})
    return True


def drop(db: Connection, patron: PatronId, title: TitleId) -> None:
    """Take *title* off *patron*'s list."""
    listed = listed_title.c
    db.execute(delete(listed_title).where(listed.patron == patron, listed.title == title))
