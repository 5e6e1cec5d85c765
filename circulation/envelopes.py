"""A fact in its envelope: sealed once, chained to the one before it, known by its hash."""

import hashlib

import msgspec
from msgspec import Struct

from circulation import facts, sealing
from circulation.errors import UNREADABLE, MessageError
from circulation.facts import Fact
from circulation.identifiers import Number, StationId

GENESIS = "0" * 64
"""The `prev` of an epoch's first envelope."""

ENVELOPE_BYTES_MAX = 16 << 10


class Envelope(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a journal keeps and the wire carries of one fact."""

    station: StationId
    epoch: Number
    seq: Number
    prev: str
    """Hash (hex SHA-256) of the envelope before it, `GENESIS` for seq 1."""
    key: str
    """Id of the sealing key."""
    sealed: bytes


class Sealed(Struct, frozen=True):
    """A fact that nobody but the key's holder can open, in no envelope yet."""

    key: str
    body: bytes


_decoder = msgspec.json.Decoder(Envelope)


def enclose(
    fact: Fact, *, station: StationId, epoch: int, seq: int, prev: str, key: sealing.SealingKey
) -> bytes:
    """Return *fact* sealed and addressed; these very bytes are kept, sent and hashed."""
    return enclose_sealed(seal(fact, key), station=station, epoch=epoch, seq=seq, prev=prev)


def seal(fact: Fact, key: sealing.SealingKey) -> Sealed:
    """Return *fact* sealed to *key*, before it is known which place in a chain it will have."""
    return Sealed(key.id, sealing.seal(facts.encode(fact), key))


def enclose_sealed(sealed: Sealed, *, station: StationId, epoch: int, seq: int, prev: str) -> bytes:
    """Return what is *sealed* addressed; these very bytes are kept, sent and hashed."""
    envelope = Envelope(
        station=station, epoch=epoch, seq=seq, prev=prev, key=sealed.key, sealed=sealed.body
    )
    return msgspec.json.encode(envelope)


def address(raw: bytes) -> Envelope:
    """Return the envelope in *raw* unopened; a stranger's bytes are a `MessageError`."""
    if len(raw) > ENVELOPE_BYTES_MAX:
        raise MessageError(f"an envelope of {len(raw)} bytes; at most {ENVELOPE_BYTES_MAX}")
    try:
        return _decoder.decode(raw)
    except UNREADABLE as error:
        raise MessageError(f"not an envelope: {error}") from error


def digest(raw: bytes) -> str:
    """Return the hash by which the next envelope and the ledger know *raw*."""
    return hashlib.sha256(raw).hexdigest()


def open_fact(envelope: Envelope, opener: sealing.Opener) -> Fact:
    """Return the fact in *envelope*, or raise `MessageError` where it cannot be read."""
    return facts.decode(opener.open(envelope.key, envelope.sealed))
