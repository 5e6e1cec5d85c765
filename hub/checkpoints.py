"""Closing what is over: a book that is back, and of which no older fact can come any more."""

from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Engine, Row, and_, delete, func, or_, select, update

from circulation.identifiers import ItemId, PatronId
from hub import epochs, rules
from hub.catalogue.port import Catalogue, HoldEvent, StandingChange
from hub.database import insert_into
from hub.folding import Folding, Life
from hub.reconcile import WINDOW_MS, Kind
from hub.tables import checkpoint, fact, item_key, lane, station
from hub.tokens import MARK

OPEN_MS_MAX = 30 * 86_400_000
"""How long a book's lane stays open after its return for stations that are not heard of."""


class Checkpoints:
    """Closes lanes one by one; an older fact that comes afterwards is too late, and kept.

    Who waited for a book of them, and waits no more, goes out of the catalogue's log, too.
    """

    def __init__(self, engine: Engine, catalogue: Catalogue) -> None:
        """Close lanes of the ledger in *engine* and of *catalogue*'s log."""
        self._engine = engine
        self._catalogue = catalogue

    def run(self, now_ms: int, *, young_ms: int) -> int:
        """Close what may be closed; return of how many items.

        What was received less than *young_ms* ago keeps its item open.
        """
        folding = Folding(self._engine, self._catalogue, lambda: now_ms)
        with self._engine.execution_options(read_only=True).begin() as db:
            past = _stations(db, now_ms)
        over = max(now_ms - OPEN_MS_MAX, min((each.through_ms for each in past), default=0))
        closed = sum(
            self._close(folding, item, past, now_ms, over_ms=over, young_ms=young_ms)
            for item in [*self._quiet(now_ms - young_ms, over), *self._only_logged()]
        )
        with self._engine.execution_options(read_only=True).begin() as db:
            halfway = select(checkpoint).where(checkpoint.c.stripped.is_(False))
            left = db.execute(halfway.order_by(checkpoint.c.item)).all()
        for row in left:
            self._strip(row)
        self._forget_waits(folding, over)
        return closed

    def _quiet(self, before_ms: int, over_ms: int) -> list[ItemId]:
        """Return the items with open facts, none of them owed, new, or with a person in it."""
        busy = or_(
            fact.c.posted_ms.is_(None),
            fact.c.rank > over_ms,
            fact.c.received_ms >= before_ms,
            and_(fact.c.card.is_not(None), fact.c.card.not_like(f"{MARK}%")),
        )
        here = and_(fact.c.closed_ms.is_(None), fact.c.item.is_not(None))
        stirred = select(fact.c.item).where(here, busy)
        quiet = select(fact.c.item).where(here, fact.c.item.not_in(stirred))
        with self._engine.execution_options(read_only=True).begin() as db:
            return [ItemId(item) for item in db.scalars(quiet.distinct().order_by(fact.c.item))]

    def _only_logged(self) -> list[ItemId]:
        """Return the items that staff alone had lent, at their own desk, to somebody forgotten."""
        marked = self._catalogue.marked()
        with self._engine.execution_options(read_only=True).begin() as db:
            return [item for item in marked if not _has_open_facts(db, item)]

    def _close(
        self,
        folding: Folding,
        item: ItemId,
        past: list["_Past"],
        now_ms: int,
        *,
        over_ms: int,
        young_ms: int,
    ) -> bool:
        life = folding.life(item)
        standing = self._catalogue.item(item)
        if standing is None or standing.loan or standing.reserved_for or life.folded.holder:
            return False
        if life.told.undecided or any(each.rank > over_ms for each in life.folded.merged):
            return False
        # Where nobody can tell who waited, nothing was judged by it either.
        served = _served(life) if life.holds else []
        if life.holds and life.holds.log and _others_would_be_judged_anew(folding, life, served):
            return False
        self._catalogue.served(item, served)
        with self._engine.begin() as db:
            if _stirred(db, item, now_ms - young_ms):
                return False
            _keep(db, life, past, now_ms)
            for row in db.execute(select(fact).where(fact.c.item == item, _OPEN)).all():
                _detach(db, row, now_ms)
        return True

    def _forget_waits(self, folding: Folding, over_ms: int) -> None:
        """Take who waits no more out of the queues, where nothing is judged by it any more."""
        for title, holds in self._catalogue.queues_left(over_ms).items():
            lives = {copy: folding.life(copy).folded.merged for copy in holds.copies}
            done = rules.done_waiting(holds.log, lives, over_ms - 1)
            through = max(event.version for event in holds.log)
            self._catalogue.forget_waits(title, done, before_ms=over_ms, through=through)

    def _strip(self, row: Row[Any]) -> None:
        self._catalogue.strip(ItemId(row.item), through=row.version)
        with self._engine.begin() as db:
            here = and_(checkpoint.c.item == row.item, checkpoint.c.version == row.version)
            db.execute(update(checkpoint).where(here).values(stripped=True))
            marked = select(fact.c.seq).where(fact.c.item == row.item, fact.c.card.is_not(None))
            if db.execute(marked.limit(1)).first() is None:
                db.execute(delete(item_key).where(item_key.c.item == row.item))


