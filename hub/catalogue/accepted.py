"""Which cards a library system said are good, where it cannot list them."""

from collections.abc import Container

from sqlalchemy import Connection, Engine, delete, select

from circulation.identifiers import CardNumber
from hub.catalogue import tables
from hub.catalogue.upsert import enter_or_replace

DAY_MS = 86_400_000
AGAIN_MS = DAY_MS // 4
"""What was noted so lately need not be noted again."""


def note(engine: Engine, card: CardNumber, now_ms: int, *, good: bool) -> None:
    """Keep that *card* was shown, and was *good* or not."""
    kept = tables.accepted_card
    with engine.execution_options(read_only=True).begin() as db:
        row = db.execute(select(kept).where(kept.c.card == card)).first()
    if row is None and not good:
        # What somebody holds out is not kept for being refused: it may be no card at all.
        return
    if row is not None and row.good == good and now_ms - row.at_ms < AGAIN_MS:
        return
    with engine.begin() as db:
        new = {"card": card, "at_ms": now_ms, "good": good}
        enter_or_replace(db, kept, "card", [new])


def since(db: Connection, at_ms: int) -> dict[str, bool]:
    """Return the cards that were shown after *at_ms*, and whether they were good."""
    kept = tables.accepted_card.c
    rows = db.execute(select(kept.card, kept.good).where(kept.at_ms > at_ms))
    return {row.card: row.good for row in rows}


def overtake(
    db: Connection, made_ms: int, *, cards: Container[str] = (), patrons: Container[str] = ()
) -> None:
    """Forget what was said before *made_ms* of *cards* and those of *patrons*: it is said anew."""
    kept, card = tables.accepted_card.c, tables.loan_card.c
    both = tables.accepted_card.outerjoin(tables.loan_card, card.number == kept.card)
    before = select(kept.card, card.patron).select_from(both).where(kept.at_ms <= made_ms)
    for row in db.execute(before).all():
        if row.card in cards or row.patron in patrons:
            db.execute(delete(tables.accepted_card).where(kept.card == row.card))


def forget(engine: Engine, before_ms: int) -> int:
    """Forget the cards that were shown last before *before_ms*; return how many."""
    old = delete(tables.accepted_card).where(tables.accepted_card.c.at_ms < before_ms)
    with engine.begin() as db:
        return db.execute(old).rowcount
