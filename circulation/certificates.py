"""A key, and the request by which somebody asks for a certificate of it (PKCS #10)."""

from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAMAGED = (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion)
"""What a stranger's certificate or request may raise, at whatever of it is looked at."""
RENEWED_AT = 2 / 3
"""How much of a certificate's time passes before another is asked for."""


def new_key() -> ec.EllipticCurvePrivateKey:
    """Return a new P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


def request(key: ec.EllipticCurvePrivateKey, name: str) -> bytes:
    """Return a signing request for *name*, made where *key* was made."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return *key* as PEM, not encrypted: the file's mode is what guards it."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def public_der(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return *key* as bytes to be compared."""
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def is_due(certificate: x509.Certificate, now: datetime) -> bool:
    """Return whether at *now* two thirds of *certificate*'s time are over, or it has not begun.

    One that has not begun is of an hour when the hub's clock was wrong, or this one's is.
    """
    begun, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return not begun <= now < begun + (ends - begun) * RENEWED_AT
