"""What stood when: the embedded catalogue's log of blocks, cards and holds, read back."""

from sqlalchemy import ColumnElement, Connection, Row, func, select

from circulation.identifiers import CardNumber, ItemId, PatronId
from hub.catalogue import log, tables
from hub.catalogue.log import Write
from hub.catalogue.policy import STATE_GOOD, Copy
from hub.catalogue.port import CardSince, HoldEvent, HoldsPast, StandingChange, StandingChanges

_OF_PATRON = {StandingChange.BLOCKED: False, StandingChange.LIFTED: True}
_OF_CARD = {StandingChange.LOST: False, StandingChange.FOUND: True}
_OF_QUEUE = (
    StandingChange.PLACED,
    StandingChange.TRAPPED,
    StandingChange.FILLED,
    StandingChange.CANCELLED,
    StandingChange.EXPIRED,
)


def card_past(db: Connection, card: CardNumber) -> list[CardSince]:
    """Return from when to when *card* and who has it were good; none where it is unknown."""
    cards, patron, event = tables.loan_card.c, tables.patron.c, tables.standing_event.c
    known = select(patron.id, patron.state, cards.state.label("card_state"))
    joined = known.select_from(tables.loan_card.join(tables.patron))
    row = db.execute(joined.where(cards.number == card)).first()
    if row is None:
        return []
    person = _states(db, event.patron == row.id, _OF_PATRON, now=row.state == STATE_GOOD)
    plastic = _states(db, event.card == card, _OF_CARD, now=row.card_state == STATE_GOOD)
    instants = sorted({each.since_ms for each in (*person, *plastic)})
    return [CardSince(at, good=_at(person, at) and _at(plastic, at)) for at in instants]


def _states(
    db: Connection, whose: ColumnElement[bool], meaning: dict[StandingChange, bool], *, now: bool
) -> list[CardSince]:
    event = tables.standing_event.c
    changes = select(event.change, event.at_ms).where(whose, event.change.in_(meaning))
    rows = db.execute(changes.order_by(event.at_ms, event.version)).all()
    found = [CardSince(row.at_ms, good=meaning[StandingChange(row.change)]) for row in rows]
    # What was changed was otherwise before; what never changed was always as it is.
    first = not found[0].good if found else now
    return [CardSince(0, good=first), *found]


def _at(states: list[CardSince], at_ms: int) -> bool:
    return [each.good for each in states if each.since_ms <= at_ms][-1]


def holds_past(db: Connection, item: ItemId) -> HoldsPast:
    """Return the queue for *item*'s title; the hub's own writes are not in it."""
    item_, event = tables.item.c, tables.standing_event.c
    title = db.scalar(select(item_.title).where(item_.id == item))
    copies = db.scalars(select(item_.id).where(item_.title == title).order_by(item_.id))
    entries = select(tables.standing_event).where(
        event.title == title, event.posting.is_(None), event.change.in_(_OF_QUEUE)
    )
    told = [_hold_event(row) for row in db.execute(entries.order_by(event.version))]
    return HoldsPast([ItemId(each) for each in copies], told)


def _hold_event(row: Row[tuple[object, ...]]) -> HoldEvent:
    return HoldEvent(
        version=row.version,
        change=StandingChange(row.change),
        patron=PatronId(row.patron),
        at_ms=row.at_ms,
        item=ItemId(row.item) if row.item else None,
    )


def changed(db: Connection, since: int) -> StandingChanges:
    """Return whose cards and which queues staff and patrons have changed after *since*."""
    event, card, item = tables.standing_event.c, tables.loan_card.c, tables.item.c
    newest = db.scalar(select(func.max(event.version))) or 0
    fresh = (event.version > since) & event.posting.is_(None)
    people = select(event.patron).where(fresh, event.change.in_(_OF_PATRON))
    lost = select(event.card).where(fresh, event.change.in_(_OF_CARD))
    cards = select(card.number).where(card.patron.in_(people) | card.number.in_(lost))
    titles = select(event.title).where(fresh, event.change.in_(_OF_QUEUE))
    items = select(func.min(item.id)).where(item.title.in_(titles)).group_by(item.title)
    return StandingChanges(
        newest,
        [CardNumber(each) for each in db.scalars(cards.order_by(card.number))],
        [ItemId(each) for each in db.scalars(items.order_by(func.min(item.id)))],
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
