"""Which authorities are believed: those that are known, and those that a known one vouches for."""

from typing import Annotated

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Meta, Struct

from circulation.certificates import DAMAGED, public_der
from circulation.errors import ForgedError

TRUST = "/join/trust"
TRUST_BYTES_MAX = 1 << 20
AUTHORITIES_MAX = 4

Pem = Annotated[str, Meta(max_length=4096)]


class Trust(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the hub tells whoever asks; all of it is signed, and nothing of it is secret."""

    authorities: Annotated[list[Pem], Meta(min_length=1, max_length=AUTHORITIES_MAX)]
    """Their certificates, the one that signs at present first."""
    bridges: Annotated[list[Pem], Meta(max_length=AUTHORITIES_MAX)] = []
    """Certificates of one authority's key by another (RFC 4210, section 4.4)."""
    withdrawn: Annotated[list[str], Meta(max_length=AUTHORITIES_MAX)] = []
    """Each authority's list of withdrawn certificates (RFC 5280, section 5), PEM."""


def believed(known: list[x509.Certificate], told: Trust) -> list[x509.Certificate]:
    """Return the authorities in *told* that *known* are a reason to believe, in its order.

    Raises `ForgedError` where there is none of them, or where anything in it is no certificate.
    """
    try:
        authorities = [x509.load_pem_x509_certificate(pem.encode()) for pem in told.authorities]
        bridges = [x509.load_pem_x509_certificate(pem.encode()) for pem in told.bridges]
    except DAMAGED as error:
        raise ForgedError(f"what was told of authorities is damaged: {error}") from error
    keys = {key_bytes(each) for each in known}
    found = [
        each
        for each in authorities
        if key_bytes(each) in keys or any(_leads(bridge, each, known) for bridge in bridges)
    ]
    if not found:
        raise ForgedError("none of the authorities told of is known here, or vouched for")
    return found


def _leads(bridge: x509.Certificate, to: x509.Certificate, known: list[x509.Certificate]) -> bool:
    same = bridge.subject == to.subject and key_bytes(bridge) == key_bytes(to)
    return same and signed_by(bridge, known)


def signed_by(certificate: x509.Certificate, authorities: list[x509.Certificate]) -> bool:
    """Return whether one of *authorities* has signed *certificate*."""
    return any(_signed_by(certificate, each) for each in authorities)


def _signed_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (*DAMAGED, InvalidSignature):
        return False
    return True


def key_bytes(certificate: x509.Certificate) -> bytes:
    """Return the key that *certificate* is about, to be compared."""
    try:
        public = certificate.public_key()
    except DAMAGED as error:
        raise ForgedError(f"an authority's key is damaged: {error}") from error
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise ForgedError("an authority's key is not a P-256 key")
    return public_der(public)


def load_lists(pems: bytes) -> list[x509.CertificateRevocationList]:
    """Return the lists of withdrawn certificates in *pems*, one after another.

    Raises `ValueError` where one of them is damaged.
    """
    end = b"-----END X509 CRL-----"
    return [x509.load_pem_x509_crl(each + end) for each in pems.split(end) if each.strip()]


def bundle(authorities: list[x509.Certificate]) -> bytes:
    """Return *authorities* one after another, PEM, as OpenSSL reads several."""
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in authorities)


def withdrawn(told: Trust, authorities: list[x509.Certificate]) -> dict[bytes, bytes]:
    """Return the list (PEM) of each of *authorities* by its key's bytes.

    Raises `ForgedError` where one has no list that it has signed: a broker that checks
    lists lets nobody of it in then.
    """
    try:
        lists = [x509.load_pem_x509_crl(pem.encode()) for pem in told.withdrawn]
    except DAMAGED as error:
        raise ForgedError(f"a list of the withdrawn is damaged: {error}") from error
    found: dict[bytes, bytes] = {}
    for authority in authorities:
        public = authority.public_key()
        mine = [
            each
            for each in lists
            if each.issuer == authority.subject and each.is_signature_valid(public)  # type: ignore[arg-type]
        ]
        if not mine:
            raise ForgedError("there is no list of the withdrawn signed by its authority")
        found[key_bytes(authority)] = mine[0].public_bytes(serialization.Encoding.PEM)
    return found
