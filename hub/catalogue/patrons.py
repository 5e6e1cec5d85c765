"""Who a loan card belongs to, and who is called so, for a librarian who helps somebody."""

import hashlib
import unicodedata
from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Engine, Select, func, select

from circulation.identifiers import CardNumber, PatronId
from hub.catalogue import tables
from hub.catalogue.port import StandingChange
from hub.catalogue.rows import holds

FOUND_MAX = 20
SOUGHT_LETTERS_MIN = 2
LATEST_MAX = 8
KINDS = ("adult", "child")
"""Kinds of patrons that there are in any region."""
_TOLD = (
    StandingChange.REGISTERED,
    StandingChange.AMENDED,
    StandingChange.ISSUED,
    StandingChange.PIN,
    StandingChange.BLOCKED,
    StandingChange.LIFTED,
    StandingChange.LOST,
    StandingChange.FOUND,
)


class FoundPatron(Struct, frozen=True, kw_only=True):
    """One of those who are called so, with what tells them apart."""

    id: PatronId
    name: str
    birth_year: int


class FoundPatrons(Struct, frozen=True):
    """Those who were found, at most `FOUND_MAX`, and whether there are *more*."""

    patrons: list[FoundPatron]
    more: bool = False


class PatronCard(Struct, frozen=True, kw_only=True):
    """One of somebody's cards."""

    number: CardNumber
    state: str


class Done(Struct, frozen=True, kw_only=True):
    """What was done about somebody: when, and by whose account where that is known."""

    change: str
    at_ms: int
    by: str
    card: str | None


class Details(Struct, frozen=True, kw_only=True):
    """What a librarian may write otherwise of somebody; not what they are entitled to."""

    name: str
    birth_year: int
    """0 where it is unknown."""
    kind: str
    language: str
    municipality: str

    @property
    def mark(self) -> str:
        """Return what tells these from any others."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()


class Patron(Struct, frozen=True, kw_only=True):
    """All that the desk shows of somebody: nothing of what they read, or are entitled to."""

    id: PatronId
    name: str
    birth_year: int
    kind: str
    state: str
    language: str
    municipality: str
    fees_ore: int
    loans: int
    holds: int
    cards: list[PatronCard]
    latest: list[Done]


def name_of(engine: Engine, card: CardNumber) -> str | None:
    """Return the name of the patron behind *card*."""
    holder = tables.loan_card.join(tables.patron)
    named = select(tables.patron.c.name).select_from(holder)
    with engine.connect() as db:
        return db.scalar(named.where(tables.loan_card.c.number == card))


def find(db: Connection, sought: str) -> FoundPatrons:
    """Return who has the card *sought*, or else everybody whose name has words that begin so.

    All of the words must be there. A word of one letter alone finds nobody: that would be to
    leaf through everyone.
    """
    people = select(tables.patron.c.id, tables.patron.c.name, tables.patron.c.birth_year)
    holder = people.select_from(tables.loan_card.join(tables.patron))
    row = db.execute(holder.where(tables.loan_card.c.number == sought.strip())).first()
    if row is not None:
        return FoundPatrons([_found(row)])
    words = _words(sought)
    if max(map(len, words), default=0) < SOUGHT_LETTERS_MIN:
        return FoundPatrons([])
    called = list(islice(_called(db, people, words), FOUND_MAX + 1))
    return FoundPatrons(called[:FOUND_MAX], more=len(called) > FOUND_MAX)


def _called(db: Connection, people: Select[Any], words: list[str]) -> Iterator[FoundPatron]:
    # Here and not in the database: SQLite takes Å and å for two letters.
    with db.execute(people.order_by(tables.patron.c.name, tables.patron.c.id)) as rows:
        for row in rows:
            theirs = _words(row.name)
            if all(any(each.startswith(word) for each in theirs) for word in words):
                yield _found(row)


def _words(name: str) -> list[str]:
    return unicodedata.normalize("NFC", name).casefold().replace("-", " ").split()


def _found(row: Any) -> FoundPatron:
    return FoundPatron(id=row.id, name=row.name, birth_year=row.birth_year)


def patron(db: Connection, id_: PatronId) -> Patron | None:
    """Return what the desk shows of *id_*, None where nobody is called so."""
    row = db.execute(select(tables.patron).where(tables.patron.c.id == id_)).first()
    if row is None:
        return None
    cards = _cards(db, id_)
    loans = select(func.count()).select_from(tables.loan).where(tables.loan.c.patron == id_)
    return Patron(
        id=row.id,
        name=row.name,
        birth_year=row.birth_year,
        kind=row.kind,
        state=row.state,
        language=row.language,
        municipality=row.municipality,
        fees_ore=row.fees_ore,
        loans=db.scalar(loans) or 0,
        holds=sum(holds(db, id_, "")),
        cards=cards,
        latest=_latest(db, id_, [each.number for each in cards]),
    )


def details(db: Connection, id_: PatronId) -> Details | None:
    """Return what may be written otherwise of *id_*, None where nobody is called so."""
    row = db.execute(select(tables.patron).where(tables.patron.c.id == id_)).first()
    return msgspec.convert(row, Details, from_attributes=True) if row else None


def _cards(db: Connection, id_: PatronId) -> list[PatronCard]:
    card = tables.loan_card.c
    theirs = select(card.number, card.state).where(card.patron == id_).order_by(card.number)
    return [PatronCard(number=row.number, state=row.state) for row in db.execute(theirs)]


def _latest(db: Connection, id_: PatronId, cards: list[CardNumber]) -> list[Done]:
    event = tables.standing_event.c
    theirs = (event.patron == id_) | event.card.in_(cards)
    told = select(tables.standing_event).where(theirs, event.change.in_(list(_TOLD)))
    rows = db.execute(told.order_by(event.version.desc()).limit(LATEST_MAX))
    return [Done(change=row.change, at_ms=row.at_ms, by=row.by, card=row.card) for row in rows]


def kinds(db: Connection) -> list[str]:
    """Return the kinds of patrons there are, those of any region first."""
    own = db.scalars(select(tables.patron.c.kind).distinct())
    return [*KINDS, *sorted({each for each in own if each} - set(KINDS))]
