"""Titles found by their words, and where a title's copies are."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select, text

from circulation.identifiers import ItemId, TitleId
from circulation.messages import ShelfTitle
from hub.catalogue import fields, marc, tables
from hub.catalogue.policy import LENDABLE, USAGE_LOAN
from hub.catalogue.rows import waiting

HITS_PER_PAGE = 20
WORDS_MAX = 12
RANKED_MAX = 10_000
"""How many are told apart by how well they fit; of more, the newest come first."""
_WORD = re.compile("[\\w\u0300-\u036f]+")
"""A word, with the marks above and below letters that have no sign of their own."""
# A word of the title weighs more than one of the author, and that more than a subject. Only those
# of the page are looked up among the titles: a common word may be in half of them.
_COUNT_SQLITE = "SELECT count(*) FROM title_search WHERE title_search MATCH :words"
_PAGE_SQLITE = """SELECT title.control_number FROM (
    SELECT rowid AS number, bm25(title_search, 5, 3, 1) AS best
    FROM title_search WHERE title_search MATCH :words
    ORDER BY best, rowid LIMIT :limit OFFSET :offset
    ) AS hit JOIN title ON title.number = hit.number ORDER BY hit.best, hit.number"""
_NEWEST_SQLITE = """SELECT title.control_number FROM (
    SELECT rowid AS number FROM title_search WHERE title_search MATCH :words
    ORDER BY rowid DESC LIMIT :limit OFFSET :offset
    ) AS hit JOIN title ON title.number = hit.number ORDER BY hit.number DESC"""
_COUNT_POSTGRESQL = "SELECT count(*) FROM title WHERE sought @@ to_tsquery('simple', :words)"
_PAGE_POSTGRESQL = """SELECT control_number
    FROM title WHERE sought @@ to_tsquery('simple', :words)
    ORDER BY ts_rank('{0, 0.2, 0.6, 1}', sought, to_tsquery('simple', :words)) DESC, number
    LIMIT :limit OFFSET :offset"""
_NEWEST_POSTGRESQL = """SELECT control_number
    FROM title WHERE sought @@ to_tsquery('simple', :words)
    ORDER BY number DESC LIMIT :limit OFFSET :offset"""


class Hit(Struct, frozen=True, kw_only=True):
    """A title that was found, and how many of its copies are in."""

    title: ShelfTitle
    copies: int
    copies_in: int


class Hits(Struct, frozen=True, kw_only=True):
    """One page of what was found."""

    total: int
    hits: list[Hit]


class CopyPlace(Struct, frozen=True, kw_only=True):
    """Where one copy is; *due* is None where it is in."""

    item: ItemId
    branch: str
    branch_name: str
    municipality: str
    shelf: str
    due: date | None
    for_loan: bool
    for_all: bool
    """Unlike a talking book made under the exception in the copyright law."""
    put_aside: bool
    on_its_way: bool
    """From one library to another."""


class TitlePage(Struct, frozen=True, kw_only=True):
    """All that the public site tells of a title."""

    title: ShelfTitle
    facts: fields.Facts
    copies: list[CopyPlace]
    waiting: int


def search(db: Connection, sought: str, page: int = 1) -> Hits:
    """Return the titles that have every word of *sought*, or words that begin so."""
    wanted = _WORD.findall(unicodedata.normalize("NFC", sought))[:WORDS_MAX]
    if not wanted:
        return Hits(total=0, hits=[])
    if db.dialect.name == "postgresql":
        count, best, newest = _COUNT_POSTGRESQL, _PAGE_POSTGRESQL, _NEWEST_POSTGRESQL
        words = " & ".join(f"'{word}':*" for word in wanted)
    else:
        count, best, newest = _COUNT_SQLITE, _PAGE_SQLITE, _NEWEST_SQLITE
        words = " ".join(f'"{word}"*' for word in wanted)
    total = db.scalar(text(count), {"words": words}) or 0
    place = {"limit": HITS_PER_PAGE, "offset": (page - 1) * HITS_PER_PAGE}
    page_of = text(best if total <= RANKED_MAX else newest)
    numbers = list(db.scalars(page_of, {"words": words} | place))
    return Hits(total=total, hits=_hits(db, numbers))


def named(db: Connection, numbers: Iterable[TitleId]) -> list[ShelfTitle]:
    """Return the titles called *numbers*, in that order; what is not in the catalogue is not."""
    title, wanted = tables.title.c, list(numbers)
    rows = db.execute(
        select(title.control_number, title.shelf_title).where(title.control_number.in_(wanted))
    )
    known = {row.control_number: msgspec.convert(row.shelf_title, ShelfTitle) for row in rows}
    return [known[number] for number in wanted if number in known]


def _hits(db: Connection, numbers: list[str]) -> list[Hit]:
    title, item = tables.title.c, tables.item.c
    named = select(title.control_number, title.shelf_title)
    known = {
        row.control_number: msgspec.convert(row.shelf_title, ShelfTitle)
        for row in db.execute(named.where(title.control_number.in_(numbers)))
    }
    copies = select(item.title, tables.loan.c.item).select_from(
        tables.item.outerjoin(tables.loan, tables.loan.c.item == item.id)
    )
    rows = db.execute(copies.where(item.title.in_(numbers))).all()
    return [
        Hit(
            title=known[number],
            copies=sum(row.title == number for row in rows),
            copies_in=sum(row.title == number and row.item is None for row in rows),
        )
        for number in numbers
    ]


def title_page(db: Connection, control_number: str) -> TitlePage | None:
    """Return what is told of the title *control_number*."""
    known = tables.title.c
    row = db.execute(select(tables.title).where(known.control_number == control_number)).first()
    if row is None:
        return None
    return TitlePage(
        title=msgspec.convert(row.shelf_title, ShelfTitle),
        facts=fields.facts(fields.Fields(marc.parse(row.marc))),
        copies=_copies(db, control_number),
        waiting=waiting(db, control_number),
    )


def _copies(db: Connection, control_number: str) -> list[CopyPlace]:
    item, branch, loan, hold = tables.item.c, tables.branch.c, tables.loan.c, tables.hold.c
    places = select(
        item.id.label("item"),
        item.branch,
        branch.name.label("branch_name"),
        tables.municipality.c.name.label("municipality"),
        item.shelf,
        loan.due,
        item.usage.in_(LENDABLE).label("for_loan"),
        (item.usage == USAGE_LOAN).label("for_all"),
        hold.item.is_not(None).label("put_aside"),
        tables.transit.c.item.is_not(None).label("on_its_way"),
    ).select_from(
        tables.item.join(tables.branch)
        .join(tables.municipality)
        .outerjoin(tables.loan, loan.item == item.id)
        .outerjoin(tables.hold, hold.item == item.id)
        .outerjoin(tables.transit, tables.transit.c.item == item.id)
    )
    rows = db.execute(
        places.where(item.title == control_number).order_by(
            tables.municipality.c.name, branch.name, item.id
        )
    )
    return [msgspec.convert(row, CopyPlace, from_attributes=True, strict=False) for row in rows]
