"""Facts that could not be opened, once their key or a program that reads them is here."""

from sqlalchemy import Connection, Engine, Row, and_, select, update

from circulation import envelopes, sealing
from circulation.errors import MessageError
from hub import exceptions, ledger
from hub.tables import exception, fact


def reopen(db: Connection, opener: sealing.Opener, now_ms: int) -> int:
    """Enter what *opener* can open of the unreadable facts; return how many it was.

    They fold as if they had just come, and whoever was told of them need not look any more.
    """
    closed = select(fact).where(fact.c.kind == ledger.UNREADABLE)
    opened = [row for row in db.execute(closed).all() if _opened(db, row, opener)]
    for station, epoch in sorted({(row.station, row.epoch) for row in opened}):
        exceptions.advance(db, station, epoch, now_ms)
    for row in opened:
        _explain(db, row)
    return len(opened)


def look_again(engine: Engine, opener: sealing.Opener, now_ms: int) -> int:
    """Reopen where any fact waits for it: a hub that starts may read more than the one before."""
    with engine.execution_options(read_only=True).begin() as db:
        waits = and_(exception.c.kind == ledger.UNREADABLE, exception.c.open)
        if db.execute(select(exception.c.key).where(waits).limit(1)).first() is None:
            return 0
    with engine.begin() as db:
        return reopen(db, opener, now_ms)


def _opened(db: Connection, row: Row[tuple[object, ...]], opener: sealing.Opener) -> bool:
    try:
        body = envelopes.open_fact(envelopes.address(row.envelope), opener)
    except MessageError:
        return False
    here = and_(fact.c.station == row.station, fact.c.epoch == row.epoch)
    itself = and_(here, fact.c.seq == row.seq, fact.c.hash == row.hash)
    # Without a rank it is new to its lane; and so is the end of the question that it asks.
    db.execute(update(fact).where(itself).values(**ledger.read(body, opener), rank=None))
    ends = and_(here, fact.c.kind == "settled", fact.c.asked == row.seq)
    db.execute(update(fact).where(ends).values(rank=None))
    return True


def _explain(db: Connection, row: Row[tuple[object, ...]]) -> None:
    here = and_(fact.c.station == row.station, fact.c.epoch == row.epoch, fact.c.seq == row.seq)
    still = select(fact.c.hash).where(here, fact.c.kind == ledger.UNREADABLE)
    if db.execute(still).first() is None:
        key = f"{ledger.UNREADABLE}::{row.station}:{row.epoch}:{row.seq}"
        db.execute(update(exception).where(exception.c.key == key).values(open=False))
