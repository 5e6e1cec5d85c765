"""What the ledger and the catalogue's log say of one item, in the words of the rule."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from msgspec import Struct, structs
from sqlalchemy import Connection, bindparam, select

from circulation.facts import Outcome, Wish
from circulation.identifiers import BranchCode, CardNumber, PatronId
from hub import postings, tokens
from hub.catalogue.port import CatalogueEvent, Change
from hub.prepared import Prepared
from hub.reconcile import CATALOGUE, Happening, Kind
from hub.tables import checkpoint, fact, station

_CHANGES = {Change.LENT: Kind.LOAN, Change.RETURNED: Kind.RETURN, Change.RENEWED: Kind.RENEWAL}
_WISHES = {Wish.LOAN: Kind.LOAN, Wish.RENEWAL: Kind.RENEWAL}
WAIT_MS_MAX = 15 * 60_000
"""How long a question without an end keeps its item from the catalogue."""
_HAPPENED = {Outcome.ACCEPTED, Outcome.OFFLINE}

_FACTS = Prepared(
    select(
        fact.c.station,
        fact.c.epoch,
        fact.c.seq,
        fact.c.hash,
        fact.c.kind,
        fact.c.card,
        fact.c.asked,
        fact.c.outcome,
        fact.c.body,
        fact.c.rank,
        fact.c.trusted,
        fact.c.received_ms,
        fact.c.closed_ms,
        station.c.branch,
    )
    .join(station, station.c.id == fact.c.station)
    .where(fact.c.item == bindparam("of"))
    .order_by(fact.c.station, fact.c.epoch, fact.c.seq, fact.c.hash)
)
"""Without the envelope, which nobody needs who has opened it."""
_CHECKPOINT = Prepared(select(checkpoint).where(checkpoint.c.item == bindparam("of")))
_NEWER = Prepared(
    select(fact.c.seq)
    .where(fact.c.station == bindparam("of"), fact.c.epoch > bindparam("epoch"))
    .limit(1)
)

PatronOf = Callable[[CardNumber], PatronId | None]


class Told(Struct, frozen=True):
    """The facts of one item, and whether a question about it still has no end."""

    happenings: list[Happening]
    late: list[Happening]
    """What is older than the point through which the item's lane is closed."""
    version: int
    """The newest entry of the catalogue's log that is in this."""
    returned_at: str
    """The station that had taken it back last before all this."""
    undecided: bool
    cards: dict[PatronId, CardNumber]
    """The card by which each patron borrowed."""
    shown: dict[str, CardNumber]
    """The card that was shown, by the posting name of what happened with it."""
    latest: str
    """The posting name of the fact received last, empty where there is none."""
    branch: BranchCode
    """Where that fact was made."""


def of_item(
    db: Connection,
    item: str,
    log: list[CatalogueEvent],
    patron_of: PatronOf,
    *,
    now_ms: int,
    known: Iterable[PatronId] = (),
) -> Told:
    """Return all that has happened to *item*; the hub's own writes are not told twice.

    Of those who are forgotten, *known* ones are told by their names all the same.
    """
    rows = _FACTS.all(db, {"of": item})
    closed = _CHECKPOINT.first(db, {"of": item})
    open_log = [event for event in log if closed is None or event.version > closed.version]
    asked = {(r.station, r.epoch, r.seq): r for r in rows if r.kind == "asked"}
    still_open = {key for key, row in asked.items() if row.closed_ms is None}
    ended = {(r.station, r.epoch, r.asked) for r in rows if r.kind == "settled" and _ranked(r)}
    patrons = {row.card: patron_of(row.card) for row in rows if _names_card(row)}
    present = {event.patron for event in log} | set(patrons.values()) | set(known)
    person = tokens.reader(db, item, (patron for patron in present if patron is not None))

    def who(card: str) -> PatronId | None:
        return patrons[card] if card in patrons else person(card)

    cards: dict[PatronId, CardNumber] = {}
    shown: dict[str, CardNumber] = {}
    happenings = [_logged(event, person) for event in open_log if event.posting is None]
    granted = {event.posting: event for event in log if event.posting}
    late: list[Happening] = []
    for row in filter(_folded, rows):
        question = asked.get((row.station, row.epoch, row.asked))
        if (told := _told(row, question, who)) is not None:
            told = _as_granted(told, granted.get(told.posting))
            (late if closed and _is_late(told, closed) else happenings).append(told)
            if told.patron is not None and _names_card(row):
                cards[told.patron] = shown[told.posting] = row.card
    newest = max(rows, key=lambda row: (row.received_ms, row.station, row.seq), default=None)
    return Told(
        happenings,
        late,
        version=max((event.version for event in log), default=0),
        returned_at=closed.returned_at if closed else "",
        undecided=any(_may_end(db, asked[key], now_ms) for key in still_open - ended),
        cards=cards,
        shown=shown,
        latest=_name(newest) if newest else "",
        branch=BranchCode(newest.branch if newest else ""),
    )


