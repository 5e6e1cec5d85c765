"""What must be equal everywhere when a soaked region rests."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select

from circulation import envelopes
from circulation.identifiers import ItemId
from hub import exceptions
from hub.catalogue import tables as catalogue
from hub.catalogue.own import OwnCatalogue
from hub.database import open_database, reading
from hub.folding import Folding
from hub.reconcile import CATALOGUE
from hub.tables import fact, posting
from tests.soak import station
from tests.soak.hub import DATABASE, now_ms


class Progress(NamedTuple):
    """How many facts the hub has, and how many of those its catalogue does not show yet."""

    facts: int
    owed: int


def progress(folder: Path) -> Progress:
    """Return how far the hub in *folder* has come."""
    engine = open_database(f"sqlite:///{folder / DATABASE}")
    waits = select(func.count()).where(fact.c.posted_ms.is_(None), fact.c.item.is_not(None))
    with reading(engine) as db:
        found = Progress(db.scalar(select(func.count()).select_from(fact)), db.scalar(waits))
    engine.dispose()
    return found


def differences(folder: Path, stations: int, each: int) -> Iterator[str]:
    """Yield what is not equal between visitors, ledger, catalogue and desk."""
    engine = open_database(f"sqlite:///{folder / DATABASE}")
    own = OwnCatalogue(engine)
    with engine.connect() as db:
        for number in range(stations):
            yield from _chain(db, folder, number, each)
        yield from _writes(db)
        desk = {e.key for e in exceptions.open_exceptions(db) if e.source == exceptions.FOLD}
        items = set(db.scalars(select(fact.c.item).distinct()))
    folding, broken = Folding(engine, own, now_ms), set()
    for item in sorted(items):
        life, standing = folding.life(ItemId(item)), own.item(ItemId(item))
        assert standing is not None
        wanted = life.folded.holder.patron if life.folded.holder else None
        if wanted != (standing.loan.patron if standing.loan else None):
            yield f"{item} is not in the catalogue as the facts say"
        broken |= {e.key(item) for e in life.folded.exceptions if e.happening.station != CATALOGUE}
    for key in sorted(broken ^ desk):
        yield f"{key} is on the desk or broken, and not both"
    engine.dispose()


def _chain(db, folder: Path, number: int, each: int) -> Iterator[str]:
    name, prev = station.name(number), envelopes.GENESIS
    of_station = select(fact.c.seq, fact.c.hash, fact.c.prev).where(fact.c.station == name)
    rows = db.execute(of_station.order_by(fact.c.seq)).all()
    if [row.seq for row in rows] != list(range(1, each + 1)):
        yield f"{name}: {len(rows)} facts in the ledger, and {each} were told"
    for row in rows:
        if row.prev != prev:
            yield f"{name}: the chain breaks at {row.seq}"
        prev = row.hash
    here = {(row.seq, row.hash) for row in rows}
    for line in (folder / name / "told").read_text().splitlines():
        seq, hash_ = line.split()
        if (int(seq), hash_) not in here:
            yield f"{name}: {seq} was told to a visitor, and is not in the ledger"


def _writes(db) -> Iterator[str]:
    event = catalogue.catalogue_event
    rows = db.execute(select(event).order_by(event.c.version)).all()
    recorded, seen = set(db.scalars(select(posting.c.id))), set()
    for row in rows:
        if (row.posting, row.change) in seen:
            yield f"{row.posting} was made twice"
        if row.posting not in recorded:
            yield f"{row.posting} was made without a record"
        seen.add((row.posting, row.change))
