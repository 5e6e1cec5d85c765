"""Forgetting who had a book, once it is back and nothing about it is owed."""

import secrets
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, Row, and_, delete, func, select, update

from circulation.identifiers import BranchCode, CardNumber, ItemId, PatronId
from hub import exceptions, manners, my_list, quarantine
from hub.catalogue import tables
from hub.catalogue.port import Borrowing, Catalogue
from hub.checkpoints import Checkpoints
from hub.database import insert_into, insert_once
from hub.folding import Folding
from hub.reconcile import Kind
from hub.tables import fact, item_key, loan_count, station
from hub.tokens import MARK, key_of, nobodys, token

YOUNG_MS = 3_600_000
"""How old facts must be: the ones about it that are still under way should come first."""
LENT = ("checkout", "settled")


class Forgetting:
    """Takes persons out of the facts of what has come back."""

    def __init__(self, engine: Engine, catalogue: Catalogue, *, zone: str) -> None:
        """Forget in *engine* and in *catalogue*; months are those of *zone*."""
        self._engine = engine
        self._catalogue = catalogue
        self._zone = ZoneInfo(zone)
        self._checkpoints = Checkpoints(engine, catalogue)

    def run(self, now_ms: int) -> int:
        """Forget what need not be known any more; return of how many items."""
        with self._engine.begin() as db:
            exceptions.forget_closed(db)
            quarantine.forget(db, now_ms)
            if self._catalogue.capabilities.kept_here:
                _forget_withdrawn(db)
        folding = Folding(self._engine, self._catalogue, lambda: now_ms)
        forgotten = sum(self._forget(folding, item, now_ms) for item in self._due(now_ms))
        self._checkpoints.run(now_ms, young_ms=YOUNG_MS)
        return forgotten

    def _due(self, now_ms: int) -> list[ItemId]:
        with self._engine.execution_options(read_only=True).begin() as db:
            known = and_(fact.c.card.is_not(None), fact.c.card.not_like(f"{MARK}%"))
            old = and_(fact.c.posted_ms.is_not(None), fact.c.received_ms < now_ms - YOUNG_MS)
            items = select(fact.c.item).where(known, old).distinct().order_by(fact.c.item)
            by_facts = [ItemId(item) for item in db.scalars(items)]
        # Of a loan that staff made at their own desk there is no fact.
        by_log = self._catalogue.named(now_ms - YOUNG_MS)
        return list(dict.fromkeys([*by_facts, *by_log]))

    def _forget(self, folding: Folding, item: ItemId, now_ms: int) -> bool:
        standing = self._catalogue.item(item, lately=True)
        if standing is not None:
            holder = standing.loan.patron if standing.loan else None
        else:
            # Once somebody enters it, its loan is owed to the catalogue.
            has_it = folding.life(item).folded.holder
            holder = has_it.patron if has_it else None
        with self._engine.begin() as db:
            if _owed_or_young(db, item, now_ms):
                return False
            insert_once(db, item_key, {"item": item, "key": secrets.token_bytes(32)})
            key = key_of(db, item)
        assert key is not None, "just made"
        # The catalogue first: while the facts still name somebody, this is done again.
        self._catalogue.forget(item, keep=holder, name=lambda patron: token(patron, key))
        with self._engine.begin() as db:
            if _owed_or_young(db, item, now_ms):
                return False
            closed = self._closed(db, folding, item, holder)
            for row, who in closed:
                if who is not None:
                    self._count(db, row, who)
                card = CardNumber(row.card)
                _detach(db, row, token(who.patron, key) if who else nobodys(card, key))
        return bool(closed)

    def _closed(
        self, db: Connection, folding: Folding, item: ItemId, holder: PatronId | None
    ) -> list[tuple[Row[Any], Borrowing | None]]:
        """Return the facts in which nobody need be known any more, each with whose card it was."""
        rows = [
            (row, self._catalogue.borrower(CardNumber(row.card))) for row in _with_person(db, item)
        ]
        strange = any(who is None for _, who in rows) and _is_over(db, folding, item)
        return [(row, who) for row, who in rows if (who.patron != holder if who else strange)]

    def _count(self, db: Connection, row: Row[Any], who: Borrowing) -> None:
        if row.kind not in LENT or row.outcome in ("refused", "dropped"):
            return
        # A clock that nobody vouches for may be years ahead; what is here has happened.
        at_ms = min(row.rank, row.received_ms)
        at = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self._zone).date()
        kind, language = self._catalogue.kind_and_language(ItemId(row.item))
        values = {
            "month": f"{at:%Y-%m}",
            "branch": BranchCode(row.branch),
            "kind": kind,
            "language": language,
            "age": _age_band(who.birth_year, at),
            "renewal": _is_renewal(db, row),
        }
        entry = insert_into(db, loan_count).values(**values, times=1)
        key = ["month", "branch", "kind", "language", "age", "renewal"]
        more = {"times": loan_count.c.times + 1}
        db.execute(entry.on_conflict_do_update(index_elements=key, set_=more))


def _forget_withdrawn(db: Connection) -> None:
    """Forget the wishes of who is no patron any more: somebody else may be given that number."""
    for wish in (my_list.listed_title, manners.manner):
        gone = wish.c.patron.not_in(select(tables.patron.c.id))
        db.execute(delete(wish).where(gone))


def _is_over(db: Connection, folding: Folding, item: ItemId) -> bool:
    """Return whether nobody need ask any more whose a card was that nobody knows."""
    if exceptions.waits(db, "unknown_card", item):
        return False
    merged = folding.life(item).folded.merged
    return not merged or merged[-1].patron is not None or merged[-1].kind is Kind.RETURN


def _owed_or_young(db: Connection, item: ItemId, now_ms: int) -> bool:
    here = fact.c.item == item
    owed = fact.c.posted_ms.is_(None) | (fact.c.received_ms >= now_ms - YOUNG_MS)
    return bool(db.scalar(select(func.count()).select_from(fact).where(here, owed)))


def _with_person(db: Connection, item: ItemId) -> list[Row[Any]]:
    person = and_(fact.c.item == item, fact.c.card.is_not(None), fact.c.card.not_like(f"{MARK}%"))
    joined = select(fact, station.c.branch).join(station, station.c.id == fact.c.station)
    return list(db.execute(joined.where(person)))


def _detach(db: Connection, row: Row[Any], name: str) -> None:
    here = and_(
        fact.c.station == row.station,
        fact.c.epoch == row.epoch,
        fact.c.seq == row.seq,
        fact.c.hash == row.hash,
    )
    body = {**row.body, "card": name} if row.body and "card" in row.body else row.body
    db.execute(update(fact).where(here).values(card=name, body=body, envelope=b""))


def _is_renewal(db: Connection, row: Row[Any]) -> bool:
    if row.asked is None:
        return False
    here = and_(fact.c.station == row.station, fact.c.epoch == row.epoch, fact.c.seq == row.asked)
    for asked in db.execute(select(fact.c.body).where(here, fact.c.kind == "asked")):
        return bool(asked.body["wish"] == "renewal")
    return False


def _age_band(born: int, at: date) -> str:
    if not born:
        return "unknown"
    age = at.year - born
    if age < 18:
        return "child"
    return "senior" if age >= 65 else "adult"
