"""What stood when: the embedded catalogue's log of blocks, cards and holds, read back."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    String,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
)

from circulation.identifiers import CardNumber, ItemId, PatronId, TitleId
from hub.catalogue import log, tables
from hub.catalogue.log import Write
from hub.catalogue.policy import STATE_GOOD, Copy
from hub.catalogue.port import CardSince, HoldEvent, HoldsPast, StandingChange, StandingChanges
from hub.prepared import Prepared

_OF_PATRON = {StandingChange.BLOCKED: False, StandingChange.LIFTED: True}
_OF_CARD = {StandingChange.LOST: False, StandingChange.FOUND: True}
_EVENT = tables.standing_event.c
_OF_QUEUE = (
    StandingChange.PLACED,
    StandingChange.TRAPPED,
    StandingChange.FILLED,
    StandingChange.CANCELLED,
    StandingChange.EXPIRED,
)

_ENDS = (StandingChange.FILLED, StandingChange.CANCELLED, StandingChange.EXPIRED)


def _is_one_of(changes: Iterable[StandingChange]) -> ColumnElement[bool]:
    # As many words as there are changes: a statement that is put together once has no list in it.
    return or_(*(_EVENT.change == each.value for each in changes))


_STANDS = Prepared(
    select(tables.patron.c.id, tables.patron.c.state, tables.loan_card.c.state.label("card_state"))
    .select_from(tables.loan_card.join(tables.patron))
    .where(tables.loan_card.c.number == bindparam("of"))
)
_CHANGED = Prepared(
    select(_EVENT.change, _EVENT.at_ms)
    .where(
        and_(_EVENT.patron == bindparam("who"), _is_one_of(_OF_PATRON))
        | and_(_EVENT.card == bindparam("of"), _is_one_of(_OF_CARD))
    )
    .order_by(_EVENT.at_ms, _EVENT.version)
)
_TITLE = select(tables.item.c.title).where(tables.item.c.id == bindparam("of")).scalar_subquery()


def _copies(title: ColumnElement[str]) -> Select[tuple[str]]:
    item = tables.item.c
    return select(item.id).where(item.title == title).order_by(item.id)


def _queued(title: ColumnElement[str]) -> Select[Any]:
    here = and_(_EVENT.title == title, _EVENT.posting.is_(None), _is_one_of(_OF_QUEUE))
    return select(tables.standing_event).where(here).order_by(_EVENT.version)


_COPIES, _QUEUED = Prepared(_copies(_TITLE)), Prepared(_queued(_TITLE))
_COPIES_OF = Prepared(_copies(bindparam("of", type_=String)))
_QUEUED_OF = Prepared(_queued(bindparam("of", type_=String)))
_NEWEST = Prepared(select(func.max(_EVENT.version)))
_FRESH = (_EVENT.version > bindparam("since")) & _EVENT.posting.is_(None)
_PEOPLE = select(_EVENT.patron).where(_FRESH, _is_one_of(_OF_PATRON))
_LOST = select(_EVENT.card).where(_FRESH, _is_one_of(_OF_CARD))
_FRESH_CARDS = Prepared(
    select(tables.loan_card.c.number)
    .where(tables.loan_card.c.patron.in_(_PEOPLE) | tables.loan_card.c.number.in_(_LOST))
    .order_by(tables.loan_card.c.number)
)
_TITLES = select(_EVENT.title).where(_FRESH, _is_one_of(_OF_QUEUE))
_FRESH_TITLES = Prepared(
    select(func.min(tables.item.c.id).label("id"))
    .where(tables.item.c.title.in_(_TITLES))
    .group_by(tables.item.c.title)
    .order_by(func.min(tables.item.c.id))
)


def card_past(db: Connection, card: CardNumber) -> list[CardSince]:
    """Return from when to when *card* and who has it were good; none where it is unknown."""
    row = _STANDS.first(db, {"of": card})
    if row is None:
        return []
    changes = _CHANGED.all(db, {"who": row.id, "of": card})
    person = _states(changes, _OF_PATRON, now=row.state == STATE_GOOD)
    plastic = _states(changes, _OF_CARD, now=row.card_state == STATE_GOOD)
    instants = sorted({each.since_ms for each in (*person, *plastic)})
    return [CardSince(at, good=_at(person, at) and _at(plastic, at)) for at in instants]


def _states(
    changes: Iterable[Any], meaning: dict[StandingChange, bool], *, now: bool
) -> list[CardSince]:
    found = [
        CardSince(row.at_ms, good=meaning[StandingChange(row.change)])
        for row in changes
        if row.change in meaning
    ]
    # What was changed was otherwise before; what never changed was always as it is.
    first = not found[0].good if found else now
    return [CardSince(0, good=first), *found]


def _at(states: list[CardSince], at_ms: int) -> bool:
    return [each.good for each in states if each.since_ms <= at_ms][-1]


def holds_past(db: Connection, item: ItemId) -> HoldsPast:
    """Return the queue for *item*'s title; the hub's own writes are not in it."""
    return _past(_COPIES.all(db, {"of": item}), _QUEUED.all(db, {"of": item}))


def _past(copies: Iterable[Any], told: Iterable[Any]) -> HoldsPast:
    return HoldsPast([ItemId(row.id) for row in copies], [_hold_event(row) for row in told])


def _hold_event(row: Any) -> HoldEvent:
    return HoldEvent(
        version=row.version,
        change=StandingChange(row.change),
        patron=PatronId(row.patron),
        at_ms=row.at_ms,
        item=ItemId(row.item) if row.item else None,
    )


def queues_left(db: Connection, before_ms: int) -> dict[TitleId, HoldsPast]:
    """Return the queues that somebody left before *before_ms*, in whose log they stand yet."""
    over = select(_EVENT.title).where(
        _EVENT.posting.is_(None), _EVENT.at_ms < before_ms, _is_one_of(_ENDS)
    )
    titles = db.scalars(over.distinct().order_by(_EVENT.title)).all()
    return {
        TitleId(of): _past(_COPIES_OF.all(db, {"of": of}), _QUEUED_OF.all(db, {"of": of}))
        for of in titles
    }


def forget_waits(
    db: Connection, title: TitleId, who: Collection[PatronId], *, before_ms: int, through: int
) -> None:
    """Take what was of *who* before *before_ms*, and written until *through*, out of a log."""
    old = and_(_EVENT.at_ms < before_ms, _EVENT.version <= through)
    for patron in who:
        theirs = and_(_EVENT.title == title, _EVENT.patron == patron, _is_one_of(_OF_QUEUE))
        db.execute(delete(tables.standing_event).where(theirs, old))


def changed(db: Connection, since: int) -> StandingChanges:
    """Return whose cards and which queues staff and patrons have changed after *since*."""
    newest = _NEWEST.scalar(db) or 0
    if newest <= since:
        return StandingChanges(newest, [], [])
    return StandingChanges(
        newest,
        [CardNumber(row.number) for row in _FRESH_CARDS.all(db, {"since": since})],
        [ItemId(row.id) for row in _FRESH_TITLES.all(db, {"since": since})],
    )


def serve(db: Connection, copy: Copy, who: list[tuple[PatronId, int]]) -> None:
    """Keep that those of *who* that waited for *copy*'s title were served by it; once each."""
    event, filled = tables.standing_event.c, StandingChange.FILLED
    for patron, at_ms in who:
        same = select(event.version).where(
            event.title == copy.title,
            event.patron == patron,
            event.at_ms == at_ms,
            event.change == filled.value,
            event.posting.is_(None),
        )
        if db.scalar(same) is None:
            write = Write(posting=None, at_ms=at_ms)
            item = ItemId(copy.item)
            log.note(db, filled, write, patron=patron, title=copy.title, item=item)
