"""The hub's own secrets: its signing key, its sealing keys, and what cookies are signed with."""

import base64
import binascii
from pathlib import Path

import msgspec
import structlog
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Struct

from circulation import sealing
from circulation.errors import ConfigError
from circulation.sealing import KeyRing, SealingKey, VouchedKey
from circulation.signing import KeySigner

log = structlog.get_logger()


class KeptKey(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A private sealing key (raw X25519, 32 bytes), and the authority's word for its public half.

    *signature* is empty for the key that a region was set up with: its stations were given it.
    """

    id: str
    private: bytes
    made_ms: int = 0
    signature: bytes = b""

    def vouched(self) -> VouchedKey | None:
        """Return the public half as stations are told of it, None where nobody vouches for it."""
        if not self.signature:
            return None
        public = sealing.public_half(self.private)
        return VouchedKey(id=self.id, public=public, made_ms=self.made_ms, signature=self.signature)


def load_signer(name: str, key: Path) -> KeySigner:
    """Return a signer in *name* with the P-256 key in the PEM file *key*."""
    try:
        private = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{key}: no private key: {error}") from error
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise ConfigError(f"{key}: not a P-256 key")
    return KeySigner(name, private)


def load_kept(path: Path) -> list[KeptKey]:
    """Return the sealing keys in the JSON file *path*, the newest last; never none.

    A file that was written before keys could be replaced has them by id, in their order.
    """
    try:
        return read_kept(path.read_bytes())
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(f"{path}: no sealing keys: {error}") from error


def read_kept(body: bytes) -> list[KeptKey]:
    """Return the sealing keys in *body*, or raise `ValueError` or `TypeError`."""
    found = msgspec.json.decode(body, type=dict[str, bytes | list[KeptKey]])
    kept: list[KeptKey] = []
    for id_, value in found.items():
        kept += value if isinstance(value, list) else [KeptKey(id=id_, private=value)]
    if not kept:
        raise ValueError("there is none in it")
    KeyRing({each.id: each.private for each in kept})
    return kept


def encode_kept(kept: list[KeptKey]) -> bytes:
    """Return what the file of sealing keys holds for *kept*, the newest last."""
    return msgspec.json.format(msgspec.json.encode({"keys": kept}), indent=1) + b"\n"


class SealingRing:
    """The sealing keys in a file that may get a new one while the hub runs; any thread may call."""

    def __init__(self, path: Path) -> None:
        """Open with the keys in *path*; what is wrong with it is a `ConfigError`."""
        self._path = path
        self._read()

    def _read(self) -> None:
        kept = load_kept(self._path)
        self._stamp = _stamp(self._path)
        self._kept = kept
        self._ring = KeyRing({each.id: each.private for each in kept})
        newest = kept[-1]
        self._public = SealingKey(id=newest.id, public=sealing.public_half(newest.private))

    def _look_again(self) -> None:
        try:
            if _stamp(self._path) != self._stamp:
                self._read()
        except (OSError, ConfigError) as error:
            # What is known goes on opening; the next start will say what is wrong.
            log.error("sealing_keys_not_read", problem=str(error))

    def open(self, key: str, sealed: bytes) -> bytes:
        """Return what was sealed to the key with id *key*, or raise `MessageError`."""
        if all(each.id != key for each in self._kept):
            self._look_again()
        return self._ring.open(key, sealed)

    def public(self) -> SealingKey:
        """Return the public half of the newest, for a station that has none yet."""
        return self._public

    def newest(self) -> VouchedKey | None:
        """Return what stations are to seal to, None where that is what they were set up with."""
        self._look_again()
        return self._kept[-1].vouched()


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_ino


def load_ring(path: Path) -> SealingRing:
    """Return the sealing keys in the JSON file *path*."""
    return SealingRing(path)


def load_secret(path: Path) -> bytes:
    """Return the bytes that the file *path* holds as base64."""
    try:
        secret = base64.b64decode(path.read_text(encoding="ascii").strip(), validate=True)
    except (OSError, binascii.Error, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: no base64 secret: {error}") from error
    if len(secret) < 32:
        raise ConfigError(f"{path}: holds {len(secret)} bytes; at least 32")
    return secret
