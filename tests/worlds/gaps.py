"""What must be known of old memory cards, by what the hub has and what it was told."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy import select

from hub import exceptions
from hub.tables import fact, lane

if TYPE_CHECKING:
    from tests.worlds.world import World


def gaps(world: "World") -> Iterator[str]:
    """Yield what is wrong with the exceptions about facts on old cards."""
    with world.hub.engine.connect() as db:
        rows = db.execute(select(fact.c.station, fact.c.epoch, fact.c.seq))
        here = {(row.station, row.epoch, row.seq) for row in rows}
        claims = {(row.station, row.epoch): row.claimed_seq for row in db.execute(select(lane))}
        named = {e.key for e in exceptions.open_exceptions(db) if e.kind == "epoch_gap"}
    for station in world.stations:
        epochs = {epoch for name, epoch, _ in here if name == station.id}
        for epoch in range(1, max(epochs, default=0)):
            came = {seq for name, of, seq in here if (name, of) == (station.id, epoch)}
            hole = came != set(range(1, len(came) + 1))
            promised = claims.get((station.id, epoch), 0) > len(came)
            key = f"epoch_gap::{station.id}:{epoch}:0"
            if hole and key not in named:
                yield f"{key} is on nobody's desk, and facts before others never came"
            if promised and key not in named:
                yield f"{key} is on nobody's desk, and the station had said it owed more"
            if key in named and not hole and not promised:
                yield f"{key} is on the desk, and nothing is known to be missing"
