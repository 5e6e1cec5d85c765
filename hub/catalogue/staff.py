"""What staff do in the embedded catalogue at their own desk, behind the hub's back."""

from sqlalchemy import Connection, Engine, and_, select, update

from circulation.identifiers import BranchCode, CardNumber, ItemId, PatronId, TitleId
from hub.catalogue import aside, changes, log, queue, rows, rulebook, tables
from hub.catalogue.answering import answering
from hub.catalogue.log import Write
from hub.catalogue.policy import STATE_GOOD
from hub.catalogue.port import StandingChange

BLOCKED = "blocked"
LOST = "lost"


class StaffDesk:
    """Lends, blocks and reserves; each change is one transaction with its log.

    Every call has the instant *at_ms* (UTC milliseconds) of what was done, and returns whether
    it changed anything: what it names may be unknown, or so already. *by* is whose account it
    was.
    """

    def __init__(self, engine: Engine) -> None:
        """Work in the catalogue in *engine*."""
        self._engine = engine

    def lend(self, item: ItemId, card: CardNumber, *, at_ms: int) -> bool:
        """Lend *item*; return whether item and card are known."""
        write = _write(at_ms)
        with answering(self._engine) as db:
            copy, holder = rows.copy(db, item), rows.holder(db, card)
            if copy is None or holder is None:
                return False
            terms = rulebook.terms_of(db, rulebook.of(db), copy, holder.kind)
            held, due = rows.loan(db, item), rows.due_day(db, copy, terms, write.today)
            if held is not None and held.patron == holder.patron:
                changes.again(db, item, held, write, told=due)
            else:
                changes.lend(db, copy, holder.patron, write, held=held, due=due)
            return True

    def take_back(self, item: ItemId, branch: BranchCode, *, at_ms: int) -> bool:
        """Take *item* back; return whether it is known."""
        with answering(self._engine) as db:
            return changes.take_back(db, item, branch, _write(at_ms))

    def block(self, patron: PatronId, *, at_ms: int, by: str = "") -> bool:
        """Let *patron* borrow no more."""
        return self._patron(patron, StandingChange.BLOCKED, BLOCKED, _write(at_ms, by))

    def lift(self, patron: PatronId, *, at_ms: int, by: str = "") -> bool:
        """Let *patron* borrow again."""
        return self._patron(patron, StandingChange.LIFTED, STATE_GOOD, _write(at_ms, by))

    def _patron(self, patron: PatronId, change: StandingChange, state: str, write: Write) -> bool:
        mine = and_(tables.patron.c.id == patron, tables.patron.c.state != state)
        with answering(self._engine) as db:
            if not db.execute(update(tables.patron).where(mine).values(state=state)).rowcount:
                return False
            log.note(db, change, write, patron=patron)
            return True

    def lose(self, card: CardNumber, *, at_ms: int, by: str = "") -> bool:
        """Let nobody borrow with *card*, which is lost."""
        return self._card(card, StandingChange.LOST, LOST, _write(at_ms, by))

    def find(self, card: CardNumber, *, at_ms: int, by: str = "") -> bool:
        """Let *card* be good again."""
        return self._card(card, StandingChange.FOUND, STATE_GOOD, _write(at_ms, by))

    def _card(self, card: CardNumber, change: StandingChange, state: str, write: Write) -> bool:
        known = tables.loan_card.c
        mine = and_(known.number == card, known.state != state)
        with answering(self._engine) as db:
            if not db.execute(update(tables.loan_card).where(mine).values(state=state)).rowcount:
                return False
            log.note(db, change, write, card=card)
            return True

    def reserve(self, title: str, patron: PatronId, branch: BranchCode, *, at_ms: int) -> bool:
        """Put *patron* last in the queue for *title*, to be fetched at *branch*."""
        asked = {"title": title, "patron": patron, "branch": branch, "state": rows.WAITING}
        with answering(self._engine) as db:
            if _hold(db, title, patron) is not None:
                return False
            rows.place_hold(db, asked, _write(at_ms))
            return True

    def cancel(self, title: str, patron: PatronId, *, at_ms: int) -> bool:
        """Take *patron* out of the queue for *title*; a copy put aside goes to the next."""
        with answering(self._engine) as db:
            return queue.leave(db, TitleId(title), patron, _write(at_ms))

    def trap(self, item: ItemId, at: BranchCode | None = None, *, at_ms: int) -> bool:
        """Put *item*, in hand at *at*, aside for whom it is to be kept; return whether anyone.

        Without *at* it is in hand at the library that it belongs to.
        """
        hold, write = tables.hold.c, _write(at_ms)
        with answering(self._engine) as db:
            copy = rows.copy(db, item)
            if copy is None:
                return False
            known = select(hold.number, hold.patron).where(hold.item == item)
            kept = db.execute(known).first()
            if kept is None:
                aside.put_down(db, copy, at or BranchCode(copy.branch), write)
                return db.execute(known).first() is not None
            log.note(
                db,
                StandingChange.TRAPPED,
                write,
                patron=kept.patron,
                title=copy.title,
                item=item,
            )
            return True


def _hold(db: Connection, title: str, patron: PatronId) -> int | None:
    hold = tables.hold.c
    return db.scalar(select(hold.number).where(hold.title == title, hold.patron == patron))


def _write(at_ms: int, by: str = "") -> Write:
    return Write(posting=None, at_ms=at_ms, by=by)
