"""Signed frames: what every message on the wire is wrapped in, so that no broker is trusted."""

from collections.abc import Iterable
from typing import Protocol

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Struct

from circulation.errors import UNREADABLE, ForgedError, MessageError, NewerMessageError
from circulation.sealing import SealingKey, VouchedKey

VERSION = 1
MESSAGE_BYTES_MAX = 256 << 10
_ALGORITHM = ec.ECDSA(hashes.SHA256())


class Frame(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One message on the wire: *body* signed by *by* for one topic."""

    v: int
    by: str
    sig: bytes
    body: msgspec.Raw


class _Version(Struct, frozen=True):
    v: int = 0


class Signer(Protocol):
    """Whoever can sign in a name."""

    name: str

    def sign(self, data: bytes) -> bytes:
        """Return a signature of *data*."""
        ...


class KeySigner:
    """Signs with a P-256 key under *name* (ECDSA, SHA-256, DER)."""

    def __init__(self, name: str, key: ec.EllipticCurvePrivateKey) -> None:
        """Sign as *name* with *key*."""
        self.name = name
        self._key = key

    def sign(self, data: bytes) -> bytes:
        """Return a signature of *data*."""
        return self._key.sign(data, _ALGORITHM)


def _bound(topic: str, body: bytes) -> bytes:
    return topic.encode() + b"\n" + body


def wrap(topic: str, body: bytes, signer: Signer) -> bytes:
    """Return *body* (one JSON object) signed for *topic*."""
    sig = signer.sign(_bound(topic, body))
    return msgspec.json.encode(Frame(v=VERSION, by=signer.name, sig=sig, body=msgspec.Raw(body)))


_frames = msgspec.json.Decoder(Frame)
_versions = msgspec.json.Decoder(_Version)


def unwrap(payload: bytes) -> Frame:
    """Return the frame in *payload*, its signature not yet checked.

    Raises `NewerMessageError` for a higher `v`, `MessageError` for a stranger's bytes.
    """
    if len(payload) > MESSAGE_BYTES_MAX:
        raise MessageError(f"a message of {len(payload)} bytes; at most {MESSAGE_BYTES_MAX}")
    try:
        version = _versions.decode(payload).v
        if version > VERSION:
            raise NewerMessageError(f"a message of version {version}; this program reads {VERSION}")
        frame = _frames.decode(payload)
    except UNREADABLE as error:
        raise MessageError(f"not a message: {error}") from error
    if frame.v != VERSION:
        raise MessageError(f"a message of version {frame.v}")
    return frame


def verify(topic: str, frame: Frame, key: ec.EllipticCurvePublicKey) -> bytes:
    """Return the body of *frame* where *key* signed it for *topic*, else raise `ForgedError`."""
    body = bytes(frame.body)
    try:
        key.verify(frame.sig, _bound(topic, body), _ALGORITHM)
    except InvalidSignature as error:
        raise ForgedError(f"not signed by {frame.by!r} for {topic}") from error
    return body


def vouch(
    id_: str, public: bytes, *, made_ms: int, authority: ec.EllipticCurvePrivateKey
) -> VouchedKey:
    """Return the sealing key *public*, made at *made_ms* (UTC), with *authority*'s word for it."""
    unsigned = VouchedKey(id=id_, public=public, made_ms=made_ms, signature=b"")
    signature = authority.sign(unsigned.statement(), _ALGORITHM)
    return VouchedKey(id=id_, public=public, made_ms=made_ms, signature=signature)


def vouched(key: VouchedKey, authorities: Iterable[ec.EllipticCurvePublicKey]) -> SealingKey:
    """Return the sealing key in *key* where one of *authorities* signed it, else `ForgedError`."""
    if not any(_vouches(each, key) for each in authorities):
        raise ForgedError(f"sealing key {key.id!r} is not signed by the authority")
    if len(key.public) != 32:
        raise ForgedError(f"sealing key {key.id!r} has {len(key.public)} bytes, not 32")
    return SealingKey(key.id, key.public)


def _vouches(authority: ec.EllipticCurvePublicKey, key: VouchedKey) -> bool:
    try:
        authority.verify(key.signature, key.statement(), _ALGORITHM)
    except InvalidSignature:
        return False
    return True
