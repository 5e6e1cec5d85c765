"""Who this station is: its key, its certificate, and whom it believes."""

import base64
import binascii
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from nacl.exceptions import CryptoError

from circulation.authorities import signed_by
from circulation.errors import ConfigError
from circulation.sealing import SealingKey, seal
from circulation.signing import KeySigner


def load_signer(name: str, key: Path) -> KeySigner:
    """Return a signer in *name* with the P-256 key in the PEM file *key*."""
    return KeySigner(name, load_key(key))


def load_key(key: Path) -> ec.EllipticCurvePrivateKey:
    """Return the P-256 key in the PEM file *key*."""
    try:
        private = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{key}: no private key: {error}") from error
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise ConfigError(f"{key}: not a P-256 key; make a new one with `provisioning reissue`")
    return private


def load_hub_key(certificate: Path, ca: Path, name: str) -> ec.EllipticCurvePublicKey:
    """Return the hub's public key, where *certificate* names *name* and *ca* signed it."""
    authorities = load_authorities(ca)
    try:
        hub = x509.load_pem_x509_certificate(certificate.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(f"{certificate}: no certificate: {error}") from error
    if not signed_by(hub, authorities):
        raise ConfigError(f"{certificate}: not a certificate by {ca}")
    names = hub.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if [str(attribute.value) for attribute in names] != [name]:
        raise ConfigError(f"{certificate}: is not for {name!r}")
    public = hub.public_key()
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise ConfigError(f"{certificate}: not a P-256 certificate")
    return public


def load_authorities(ca: Path) -> list[x509.Certificate]:
    """Return the certificates of the region's authorities in the PEM file *ca*; never none.

    There are two while one takes the other's place.
    """
    try:
        return x509.load_pem_x509_certificates(ca.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(f"{ca}: no certificate: {error}") from error


def load_authority_keys(ca: Path) -> list[ec.EllipticCurvePublicKey]:
    """Return the keys of the region's authorities, whose certificates are in the PEM file *ca*."""
    keys = [each.public_key() for each in load_authorities(ca)]
    found = [each for each in keys if isinstance(each, ec.EllipticCurvePublicKey)]
    if len(found) < len(keys):
        raise ConfigError(f"{ca}: not a P-256 certificate")
    return found


def load_secret(path: Path, length: int) -> bytes:
    """Return the *length* bytes that the file *path* holds as base64."""
    try:
        secret = base64.b64decode(path.read_text(encoding="ascii").strip(), validate=True)
    except (OSError, binascii.Error, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: no base64 secret: {error}") from error
    if len(secret) != length:
        raise ConfigError(f"{path}: holds {len(secret)} bytes, not {length}")
    return secret


def load_sealing_key(id_: str, public: bytes) -> SealingKey:
    """Return the hub's public sealing key *id_*, once it is known to seal."""
    key = SealingKey(id_, public)
    try:
        seal(b"", key)
    except (CryptoError, TypeError, ValueError, RuntimeError) as error:
        raise ConfigError(f"[sealing] public: no X25519 key of 32 bytes: {error}") from error
    return key
