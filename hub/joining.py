"""Takes expected stations in, and renews their certificates; see docs/explanation/enrolment.md."""

import hmac
import secrets
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID
from msgspec import Struct
from sqlalchemy import Connection, Engine, select, update

from circulation.authorities import Trust
from circulation.certificates import DAMAGED, public_der
from circulation.errors import ConfigError, MessageError
from circulation.joining import Join, Joined, NotJoined, Renew, Renewed
from circulation.sealing import SealingKey
from circulation.sticks import Content, Request, proof
from circulation.updates import Report
from hub import authorities, claims, updates
from hub.authorities import Authorities
from hub.claims import Claim
from hub.database import insert_into, insert_once
from hub.enrolment import NewStation, take_in
from hub.tables import answered_request, former_certificate, hub_meta, station

CARD_KEY_BYTES = 32
RENEW_DAYS_MAX = 365
"""How long after it has expired a certificate may still be renewed."""
DAY_MS = 86_400_000
FIRST_EPOCH = 1

WAITS, REFUSED, TAKEN, GONE, BAD, NOT_YET = 202, 403, 409, 410, 400, 503
_SEALING = "sealing"


class Surroundings(Struct, frozen=True, kw_only=True):
    """What every station of the region is told."""

    hub_name: str
    hub_certificate: str
    broker_host: str
    broker_port: int
    portal_url: str
    must_be_accepted: bool


class Refusal(Struct, frozen=True):
    """An answer that gives nothing, and its HTTP status."""

    status: int
    told: NotJoined


class Joining:
    """Answers who asks to be a station."""

    def __init__(
        self,
        engine: Engine,
        issuer: Callable[[], Authorities],
        around: Surroundings,
        *,
        sealing: Callable[[], SealingKey | None],
        now_ms: Callable[[], int],
    ) -> None:
        """Sign with what *issuer* says just then, for another may have taken its place.

        *sealing* is the hub's public sealing key, once it is known.
        """
        self._engine = engine
        self._issuer = issuer
        self._around = around
        self._sealing = sealing
        self._now_ms = now_ms
        self._telling = authorities.Telling()

    def join(self, asked: Join) -> Joined | Refusal:
        """Take *asked* in, once; whoever repeats it with the same key is told the same."""
        return self._join(asked, lambda known: claims.is_token(known, asked.token))

    def by_stick(self, asked: Request) -> Content:
        """Answer a request that came on a stick as one that came over the line."""
        said = self._by_stick(asked)
        return Content(
            trust=self.trust(),
            joined=said if isinstance(said, Joined) else None,
            renewed=said if isinstance(said, Renewed) else None,
            refused=said.told.message if isinstance(said, Refusal) else "",
        )

    def _by_stick(self, asked: Request) -> Joined | Renewed | Refusal:
        if not asked.proof:
            return self.renew(Renew(station=asked.station, request=asked.request))
        join = Join(station=asked.station, token="", request=asked.request, serial=asked.serial)
        return self._join(
            join,
            lambda known: hmac.compare_digest(
                proof(known.token_hash, asked.request, asked.reply_to), asked.proof
            ),
        )

    def _join(self, asked: Join, meant: Callable[[Claim], bool]) -> Joined | Refusal:
        now_ms = self._now_ms()
        with self._engine.begin() as db:
            known = claims.of(db, asked.station)
            if known is None or not meant(known):
                return _refusal(REFUSED, "no such station is expected with this token")
            key = _key_of(asked.request, asked.station)
            if key is None:
                return _refusal(BAD, "the signing request is not one for this station's name")
            if known.asked_key not in (None, key):
                return _refusal(TAKEN, "another machine has shown this token")
            if known.taken_ms is not None:
                return self._told(db, known, asked, key)
            if now_ms > known.expires_ms:
                again = f"make another with `station add {known.station}`"
                return _refusal(GONE, f"the time of this token is over: {again}")
            if self._must_wait(known, asked):
                claims.note_asked(db, known.station, key, now_ms)
                other = "this is another machine than was told of: " if known.serial else ""
                return _refusal(WAITS, f"wait: {other}somebody is to accept this station first")
            self._take_in(db, known, asked)
            claims.note_taken(db, known.station, key, now_ms)
            return self._told(db, known, asked, key)

    def renew(self, asked: Renew) -> Renewed | Refusal:
        """Return another certificate for the key that a station has, one for each request.

        Whoever repeats the newest request is told the same while that certificate is in its time;
        an older one, which somebody may have captured, is refused.
        """
        now_ms = self._now_ms()
        with self._engine.begin() as db:
            mine = select(station).where(station.c.id == asked.station)
            # Held: the same request twice at one moment is answered one after the other.
            row = db.execute(mine.with_for_update()).one_or_none()
            key = _key_of(asked.request, asked.station)
            if row is None or row.revoked_at_ms is not None or key is None:
                return _refusal(REFUSED, "no station that may renew has signed this")
            old = x509.load_pem_x509_certificate(row.certificate.encode())
            if key != _der(old):
                return _refusal(REFUSED, "no station that may renew has signed this")
            ended_ms = int(old.not_valid_after_utc.timestamp() * 1000)
            if now_ms > ended_ms + RENEW_DAYS_MAX * DAY_MS:
                return _refusal(GONE, "it expired too long ago: see `reissue`")
            if (serial := _answered(db, asked.request)) is None:
                certificate = self._certify(db, asked, old)
            elif serial == str(old.serial_number) and now_ms <= ended_ms:
                certificate = row.certificate
            else:
                return _refusal(TAKEN, "this request was answered before: ask with a new one")
            return Renewed(certificate=certificate, hub_certificate=self._around.hub_certificate)

    def _certify(self, db: Connection, asked: Renew, old: x509.Certificate) -> str:
        """Return a certificate in the place of *old*, and remember both."""
        issuer, now = self._issuer().present, _at(self._now_ms())
        renewed = issuer.issue(asked.request.encode(), asked.station, now).decode("ascii")
        ended_ms = int(old.not_valid_after_utc.timestamp() * 1000)
        former = {"serial": str(old.serial_number), "station": asked.station}
        insert_once(db, former_certificate, former | {"not_after_ms": ended_ms})
        mine = station.c.id == asked.station
        db.execute(update(station).where(mine).values(certificate=renewed))
        _note_answered(db, asked, renewed)
        return renewed

    def trust(self) -> Trust:
        """Return whom to believe, and which certificates no more."""
        with self._engine.execution_options(read_only=True).begin() as db:
            return self._telling.now(db, self._issuer(), self._now_ms())

    def report(self, frame: bytes) -> Report | Refusal:
        """Note what a station tells, in *frame*, of an update that it has fetched."""
        try:
            with self._engine.begin() as db:
                return updates.enter_report(db, frame)
        except MessageError as error:
            return _refusal(REFUSED, f"not noted: {error}")

    def _must_wait(self, known: Claim, asked: Join) -> bool:
        if known.accepted:
            return False
        if known.serial:
            # Somebody has said which machine it is to be: no other becomes it unseen.
            return known.serial.lower() != asked.serial.lower()
        return self._around.must_be_accepted

    def _take_in(self, db: Connection, known: Claim, asked: Join) -> None:
        request, now = asked.request.encode(), _at(self._now_ms())
        certificate = self._issuer().present.issue(request, known.station, now)
        new = NewStation(
            id=known.station,
            number=known.number,
            municipality=known.municipality,
            branch=known.branch,
            kind=known.kind,
            partition=known.partition,
            card_key=secrets.token_bytes(CARD_KEY_BYTES),
        )
        assert take_in(db, new, certificate), f"{known.station} was in, and expected"

    def _told(self, db: Connection, known: Claim, asked: Join, key: bytes) -> Joined | Refusal:
        row = db.execute(select(station).where(station.c.id == known.station)).one()
        kept = x509.load_pem_x509_certificate(row.certificate.encode())
        if row.revoked_at_ms is not None or _der(kept) != key:
            return _refusal(TAKEN, "this station has another identity now")
        around, sealing = self._around, self._sealing()
        if sealing is None:
            return _refusal(NOT_YET, "the hub's inbox has not been started yet; ask again")
        _note_answered(db, asked, row.certificate)
        return Joined(
            certificate=row.certificate,
            authority=self._issuer().certificates().decode("ascii"),
            hub_certificate=around.hub_certificate,
            hub_name=around.hub_name,
            sealing_id=sealing.id,
            sealing_public=sealing.public,
            card_key=row.card_key,
            number=row.number,
            partition=row.partition,
            branch=row.branch,
            kit=known.kit,
            epoch=row.epoch,
            broker_host=around.broker_host,
            broker_port=around.broker_port,
            portal_url=around.portal_url,
        )


