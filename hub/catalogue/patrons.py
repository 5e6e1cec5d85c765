"""Who a loan card belongs to, for a librarian who must get in touch."""

from sqlalchemy import Engine, select

from circulation.identifiers import CardNumber
from hub.catalogue import tables


def name_of(engine: Engine, card: CardNumber) -> str | None:
    """Return the name of the patron behind *card*."""
    holder = tables.loan_card.join(tables.patron)
    named = select(tables.patron.c.name).select_from(holder)
    with engine.connect() as db:
        return db.scalar(named.where(tables.loan_card.c.number == card))