def _served(life: Life) -> list[tuple[PatronId, int]]:
    """Return who waited and was served by *life*, and when; they wait no more when it is closed."""
    assert life.holds is not None, "a catalogue that cannot answer for the past"
    waited = {event.patron for event in life.holds.log}
    loans = rules.loans(life.folded.merged)
    return [(loan.patron, loan.rank) for loan in loans if loan.patron in waited]


def _others_would_be_judged_anew(
    folding: Folding, life: Life, served: list[tuple[PatronId, int]]
) -> bool:
    """Return whether the title's other copies would be judged otherwise without *life*.

    A copy that is kept for somebody who waits, and one whose turn decided another's, stays open.
    """
    assert life.holds is not None, "a catalogue that cannot answer for the past"
    log = life.holds.log
    last = max(event.version for event in log)
    filled = [
        HoldEvent(
            version=last + 1,
            change=StandingChange.FILLED,
            patron=patron,
            at_ms=at_ms,
            item=life.item,
        )
        for patron, at_ms in served
    ]
    others = {
        copy: folding.life(copy).folded.merged for copy in life.holds.copies if copy != life.item
    }
    now = rules.holds_broken(log, {life.item: life.folded.merged, **others})
    then = rules.holds_broken([*log, *filled], {life.item: (), **others})
    kept = any(each.kind == "trap_for_hold" for each in now[life.item])
    return kept or any(now[copy] != then[copy] for copy in others)


_OPEN = fact.c.closed_ms.is_(None)


def _has_open_facts(db: Connection, item: ItemId) -> bool:
    here = select(fact.c.seq).where(fact.c.item == item, _OPEN)
    return db.execute(here.limit(1)).first() is not None


def _stirred(db: Connection, item: ItemId, before_ms: int) -> bool:
    new = or_(fact.c.posted_ms.is_(None), fact.c.received_ms >= before_ms)
    count = select(func.count()).select_from(fact).where(fact.c.item == item, _OPEN, new)
    return bool(db.scalar(count))


class _Past(Struct, frozen=True):
    """A station that can bring no fact any more from before *through_ms*."""

    station: str
    through_ms: int
    reached: tuple[int, int]
    """Its newest epoch, and how far that is here: what is beyond was made after."""


def _stations(db: Connection, now_ms: int) -> list[_Past]:
    in_use = select(station).where(station.c.revoked_at_ms.is_(None)).order_by(station.c.id)
    return [_past(db, row, now_ms) for row in db.execute(in_use)]


def _past(db: Connection, of: Row[Any], now_ms: int) -> _Past:
    lanes = select(lane).where(lane.c.station == of.id).order_by(lane.c.epoch.desc())
    newest = db.execute(lanes.limit(1)).first()
    reached = (newest.epoch, newest.up_to_seq) if newest else (0, 0)
    if epochs.missing(db, of.id):
        return _Past(of.id, 0, reached)
    # A clock that runs ahead of ours proves nothing.
    by_facts = newest.rank if newest and newest.rank <= now_ms else 0
    return _Past(of.id, max(by_facts, of.all_here_ms or 0) - WINDOW_MS, reached)


def _keep(db: Connection, life: Life, past: list[_Past], now_ms: int) -> None:
    """Keep where *life* ended, unless all of it was too late."""
    merged = life.folded.merged
    if not merged:
        return
    rank = max(each.rank for each in merged)
    returns = [each.station for each in merged if each.kind is Kind.RETURN]
    values = {
        "rank": rank,
        "version": life.told.version,
        "returned_at": returns[-1] if returns else "",
        "reached": {each.station: list(each.reached) for each in past if each.through_ms >= rank},
        "at_ms": now_ms,
        "stripped": False,
    }
    entry = insert_into(db, checkpoint).values(item=life.item, **values)
    db.execute(entry.on_conflict_do_update(index_elements=["item"], set_=values))


def _detach(db: Connection, row: Row[Any], now_ms: int) -> None:
    here = and_(
        fact.c.station == row.station,
        fact.c.epoch == row.epoch,
        fact.c.seq == row.seq,
        fact.c.hash == row.hash,
    )
    body = {**row.body, "card": MARK} if row.body and "card" in row.body else row.body
    db.execute(update(fact).where(here).values(card=None, body=body, closed_ms=now_ms))