def remember_sealing(engine: Engine, key: SealingKey) -> None:
    """Keep the public sealing key where the site may read it: private ones it may not."""
    values = {"name": _SEALING, "value": msgspec.json.encode(key).decode()}
    with engine.begin() as db:
        entry = insert_into(db, hub_meta).values(**values)
        db.execute(entry.on_conflict_do_update(index_elements=["name"], set_=values))


def known_sealing(engine: Engine) -> SealingKey | None:
    """Return the key that was remembered, None before the inbox was first started."""
    with engine.execution_options(read_only=True).begin() as db:
        kept = db.scalar(select(hub_meta.c.value).where(hub_meta.c.name == _SEALING))
    return msgspec.json.decode(kept, type=SealingKey) if kept else None


def _key_of(request_pem: str, name: str) -> bytes | None:
    """Return the key that has signed the request for *name*, None where it is none."""
    try:
        request = x509.load_pem_x509_csr(request_pem.encode())
        names = [each.value for each in request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
        public, signed = request.public_key(), request.is_signature_valid
    except (*DAMAGED, ConfigError):
        return None
    if not isinstance(public, ec.EllipticCurvePublicKey) or names != [name]:
        return None
    if not isinstance(public.curve, ec.SECP256R1) or not signed:
        return None
    return public_der(public)


def _signature_of(request_pem: str) -> str:
    """Return what no other request has, however it is written: half of its signature.

    It is the half (r) that only the key can make; of the other (s) anybody can make a second one
    that is as good.
    """
    whole = x509.load_pem_x509_csr(request_pem.encode()).signature
    return f"{decode_dss_signature(whole)[0]:064x}"


def _answered(db: Connection, request_pem: str) -> str | None:
    """Return the serial of the certificate that this very request was answered with."""
    mine = answered_request.c.signature == _signature_of(request_pem)
    return db.scalar(select(answered_request.c.serial).where(mine))


def _note_answered(db: Connection, asked: Join | Renew, certificate: str) -> None:
    serial = x509.load_pem_x509_certificate(certificate.encode()).serial_number
    row = {"signature": _signature_of(asked.request), "station": asked.station}
    insert_once(db, answered_request, row | {"serial": str(serial)})


def _der(certificate: x509.Certificate) -> bytes:
    public = certificate.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey), "the authority signs no other keys"
    return public_der(public)


def _refusal(status: int, message: str) -> Refusal:
    return Refusal(status, NotJoined(message=message))


def _at(now_ms: int) -> datetime:
    return datetime.fromtimestamp(now_ms / 1000, UTC)
