"""How patrons want to be met, kept by their own wish and for nothing else."""

import msgspec
from sqlalchemy import Boolean, Column, Connection, Integer, String, Table, delete, insert, select

from circulation.identifiers import PatronId
from circulation.messages import Manner
from hub.database import METADATA

manner = Table(
    "manner",
    METADATA,
    Column("patron", String, primary_key=True),
    Column("rate", Integer, nullable=False),
    Column("large", Boolean, nullable=False),
    Column("verbosity", Integer, nullable=False),
)


def of(db: Connection, patron: PatronId) -> Manner | None:
    """Return how *patron* wants to be met, None where they have not said."""
    row = db.execute(select(manner).where(manner.c.patron == patron)).first()
    return msgspec.convert(row, Manner, from_attributes=True) if row else None


def keep(db: Connection, patron: PatronId, wished: Manner | None) -> None:
    """Keep *wished* for *patron* in the place of what was kept; None leaves nothing."""
    db.execute(delete(manner).where(manner.c.patron == patron))
    if wished is not None:
        db.execute(insert(manner).values(patron=patron, **msgspec.structs.asdict(wished)))
