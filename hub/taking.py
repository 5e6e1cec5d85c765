"""Taking what a technician brings from a station's card: each fact once, as if it had been sent."""

from collections import deque
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Connection, Engine, and_, func, select

from circulation import envelopes, exports, sealing
from circulation.errors import MessageError
from circulation.exports import ExportPart, Origin
from circulation.identifiers import StationId
from hub import exceptions, fleet, ledger
from hub.tables import fact


class Taken(Struct, frozen=True, kw_only=True):
    """What became of an export."""

    station: StationId
    new: int
    known: int
    unreadable: int
    gaps: list[tuple[int, int, int]]
    """Epoch, first and last number of facts that are missing before others."""

    def sentence(self) -> str:
        """Return what a technician should know."""
        gaps = "; ".join(
            f"facts {first} to {last} of epoch {epoch} are missing"
            for epoch, first, last in self.gaps
        )
        return (
            f"{self.station}: {self.new} new {'fact' if self.new == 1 else 'facts'}, "
            f"{self.known} known, "
            f"{self.unreadable} unreadable; {gaps or 'no gap is left'}."
        )


def take(engine: Engine, opener: sealing.Opener, file: Path, now_ms: int) -> Taken:
    """Enter the facts in the export *file*; one that is not whole and signed changes nothing."""
    try:
        return _take(engine, opener, file, now_ms)
    except OSError as error:
        raise MessageError(f"{file} cannot be read: {error.strerror or error}") from error
    except MessageError as error:
        raise type(error)(f"{file} was not taken: {error}") from error


class _Part(Struct, frozen=True):
    station: StationId
    epochs: frozenset[int]
    known: int
    new: int
    unreadable: int


def _take(engine: Engine, opener: sealing.Opener, file: Path, now_ms: int) -> Taken:
    def origin_of(station: StationId) -> Origin:
        with engine.execution_options(read_only=True).begin() as db:
            enrolled = fleet.enrolled(db, station)
            partition = enrolled.partition if enrolled else ""
            return Origin(partition, fleet.key_of(db, station, partition))

    with file.open("rb") as lines:
        # Nothing is entered before all of it is known to be whole.
        deque(exports.read(lines, origin_of), maxlen=0)
        lines.seek(0)
        parts = [_enter(engine, opener, part, now_ms) for part in exports.read(lines, origin_of)]
    station = parts[0].station
    epochs = sorted(frozenset().union(*(part.epochs for part in parts)))
    with engine.execution_options(read_only=True).begin() as db:
        gaps = [gap for epoch in epochs for gap in _gap(db, station, epoch)]
    return Taken(
        station=station,
        new=sum(part.new for part in parts),
        known=sum(part.known for part in parts),
        unreadable=sum(part.unreadable for part in parts),
        gaps=gaps,
    )


def _enter(engine: Engine, opener: sealing.Opener, part: ExportPart, now_ms: int) -> _Part:
    """Enter one line of an export, in one commit: a running hub need not wait for all of them."""
    addresses = [envelopes.address(raw) for raw in part.envelopes]
    station, epochs = addresses[0].station, frozenset(each.epoch for each in addresses)
    with engine.begin() as db:
        new = sum(ledger.enter(db, raw, opener, now_ms) for raw in part.envelopes)
        for epoch in sorted(epochs):
            exceptions.advance(db, station, epoch, now_ms)
        unreadable = _unreadable(db, station, part)
    return _Part(station, epochs, len(addresses) - new, new, unreadable)


def _unreadable(db: Connection, station: StationId, part: ExportPart) -> int:
    hashes = [envelopes.digest(raw) for raw in part.envelopes]
    of_part = and_(fact.c.station == station, fact.c.hash.in_(hashes))
    unreadable = select(fact.c.hash).where(of_part, fact.c.kind == ledger.UNREADABLE)
    return len(db.execute(unreadable).all())


def _gap(db: Connection, station: StationId, epoch: int) -> list[tuple[int, int, int]]:
    """Return what is missing before facts that the hub has, none where the lane is whole."""
    reached = ledger.lane_of(db, station, epoch).up_to_seq
    here = and_(fact.c.station == station, fact.c.epoch == epoch, fact.c.seq > reached)
    after = db.scalar(select(func.min(fact.c.seq)).where(here))
    return [(epoch, reached + 1, after - 1)] if after is not None else []
