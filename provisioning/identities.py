"""Identities: the authority's, the hub's and each station's keys and certificates, as files."""

import base64
import secrets
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from circulation import sealing
from circulation.certificates import private_pem, request
from circulation.errors import ConfigError
from circulation.sealing import SealingKey
from hub.enrolment import Authority
from hub.keys import KeptKey, encode_kept, load_kept
from provisioning.files import write_atomically, write_secret

SECRET_BYTES = 32
HUB_NAME = "hub"


def authority(folder: Path, region: str, now: datetime) -> Authority:
    """Return the authority kept in *folder*, a new one for *region* where there is none."""
    key, certificate = folder / "ca.key", folder / "ca.pem"
    if not (key.exists() and certificate.exists()):
        new = Authority.create(region, now)
        write_secret(key, new.key_pem())
        write_atomically(certificate, new.certificate_pem())
    return Authority.load(key.read_bytes(), certificate.read_bytes())


def identity(folder: Path, name: str, issuer: Authority, now: datetime) -> bytes:
    """Return *name*'s certificate as PEM; it and its key lie in *folder*, made where missing."""
    certificate = folder / "certificate.pem"
    key = _key(folder / "key.pem")
    if not certificate.exists():
        write_atomically(certificate, issuer.issue(request(key, name), name, now))
    return certificate.read_bytes()


def _key(path: Path) -> ec.EllipticCurvePrivateKey:
    if not path.exists():
        write_secret(path, private_pem(ec.generate_private_key(ec.SECP256R1())))
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ConfigError(f"{path}: not a P-256 key")
    return key


def secret(path: Path) -> bytes:
    """Return the random bytes kept in *path* as base64, made where missing."""
    if not path.exists():
        write_secret(path, base64.b64encode(secrets.token_bytes(SECRET_BYTES)) + b"\n")
    return base64.b64decode(path.read_bytes())


def sealing_key(path: Path, id_: str) -> SealingKey:
    """Return the public half of the newest sealing key in the ring *path*, made where missing."""
    if not path.exists():
        first = KeptKey(id=id_, private=sealing.new_private_key())
        write_secret(path, encode_kept([first]))
    newest = load_kept(path)[-1]
    return SealingKey(id=newest.id, public=sealing.public_half(newest.private))