def _may_end(db: Connection, question: Any, now_ms: int) -> bool:
    """Return whether to wait for the end of *question*: it is young, and its station the same.

    An end that comes after all is folded like any other late fact.
    """
    if now_ms - question.received_ms > WAIT_MS_MAX:
        return False
    later = {"of": question.station, "epoch": question.epoch}
    return _NEWER.first(db, later) is None


def _as_granted(told: Happening, entry: CatalogueEvent | None) -> Happening:
    """Return *told* with what the catalogue knows of it, where it was asked and granted it.

    It came after all that the log then had; and where the station's clock could not be
    trusted, the catalogue's own says when. Of two last days the later holds: a station that had
    to decide alone, its question granted meanwhile, may have told an earlier one.
    """
    if entry is None:
        return told
    rank = told.rank if told.trusted else entry.at_ms
    due = max(told.due, entry.due) if told.due and entry.due else told.due
    seen = max(told.seen, entry.version)
    return structs.replace(told, seen=seen, rank=rank, trusted=True, due=due)


def _name(row: Any) -> str:
    return postings.name(row.station, row.epoch, row.seq, row.hash)


def _ranked(row: Any) -> bool:
    return row.rank is not None


def _is_late(told: Happening, closed: Any) -> bool:
    """Return whether *told* belongs before the point through which its item's lane is closed.

    Of a station that was known to be past that point, all that is new was made after it,
    whatever its clock says.
    """
    reached = closed.reached.get(told.station)
    if reached is not None and (told.epoch, told.seq) > tuple(reached):
        return False
    return bool(told.rank <= closed.rank)


def _folded(row: Any) -> bool:
    return _ranked(row) and row.closed_ms is None


def _names_card(row: Any) -> bool:
    return row.card is not None and not row.card.startswith(tokens.MARK)


def _told(row: Any, question: Any, patron_of: Callable[[str], PatronId | None]) -> Happening | None:
    match row.kind:
        case "checkout":
            return _happening(row, row, Kind.LOAN, patron=patron_of(row.card))
        case "checkin":
            return _happening(row, row, Kind.RETURN, patron=None)
        case "settled" if question is not None and Outcome(row.outcome) in _HAPPENED:
            kind = _WISHES[Wish(question.body["wish"])]
            return _happening(row, question, kind, patron=patron_of(row.card))
    return None


def _happening(row: Any, cause: Any, kind: Kind, *, patron: PatronId | None) -> Happening:
    due = row.body.get("due")
    return Happening(
        station=row.station,
        epoch=row.epoch,
        seq=row.seq,
        hash=row.hash,
        kind=kind,
        rank=row.rank,
        trusted=bool(row.trusted),
        seen=int(cause.body.get("seen", 0)),
        patron=patron,
        due=date.fromisoformat(due) if due else None,
        told=row.outcome or row.kind,
        posting=_name(cause),
        branch=row.branch,
        counts=tuple((tag, count) for tag, count in row.body.get("counts", ())),
    )


def _logged(event: CatalogueEvent, person: Callable[[str], PatronId | None]) -> Happening:
    return Happening(
        station=CATALOGUE,
        epoch=0,
        seq=event.version,
        hash="",
        kind=_CHANGES[event.change],
        rank=event.at_ms,
        trusted=True,
        patron=person(event.patron) if event.patron else None,
        due=event.due,
        told="catalogue",
    )
