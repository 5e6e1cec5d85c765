"""The hub's own secrets: its signing key, its sealing keys, and what cookies are signed with."""

import base64
import binascii
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from circulation.errors import ConfigError
from circulation.sealing import KeyRing
from circulation.signing import KeySigner


def load_signer(name: str, key: Path) -> KeySigner:
    """Return a signer in *name* with the P-256 key in the PEM file *key*."""
    try:
        private = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{key}: no private key: {error}") from error
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise ConfigError(f"{key}: not a P-256 key")
    return KeySigner(name, private)


def load_ring(path: Path) -> KeyRing:
    """Return the sealing keys in the JSON file *path*."""
    try:
        return KeyRing(msgspec.json.decode(path.read_bytes(), type=dict[str, bytes]))
    except (OSError, msgspec.MsgspecError, ValueError, TypeError) as error:
        raise ConfigError(f"{path}: no sealing keys: {error}") from error


def load_secret(path: Path) -> bytes:
    """Return the bytes that the file *path* holds as base64."""
    try:
        secret = base64.b64decode(path.read_text(encoding="ascii").strip(), validate=True)
    except (OSError, binascii.Error, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: no base64 secret: {error}") from error
    if len(secret) < 32:
        raise ConfigError(f"{path}: holds {len(secret)} bytes; at least 32")
    return secret
