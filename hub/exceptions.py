"""What broke a rule, for librarians: kept by name, taken back when a later fact explains it."""

from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, and_, select, update

from circulation.identifiers import CardNumber, ItemId, StationId
from hub import ledger
from hub.database import insert_once
from hub.ledger import Entered, Problem
from hub.tables import exception

FOLD = "fold"
LEDGER = "ledger"
POSTER = "poster"

SEVERITY = {"double_return": "notice", "return_not_on_loan": "notice", "renew_no_loan": "notice"}
SUGGESTION = {
    "missing_return": "look_for_return",
    "double_return": "look_at_shelf",
    "return_not_on_loan": "look_at_shelf",
    "renew_no_loan": "tell_patron",
    "ambiguous_order": "look_at_shelf",
    "unknown_item": "catalogue_item",
    "unknown_card": "ask_patron",
    "patron_blocked": "talk_to_patron",
    "lent_over_hold": "next_copy",
    "epoch_fork": "look_at_station",
    "unreadable": "look_at_keys",
    "lost": "look_at_station",
    "refused_by_catalogue": "look_at_catalogue",
    "too_late": "look_at_shelf",
}


class Named(Struct, frozen=True, kw_only=True):
    """One exception as it is kept."""

    key: str
    kind: str
    source: str
    station: StationId
    epoch: int
    seq: int
    at_ms: int
    item: ItemId | None = None
    card: CardNumber | None = None
    told: str = ""

    @property
    def severity(self) -> str:
        """Return `act` where somebody must, `notice` where it is good to know."""
        return SEVERITY.get(self.kind, "act")

    @property
    def suggestion(self) -> str:
        """Return the name of what a librarian should do; the pages have the sentence."""
        return SUGGESTION[self.kind]


def open_one(db: Connection, named: Named) -> None:
    """Open *named* where it is not known yet; what staff have settled stays settled."""
    values: dict[str, Any] = {
        "key": named.key,
        "kind": named.kind,
        "severity": named.severity,
        "source": named.source,
        "item": named.item,
        "card": named.card,
        "station": named.station,
        "epoch": named.epoch,
        "seq": named.seq,
        "told": named.told,
        "at_ms": named.at_ms,
        "open": True,
    }
    insert_once(db, exception, values)


def advance(db: Connection, station: StationId, epoch: int, now_ms: int) -> Entered:
    """Carry a lane on as far as it reaches, and keep what the ledger found on the way."""
    entered = ledger.advance(db, station, epoch)
    for problem in entered.problems:
        open_problem(db, problem, now_ms)
    for problem in entered.explained:
        db.execute(update(exception).where(exception.c.key == _key(problem)).values(open=False))
    return entered


def _key(problem: Problem) -> str:
    return f"{problem.kind}::{problem.station}:{problem.epoch}:{problem.seq}"


def open_problem(db: Connection, problem: Problem, now_ms: int) -> None:
    """Open what the ledger found."""
    open_one(
        db,
        Named(
            key=_key(problem),
            kind=problem.kind,
            source=LEDGER,
            station=problem.station,
            epoch=problem.epoch,
            seq=problem.seq,
            at_ms=now_ms,
            told=problem.told,
        ),
    )


def keep_fold(db: Connection, item: str, found: list[Named]) -> None:
    """Make what the fold finds about *item* the open ones of its source, and no others."""
    of_item = and_(exception.c.item == item, exception.c.source == FOLD)
    known = {row.key: row for row in db.execute(select(exception).where(of_item))}
    keys = {named.key for named in found}
    for key, row in known.items():
        open_ = key in keys and not row.settled
        if row.open != open_:
            db.execute(update(exception).where(exception.c.key == key).values(open=open_))
    for named in found:
        if named.key not in known:
            open_one(db, named)


def unknown_items(db: Connection) -> list[ItemId]:
    """Return the items that something happened to and no catalogue knew."""
    named = select(exception.c.item).where(exception.c.kind == "unknown_item", exception.c.open)
    return [ItemId(item) for item in db.scalars(named.distinct()) if item]


def forget_closed(db: Connection) -> None:
    """Forget whose matter it was, where nobody need ask any more."""
    closed = and_(exception.c.open.is_(False), exception.c.card.is_not(None))
    db.execute(update(exception).where(closed).values(card=None))


def open_exceptions(db: Connection) -> list[Named]:
    """Return what is open, the latest first."""
    rows = db.execute(select(exception).where(exception.c.open).order_by(exception.c.at_ms.desc()))
    return [
        Named(
            key=row.key,
            kind=row.kind,
            source=row.source,
            station=row.station,
            epoch=row.epoch,
            seq=row.seq,
            at_ms=row.at_ms,
            item=row.item,
            card=row.card,
            told=row.told,
        )
        for row in rows
    ]
