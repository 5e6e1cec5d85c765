"""What the pages are told, out of the hub's own tables."""

from sqlalchemy import Engine, select

from hub import exceptions, fleet
from hub.desk.source import DeskException, DeskStation
from hub.portal.pages import Proven
from hub.tables import fact, station


class DeskSourceOfHub:
    """What the desk shows, out of the hub's own tables."""

    def __init__(self, engine: Engine) -> None:
        """Read from *engine*."""
        self._engine = engine.execution_options(read_only=True)

    def stations(self) -> list[DeskStation]:
        """Return every station of the region."""
        with self._engine.begin() as db:
            return [_desk_station(each) for each in fleet.stations(db)]

    def open_exceptions(self) -> list[DeskException]:
        """Return what no librarian has closed yet, the latest first."""
        with self._engine.begin() as db:
            return [
                DeskException(
                    key=each.key,
                    kind=each.kind,
                    severity=each.severity,
                    station=each.station,
                    item=each.item,
                    card=each.card,
                    at_ms=each.at_ms,
                    told=each.told,
                    suggestion=each.suggestion,
                )
                for each in exceptions.open_exceptions(db)
            ]


def _desk_station(each: fleet.Station) -> DeskStation:
    state = each.state
    return DeskStation(
        id=each.enrolled.id,
        municipality=each.enrolled.municipality,
        branch=each.enrolled.branch,
        kind=each.enrolled.kind,
        alive=each.alive,
        owed=state.owed if state else 0,
        up_to_seq=each.up_to_seq,
        version=state.version if state else "",
        clock_trusted=bool(state and state.clock_trusted),
        faults=state.faults if state else [],
        seen_ms=each.seen_ms,
        revoked=each.revoked,
        shelf_parts_here=state.shelf_parts_here if state else 0,
        shelf_parts=state.shelf_parts if state else 0,
        phrases=state.phrases if state else 0,
        phrases_bytes=state.phrases_bytes if state else 0,
        phrases_missing=state.phrases_missing if state else 0,
    )


def proof_lookup(engine: Engine, number: int, epoch: int, seq: int) -> Proven | None:
    """Return what stands behind a receipt's code, None before it has reached the catalogue."""
    asked = (
        select(fact.c.posted_ms, fact.c.kind)
        .join(station, station.c.id == fact.c.station)
        .where(station.c.number == number, fact.c.epoch == epoch, fact.c.seq == seq)
        .where(fact.c.posted_ms.is_not(None))
    )
    with engine.execution_options(read_only=True).begin() as db:
        found = db.execute(asked).first()
    return Proven(found.posted_ms, returned=found.kind == "checkin") if found else None
