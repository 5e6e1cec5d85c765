"""The fleet: which stations there are, whom to believe, and how each one is."""

import hashlib
from functools import lru_cache
from typing import Any

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Struct, structs
from sqlalchemy import Connection, bindparam, select, update

from circulation import messages
from circulation.errors import ForgedError
from circulation.identifiers import BranchCode, StationId
from circulation.messages import Settings, SettingsInForce, State
from hub.errors import RevokedError
from hub.prepared import Prepared
from hub.tables import lane, station

_ITSELF = station.c.id == bindparam("of")
_STATE = Prepared(select(station.c.state).where(_ITSELF))
_VERSION = Prepared(select(station.c.settings_version, station.c.settings_digest).where(_ITSELF))
_GOES_BY = Prepared(
    select(
        station.c.state, station.c.in_force, station.c.settings_version, station.c.settings_digest
    ).where(_ITSELF)
)
_UPDATE = update(station).where(_ITSELF)
_TOLD = Prepared(_UPDATE, ("state",))
_HEARD = Prepared(_UPDATE, ("state", "state_at_ms"))
_ALL_HERE = Prepared(_UPDATE, ("all_here_ms",))
_IN_FORCE = Prepared(_UPDATE, ("in_force",))
_PUT_VERSION = Prepared(_UPDATE, ("settings_version", "settings_digest"))


class Enrolled(Struct, frozen=True):
    """One station as it was enrolled."""

    id: StationId
    number: int
    municipality: str
    branch: BranchCode
    kind: str
    partition: str
    card_key: bytes


_SPEAKER = Prepared(
    select(
        *(station.c[name] for name in Enrolled.__struct_fields__),
        station.c.certificate,
        station.c.revoked_at_ms,
    ).where(_ITSELF)
)
"""What is asked at every message: without how it is and what it goes by, which are long."""


class Station(Struct, frozen=True):
    """One station as the hub last heard of it."""

    enrolled: Enrolled
    state: State | None
    seen_ms: int | None
    up_to_seq: int
    revoked: bool

    @property
    def alive(self) -> bool:
        """Return whether it has a line; one that is believed no more has none, whatever it said.

        Its last will may never have come: the broker that would have told it was started anew.
        """
        return self.state is not None and self.state.alive and not self.revoked


@lru_cache(maxsize=1000)
def _public_key(certificate: str) -> ec.EllipticCurvePublicKey:
    key = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey), "enrolment takes P-256 only"
    return key


def key_of(db: Connection, id_: str, partition: str) -> ec.EllipticCurvePublicKey:
    """Return the key that signs for station *id_*, or raise `ForgedError` where none may."""
    row = db.execute(select(station).where(station.c.id == id_)).one_or_none()
    return _key(row, id_, partition)


def _key(row: Any, id_: str, partition: str) -> ec.EllipticCurvePublicKey:
    if row is None:
        raise ForgedError(f"no station {id_!r} is enrolled")
    if row.partition != partition:
        raise ForgedError(f"{id_!r} speaks in partition {partition!r}, not its own")
    if row.revoked_at_ms is not None:
        raise RevokedError(f"{id_!r} is revoked")
    return _public_key(row.certificate)


def speaker(
    db: Connection, id_: StationId, partition: str
) -> tuple[Enrolled, ec.EllipticCurvePublicKey]:
    """Return station *id_* and its key, or raise `ForgedError` where it may not speak there."""
    row = _SPEAKER.first(db, {"of": id_})
    key = _key(row, id_, partition)
    return Enrolled(*row[: len(Enrolled.__struct_fields__)]), key


def enrolled(db: Connection, id_: StationId) -> Enrolled | None:
    """Return station *id_* as it was enrolled."""
    row = db.execute(select(station).where(station.c.id == id_)).one_or_none()
    return None if row is None else msgspec.convert(row, Enrolled, from_attributes=True)


def enter_state(
    db: Connection, id_: StationId, state: State, now_ms: int, *, retained: bool = False
) -> bool:
    """Keep how *id_* is; return False for a will that is older than the birth we know.

    A word that a broker has *retained* was said at a time that nobody knows.
    """
    known = _STATE.scalar(db, {"of": id_})
    if known is not None and not state.alive and state.connection < known["connection"]:
        return False
    values: dict[str, object] = {}
    if state.alive or known is None:
        values["state"] = msgspec.to_builtins(state)
    else:
        # A last word knows nothing but that it is the last: the rest stays as it was.
        values["state"] = known | {"alive": False, "connection": state.connection}
    if retained:
        _TOLD.do(db, values | {"of": id_})
    else:
        _HEARD.do(db, values | {"of": id_, "state_at_ms": now_ms})
    return True


def note_all_here(db: Connection, id_: StationId, now_ms: int) -> None:
    """Note that all facts which *id_* made before *now_ms* are here, by its own word."""
    _ALL_HERE.do(db, {"of": id_, "all_here_ms": now_ms})


def enter_in_force(db: Connection, id_: StationId, in_force: SettingsInForce) -> None:
    """Keep what station *id_* goes by."""
    _IN_FORCE.do(db, {"of": id_, "in_force": msgspec.to_builtins(in_force)})


def in_order(db: Connection, id_: StationId, asked: Settings, now_ms: int) -> Settings:
    """Return *asked* of station *id_* with its version: the last one's, or a higher if it differs.

    A version is the time (UTC milliseconds) where that is higher than the last, so that a hub
    restored from a backup goes on above what it has forgotten.
    """
    version, digest = _VERSION.first(db, {"of": id_})
    if digest != _digest(asked):
        version = max(version + 1, now_ms)
        _put_version(db, id_, version, _digest(asked))
    return structs.replace(asked, version=version)


def goes_by(db: Connection, id_: StationId, state: State, asked: Settings) -> bool:
    """Return whether station *id_* has said that it goes by *asked*, on this very connection.

    On a new one it is told again: it may have come back with less than it had.
    """
    row = _GOES_BY.first(db, {"of": id_})
    if row.state is None or row.in_force is None or row.in_force["settings"] is None:
        return False
    same_line = row.state["alive"] and row.state["connection"] == state.connection
    in_force = row.in_force["settings"]["version"] == row.settings_version
    return bool(same_line and in_force and row.settings_digest == _digest(asked))


def overtaken(db: Connection, id_: StationId, in_force: Settings) -> bool:
    """Note where station *id_* goes by settings newer than we know; return whether it does.

    What it is asked next has a higher version then, and is what it goes by again.
    """
    version, digest = _VERSION.first(db, {"of": id_})
    if (in_force.version, _digest(in_force)) == (version, digest) or in_force.version < version:
        return False
    _put_version(db, id_, in_force.version, "")
    return True


def _digest(settings: Settings) -> str:
    return hashlib.sha256(messages.encode(structs.replace(settings, version=0))).hexdigest()


def _put_version(db: Connection, id_: StationId, version: int, digest: str) -> None:
    _PUT_VERSION.do(db, {"of": id_, "settings_version": version, "settings_digest": digest})


def stations(db: Connection) -> list[Station]:
    """Return every station, by name."""
    reached = {
        row.station: row.up_to_seq for row in db.execute(select(lane).order_by(lane.c.epoch))
    }
    return [
        Station(
            enrolled=msgspec.convert(row, Enrolled, from_attributes=True),
            state=msgspec.convert(row.state, State) if row.state else None,
            seen_ms=row.state_at_ms,
            up_to_seq=reached.get(row.id, 0),
            revoked=row.revoked_at_ms is not None,
        )
        for row in db.execute(select(station).order_by(station.c.id))
    ]
