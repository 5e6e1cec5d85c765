"""What broke a rule, for librarians: kept by name, taken back when a later fact explains it."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Engine, Row, and_, bindparam, func, or_, select, update

from circulation.identifiers import CardNumber, ItemId, StationId
from circulation.messages import State
from hub import epochs, ledger, tokens
from hub.database import insert_once
from hub.ledger import Entered, Problem
from hub.prepared import Prepared
from hub.tables import decision, exception, fact

FOLD = "fold"
HOLDS = "holds"
LIMITS = "limits"
LEDGER = "ledger"
POSTER = "poster"

OPEN = "open"
RESOLVED = "resolved"
SETTLED = "settled"
ITEM_CATALOGUED = "item_catalogued"
PATRON_BLOCKED = "patron_blocked"
EPOCH_GAP = "epoch_gap"
GAP = "gap"
GAP_MS = 3_600_000
"""How long facts may wait for others before them: a line that is slow or often cut fills it."""
REFUSED_BY_CATALOGUE = "refused_by_catalogue"

_ABOUT = Prepared(
    select(exception).where(
        exception.c.item == bindparam("about"), exception.c.source == bindparam("by")
    )
)
_GAPS = Prepared(
    select(exception).where(exception.c.station == bindparam("of"), exception.c.kind == EPOCH_GAP)
)
_WAITING = Prepared(select(exception).where(exception.c.kind == GAP))
_CAUSE = Prepared(
    select(fact.c.card, fact.c.closed_ms).where(
        fact.c.station == bindparam("of"),
        fact.c.epoch == bindparam("in"),
        fact.c.seq == bindparam("under"),
    )
)
_KNOWN_AGAIN = Prepared(
    update(exception).where(exception.c.key == bindparam("of")), ("open", "card")
)
_WAITS = and_(exception.c.open, exception.c.settled.is_(False))

# Whoever settles it as entered may do so before it is there.
_ENTERED = select(decision.c.key).where(
    decision.c.number.in_(select(func.max(decision.c.number)).group_by(decision.c.key)),
    decision.c.action == ITEM_CATALOGUED,
)
_UNKNOWN = Prepared(
    select(exception.c.item)
    .where(
        exception.c.kind == "unknown_item",
        exception.c.open,
        or_(exception.c.settled.is_(False), exception.c.key.in_(_ENTERED)),
    )
    .distinct()
)

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
    "over_limit": "talk_about_loans",
    "trap_for_hold": "fetch_for_hold",
    "epoch_gap": "read_old_card",
    "gap": "fill_gap",
    "epoch_fork": "look_at_station",
    "unreadable": "look_at_keys",
    "lost": "look_at_station",
    "refused_by_catalogue": "look_at_catalogue",
    "too_late": "look_at_shelf",
    "unswitched": "set_gate",
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
    _keep_gaps(db, station, now_ms)
    return entered


def enter_claim(db: Connection, station: StationId, state: State, now_ms: int) -> None:
    """Keep how much *station* says it owes, and name what of its older cards never came."""
    if state.epoch:
        epochs.claim(db, station, state.epoch, state.owed)
    _keep_gaps(db, station, now_ms)


def _keep_gaps(db: Connection, station: StationId, now_ms: int) -> None:
    found = [
        Named(
            key=f"{EPOCH_GAP}::{station}:{missing.epoch}:0",
            kind=EPOCH_GAP,
            source=LEDGER,
            station=station,
            epoch=missing.epoch,
            seq=0,
            at_ms=now_ms,
            told="on_old_card",
        )
        for missing in epochs.missing(db, station)
    ]
    _keep(db, _GAPS.all(db, {"of": station}), found)


def look_for_gaps(engine: Engine, now_ms: int) -> int:
    """Name what has waited too long for facts before it; return how many stations are named."""
    with engine.begin() as db:
        found = [
            Named(
                key=f"{GAP}::{gap.station}:{gap.epoch}:{gap.seq}",
                kind=GAP,
                source=LEDGER,
                station=gap.station,
                epoch=gap.epoch,
                seq=gap.seq,
                at_ms=gap.since_ms,
                told="on_station",
            )
            for gap in epochs.gaps(db)
            if now_ms - gap.since_ms >= GAP_MS
        ]
        _keep(db, _WAITING.all(db), found)
    return len(found)


def _key(problem: Problem) -> str:
    return f"{problem.kind}:{problem.item or ''}:{problem.station}:{problem.epoch}:{problem.seq}"


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
            item=ItemId(problem.item) if problem.item else None,
            told=problem.told,
        ),
    )


def keep(db: Connection, source: str, items: Iterable[ItemId], found: list[Named]) -> None:
    """Make what *source* finds about *items* the open ones of that source, and no others."""
    known = [row for item in items for row in _ABOUT.all(db, {"about": item, "by": source})]
    _keep(db, known, found)


def _keep(db: Connection, rows: Iterable[Any], found: list[Named]) -> None:
    """Make *found* the open ones of *rows*, which are what was found before."""
    known = {row.key: row for row in rows}
    now = {named.key: named for named in found}
    for key, row in known.items():
        if row.open != (key in now) and not _out_of_sight(db, row):
            # What closed forgot whose matter it was; a librarian must know it again.
            card = now[key].card if key in now and not row.settled else None
            _KNOWN_AGAIN.do(db, {"of": key, "open": key in now, "card": card})
    for named in found:
        if named.key not in known:
            open_one(db, named)


def _out_of_sight(db: Connection, row: Any) -> bool:
    """Return whether nobody can judge *row* anew: what it was judged by is over or forgotten."""
    causes = _CAUSE.all(db, {"of": row.station, "in": row.epoch, "under": row.seq})
    if any(each.closed_ms is not None for each in causes):
        return True
    forgotten = all(each.card is None or each.card.startswith(tokens.MARK) for each in causes)
    return row.kind == PATRON_BLOCKED and forgotten


def waits(db: Connection, kind: str, item: ItemId) -> bool:
    """Return whether a librarian is still to see to a *kind* of *item*."""
    here = and_(exception.c.kind == kind, exception.c.item == item, _WAITS)
    return db.execute(select(exception.c.key).where(here).limit(1)).first() is not None


def unknown_items(db: Connection) -> list[ItemId]:
    """Return the items that no catalogue knew and that staff may yet enter, or say they did."""
    return [ItemId(row.item) for row in _UNKNOWN.all(db) if row.item]


def forget_closed(db: Connection) -> None:
    """Forget whose matter it was, where nobody need ask any more."""
    closed = and_(exception.c.open.is_(False), exception.c.card.is_not(None))
    db.execute(update(exception).where(closed).values(card=None))
    # What a library system said may name people; nobody needs it once somebody has decided.
    refused = exception.c.kind == REFUSED_BY_CATALOGUE
    over = or_(exception.c.open.is_(False), exception.c.settled)
    db.execute(update(exception).where(refused, over).values(told=""))


def open_exceptions(db: Connection) -> list[Named]:
    """Return what waits for a librarian, the latest first."""
    return [_named(row) for row in db.execute(_LATEST_FIRST.where(_WAITS))]


def every_exception(db: Connection) -> list[tuple[Named, str]]:
    """Return every exception with its state, open, resolved or settled; the latest first."""
    return [(_named(row), _state(row)) for row in db.execute(_LATEST_FIRST)]


def state(db: Connection, key: str) -> str | None:
    """Return whether the exception *key* is open, resolved or settled; None for an unknown one."""
    row = db.execute(select(exception).where(exception.c.key == key)).one_or_none()
    return None if row is None else _state(row)


_LATEST_FIRST = select(exception).order_by(exception.c.at_ms.desc(), exception.c.key)


def _state(row: Row[Any]) -> str:
    if row.settled:
        return SETTLED
    return OPEN if row.open else RESOLVED


def _named(row: Row[Any]) -> Named:
    return Named(**{name: getattr(row, name) for name in Named.__struct_fields__})
