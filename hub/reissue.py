"""Another identity for a station whose card was replaced, and none for one that was lost."""

from cryptography import x509
from msgspec import Struct
from sqlalchemy import Connection, func, select, update

from circulation.errors import ConfigError
from circulation.identifiers import StationId
from hub.database import insert_once
from hub.fleet import Enrolled, enrolled
from hub.tables import fact, former_certificate, lane, revoked_certificate, station


class Revoked(Struct, frozen=True):
    """A certificate that nobody is to believe any more."""

    serial: int
    at_ms: int


def known(db: Connection, id_: StationId) -> Enrolled:
    """Return station *id_*, or raise `ConfigError` with those that there are."""
    if (found := enrolled(db, id_)) is not None:
        return found
    there_are = ", ".join(db.scalars(select(station.c.id).order_by(station.c.id))) or "none"
    raise ConfigError(f"no station {id_!r} is enrolled; there are: {there_are}")


def reissue(db: Connection, id_: StationId, certificate_pem: bytes, now_ms: int) -> int:
    """Have station *id_* speak under this certificate alone, and return its new epoch.

    The epoch is greater than any that the hub has given it or heard of. A station that was
    revoked is in again.
    """
    known(db, id_)
    _withdraw(db, id_, now_ms)
    row = db.execute(select(station.c.epoch, station.c.state).where(station.c.id == id_)).one()
    heard = [
        db.scalar(select(func.max(each.c.epoch)).where(each.c.station == id_)) or 0
        for each in (lane, fact)
    ]
    epoch: int = max(row.epoch, (row.state or {}).get("epoch", 0), *heard) + 1
    certificate = certificate_pem.decode("ascii")
    values = {"certificate": certificate, "epoch": epoch, "revoked_at_ms": None}
    db.execute(update(station).where(station.c.id == id_).values(values))
    return epoch


def revoke(db: Connection, id_: StationId, now_ms: int) -> bool:
    """Believe station *id_* no more; return whether it was believed before.

    What it sends is kept whole in quarantine and counted, and nothing of it is acknowledged.
    """
    known(db, id_)
    _withdraw(db, id_, now_ms)
    in_yet = (station.c.id == id_) & station.c.revoked_at_ms.is_(None)
    return db.execute(update(station).where(in_yet).values(revoked_at_ms=now_ms)).rowcount == 1


def _withdraw(db: Connection, id_: StationId, now_ms: int) -> None:
    pem = db.scalar(select(station.c.certificate).where(station.c.id == id_))
    assert pem is not None, f"{id_} is enrolled"
    try:
        serial = x509.load_pem_x509_certificate(pem.encode()).serial_number
    except ValueError as error:
        raise ConfigError(f"{id_}: its certificate at the hub is damaged: {error}") from error
    former = former_certificate.c
    renewed = select(former.serial).where(former.station == id_, former.not_after_ms > now_ms)
    for each in (str(serial), *db.scalars(renewed)):
        insert_once(db, revoked_certificate, {"serial": each, "station": id_, "at_ms": now_ms})


def revocations(db: Connection) -> list[Revoked]:
    """Return every certificate that was withdrawn, in order of time."""
    rows = db.execute(select(revoked_certificate).order_by(revoked_certificate.c.at_ms))
    return [Revoked(int(row.serial), row.at_ms) for row in rows]
