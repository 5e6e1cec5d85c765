"""Joining and renewing where no line leads: a request out on a stick, an answer back in.

Nothing on the stick is secret: the request proves that its writer has the token without showing
it, and the answer is sealed to a key that the request names, and signed by the hub.
"""

import hashlib
import hmac
import os
from pathlib import Path
from typing import Annotated

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Meta, Struct

from circulation import sealing, signing
from circulation.authorities import Pem, Trust, signed_by
from circulation.certificates import DAMAGED
from circulation.errors import UNREADABLE, ForgedError, MessageError
from circulation.identifiers import StationId
from circulation.joining import Joined, Renewed, token_hash
from circulation.sealing import SealingKey
from circulation.signing import Signer

REQUEST, ANSWER = ".request", ".answer"
"""What the two files are called, after the station's name."""
FILE_BYTES_MAX = 256 << 10
_REPLY = "stick"


class Request(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file that a machine writes."""

    station: Annotated[StationId, Meta(max_length=64)]
    request: Pem
    """A signing request (PKCS #10) for the station's name."""
    reply_to: bytes
    """A fresh X25519 key that the answer is sealed to."""
    proof: bytes = b""
    """HMAC-SHA256 of *request* and *reply_to* under the token's hash; empty to renew."""
    serial: Annotated[str, Meta(max_length=64)] = ""


class Content(Struct, frozen=True, kw_only=True):
    """What an answer says: one of the three, and whom to believe."""

    trust: Trust
    joined: Joined | None = None
    renewed: Renewed | None = None
    refused: str = ""


class _Answer(Struct, frozen=True, kw_only=True):
    hub: Pem
    """The hub's certificate, whose key has signed the frame."""
    frame: bytes


class _Sealed(Struct, frozen=True, kw_only=True):
    sealed: bytes


def read_file(path: Path) -> bytes:
    """Return what the file *path* on a stick holds, and no more of it than one can have.

    Raises `OSError`. A pipe that somebody put there is nothing, and is not waited for.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        return file.read(FILE_BYTES_MAX + 1)


def proof(token_sha256: str, request: str, reply_to: bytes) -> bytes:
    """Return what shows that *request* was written by who has the token with this hash."""
    return hmac.digest(token_sha256.encode(), request.encode() + reply_to, hashlib.sha256)


def proven(token: str, request: str, reply_to: bytes) -> bytes:
    """Return the same out of the token itself, on the machine that has it."""
    return proof(token_hash(token), request, reply_to)


def read_request(raw: bytes) -> Request:
    """Return the request in *raw*; a stranger's bytes are a `MessageError`."""
    try:
        return msgspec.json.decode(raw, type=Request)
    except UNREADABLE as error:
        raise MessageError(f"this is no request of a station: {error}") from error


def answer(content: Content, asked: Request, hub_certificate: str, signer: Signer) -> bytes:
    """Return the file that answers *asked*: *content*, sealed to it and signed by the hub."""
    try:
        sealed = sealing.seal(msgspec.json.encode(content), SealingKey(_REPLY, asked.reply_to))
    except (TypeError, ValueError, RuntimeError) as error:
        raise MessageError(f"the request of {asked.station} names no key to answer to") from error
    body = msgspec.json.encode(_Sealed(sealed=sealed))
    frame = signing.wrap(_bound(asked.station), body, signer)
    return msgspec.json.encode(_Answer(hub=hub_certificate, frame=frame))


def opened(
    raw: bytes, station: StationId, private: bytes, known: list[x509.Certificate]
) -> Content:
    """Return what the answer *raw* says to *station*, which asked with the key *private*.

    Raises `ForgedError` where no hub that *known* authorities vouch for has signed it.
    """
    try:
        found = msgspec.json.decode(raw, type=_Answer)
        hub = x509.load_pem_x509_certificate(found.hub.encode())
        key = hub.public_key()
    except (*UNREADABLE, *DAMAGED) as error:
        raise MessageError(f"this is no answer to a station: {error}") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not signed_by(hub, known):
        raise ForgedError("the answer is by a hub that this station's authority does not know")
    body = signing.verify(_bound(station), signing.unwrap(found.frame), key)
    ring = sealing.KeyRing({_REPLY: private})
    try:
        sealed = msgspec.json.decode(body, type=_Sealed).sealed
        return msgspec.json.decode(ring.open(_REPLY, sealed), type=Content)
    except UNREADABLE as error:
        raise MessageError(f"the answer is torn: {error}") from error


def _bound(station: StationId) -> str:
    return f"join/{station}"
