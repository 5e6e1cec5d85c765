"""Facts that are known to have been on an older memory card, and that have never come."""

from msgspec import Struct
from sqlalchemy import Connection, and_, func, select, update

from circulation.envelopes import GENESIS
from circulation.identifiers import StationId
from hub.database import insert_once
from hub.tables import fact, lane, station


class Missing(Struct, frozen=True):
    """How many facts of a station's older *epoch* are missing, as far as anybody can tell."""

    epoch: int
    facts: int


def claim(db: Connection, of: StationId, epoch: int, owed: int) -> None:
    """Keep that *of* says it owes *owed* facts of *epoch* beyond what it knows to be here."""
    entry = {"station": of, "epoch": epoch, "up_to_seq": 0, "head": GENESIS, "rank": 0}
    insert_once(db, lane, entry)
    here = and_(lane.c.station == of, lane.c.epoch == epoch)
    db.execute(update(lane).where(here).values(claimed_seq=lane.c.up_to_seq + owed))


def missing(db: Connection, of: StationId) -> list[Missing]:
    """Return what is missing of the epochs of *of* that are over, the oldest first.

    The chain tells of holes before facts that came; of facts after the last that came, only
    the station's own last word does.
    """
    newest = _newest(db, of)
    counted = select(
        fact.c.epoch, func.max(fact.c.seq).label("last"), func.count(fact.c.seq.distinct())
    )
    came = {
        row.epoch: (row.last, row.count)
        for row in db.execute(counted.where(fact.c.station == of).group_by(fact.c.epoch))
    }
    said = select(lane.c.epoch, lane.c.claimed_seq).where(lane.c.station == of)
    claims = {row.epoch: row.claimed_seq for row in db.execute(said)}
    found = []
    for epoch in sorted(came.keys() | claims.keys()):
        last, here = came.get(epoch, (0, 0))
        gone = max(last, claims.get(epoch, 0)) - here
        if epoch < newest and gone > 0:
            found.append(Missing(epoch, gone))
    return found


def _newest(db: Connection, of: StationId) -> int:
    newest = db.scalar(select(func.max(fact.c.epoch)).where(fact.c.station == of)) or 0
    state = db.scalar(select(station.c.state).where(station.c.id == of))
    return max(newest, int(state["epoch"]) if state else 0)
