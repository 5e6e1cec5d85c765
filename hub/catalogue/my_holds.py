"""What a patron waits for, by card."""

import msgspec
from sqlalchemy import Connection, select

from circulation.identifiers import CardNumber
from circulation.messages import ShelfTitle
from hub.catalogue import tables
from hub.catalogue.port import PatronHold
from hub.catalogue.rows import READY, TRANSIT, WAITING


def of_card(db: Connection, card: CardNumber) -> list[PatronHold]:
    """Return the holds of the patron behind *card*, in the order they were made."""
    hold, title = tables.hold, tables.title.c
    rows = db.execute(
        select(hold, title.shelf_title, tables.branch.c.name.label("branch_name"))
        .select_from(
            hold.join(tables.title)
            .join(tables.branch)
            .join(tables.loan_card, tables.loan_card.c.patron == hold.c.patron)
        )
        .where(tables.loan_card.c.number == card)
        .order_by(hold.c.number)
    ).all()
    return [
        PatronHold(
            title=msgspec.convert(row.shelf_title, ShelfTitle),
            branch_name=row.branch_name,
            ready=row.state == READY,
            ahead=_ahead(db, row.title, row.number),
            on_its_way=row.state == TRANSIT,
            until=row.until,
        )
        for row in rows
    ]


def _ahead(db: Connection, title: str, number: int) -> int:
    hold = tables.hold.c
    before = select(hold.number).where(
        hold.title == title, hold.state == WAITING, hold.number < number
    )
    return len(db.execute(before).all())
