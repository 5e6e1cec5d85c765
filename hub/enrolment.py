"""Who belongs to the region: an authority of its own, and the stations it has taken in."""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from msgspec import Struct
from sqlalchemy import Connection, Engine

from circulation.certificates import private_pem
from circulation.errors import ConfigError
from circulation.identifiers import BranchCode, StationId
from circulation.proof import STATION_NUMBER_MAX
from hub.database import insert_once
from hub.tables import station

NAME_BYTES_MAX = 64
"""Of a name in a certificate, in UTF-8 (RFC 5280, appendix A, ub-common-name)."""
AUTHORITY_DAYS = 3650
CERTIFICATE_DAYS = 90
SERVER_DAYS = 730
"""Of the hub, the broker and the site, which nobody renews by themselves."""
BACKDATED = timedelta(days=1)
"""A Pi without a battery clock may wake up yesterday."""


class NewStation(Struct, frozen=True, kw_only=True):
    """A station to be taken in; *card_key* is 32 bytes that it alone shares with the hub."""

    id: StationId
    number: int
    municipality: str
    branch: BranchCode
    kind: str
    partition: str
    card_key: bytes


class Authority:
    """The region's own certificate authority (P-256)."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        """Sign with *key*, whose certificate is *certificate*."""
        self.key = key
        self.certificate = certificate

    @classmethod
    def create(cls, region: str, now: datetime) -> "Authority":
        """Return a new authority for *region*."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, region)])
        certificate = (
            _certificate(name, name, key.public_key(), now, days=AUTHORITY_DAYS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
            .sign(key, hashes.SHA256())
        )
        return cls(key, certificate)

    @classmethod
    def load(cls, key_pem: bytes, certificate_pem: bytes) -> "Authority":
        """Return the authority kept as these two PEM texts."""
        key = serialization.load_pem_private_key(key_pem, password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ConfigError("the authority's key is not a P-256 key")
        certificate = x509.load_pem_x509_certificate(certificate_pem)
        if certificate.public_key() != key.public_key():
            raise ConfigError("the authority's key is not the one in its certificate")
        return cls(key, certificate)

    def key_pem(self) -> bytes:
        """Return the authority's private key; whoever has it can make stations."""
        return private_pem(self.key)

    def certificate_pem(self) -> bytes:
        """Return the authority's certificate, which every station pins."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def revocation_list(self, withdrawn: list[tuple[int, int]], now: datetime) -> bytes:
        """Return the list (PEM) of the certificates *withdrawn*, by serial and UTC milliseconds.

        It holds as long as the authority does: a broker with a list that has expired lets
        nobody in. By a clock beyond that end it is signed all the same: who is withdrawn is told.
        """
        end = self.certificate.not_valid_after_utc
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(min(now, end) - BACKDATED)
            .next_update(end)
        )
        for serial, at_ms in withdrawn:
            builder = builder.add_revoked_certificate(_withdrawn(serial, at_ms))
        signed = builder.sign(self.key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.PEM)

    def vouch_for(self, other: "Authority", now: datetime) -> x509.Certificate:
        """Return a certificate of *other*'s key: whoever believes this one may believe that."""
        public = other.key.public_key()
        days = max((self.certificate.not_valid_after_utc - now).days, 1)
        return (
            _certificate(
                other.certificate.subject, self.certificate.subject, public, now, days=days
            )
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self.key, hashes.SHA256())
        )

    def issue_again(self, old: x509.Certificate, now: datetime) -> bytes:
        """Return *old* (PEM) for the same key, name, hosts and time, from *now* on."""
        public = old.public_key()
        if not isinstance(public, ec.EllipticCurvePublicKey):
            raise ConfigError("only a P-256 certificate is issued again")
        days = (old.not_valid_after_utc - old.not_valid_before_utc - BACKDATED).days
        builder = _certificate(
            old.subject, self.certificate.subject, public, now, days=days
        ).add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        for each in old.extensions:
            if isinstance(each.value, x509.SubjectAlternativeName):
                builder = builder.add_extension(each.value, critical=False)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def issue(
        self,
        request_pem: bytes,
        name: str,
        now: datetime,
        *,
        hosts: tuple[str, ...] = (),
        days: int = CERTIFICATE_DAYS,
    ) -> bytes:
        """Return a certificate for *name* with the key of the signing request *request_pem*.

        A server that others find by the names *hosts* is told by them.
        """
        try:
            request = x509.load_pem_x509_csr(request_pem)
        except ValueError as error:
            raise ConfigError(f"the request of {name} is no signing request: {error}") from error
        public = request.public_key()
        if not request.is_signature_valid or not isinstance(public, ec.EllipticCurvePublicKey):
            raise ConfigError(f"the request of {name} is not a P-256 request signed by its key")
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = _certificate(
            subject, self.certificate.subject, public, now, days=days
        ).add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        if hosts:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_found_by(host) for host in hosts]), critical=False
            )
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _found_by(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _withdrawn(serial: int, at_ms: int) -> x509.RevokedCertificate:
    at = datetime.fromtimestamp(at_ms // 1000, UTC)
    return x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at).build()


def load_authority(folder: Path) -> Authority:
    """Return the authority whose `ca.key` and `ca.pem` are in *folder*."""
    try:
        return Authority.load((folder / "ca.key").read_bytes(), (folder / "ca.pem").read_bytes())
    except OSError as error:
        raise ConfigError(f"{error.filename}: cannot be read: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise ConfigError(f"{folder}: no authority's key and certificate: {error}") from error


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    now: datetime,
    *,
    days: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + timedelta(days=days))
    )


def enrol(engine: Engine, new: NewStation, certificate_pem: bytes) -> bool:
    """Take *new* in under its certificate; return False where it is in already."""
    with engine.begin() as db:
        return take_in(db, new, certificate_pem)


def take_in(db: Connection, new: NewStation, certificate_pem: bytes) -> bool:
    """As `enrol`, within a change that is under way."""
    if not 0 < new.number <= STATION_NUMBER_MAX:
        raise ConfigError(f"{new.id}: number {new.number} is not within 1-{STATION_NUMBER_MAX}")
    return insert_once(
        db,
        station,
        {
            "id": new.id,
            "number": new.number,
            "municipality": new.municipality,
            "branch": new.branch,
            "kind": new.kind,
            "partition": new.partition,
            "card_key": new.card_key,
            "certificate": certificate_pem.decode("ascii"),
        },
    )
