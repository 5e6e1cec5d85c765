"""What happened at a station, in the past tense; a fact is never refused, only judged."""

from datetime import date
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Struct

from circulation.errors import UNREADABLE, MessageError
from circulation.identifiers import CardNumber, ItemId, Number
from circulation.instants import Instant
from circulation.storable import STORABLE
from circulation.verdicts import Reason

FACT_BYTES_MAX = 4096


class Wish(StrEnum):
    """What a visitor asked the catalogue for."""

    LOAN = "loan"
    RENEWAL = "renewal"


class Asked(Struct, frozen=True, forbid_unknown_fields=True, tag="asked", kw_only=True):
    """A visitor wanted this while the line was up; exactly one `Settled` follows."""

    at: Instant
    wish: Wish
    item: Annotated[ItemId, STORABLE]
    card: Annotated[CardNumber, STORABLE]
    seen: Number = 0
    """The catalogue's version that the station knew (its shelf's)."""


class TagCount(Struct, frozen=True, array_like=True):
    """What one of the item's tags counted with this, where its library has tags count.

    Of two facts with counts of the same tag, the lower is the older, whatever any clock says.
    """

    tag: str
    """Its UID."""
    count: Number


class Outcome(StrEnum):
    """How an `Asked` ended at the station, and so what the visitor was told."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    OFFLINE = "offline"
    """No answer in time; lent by the station's own policy."""
    DROPPED = "dropped"
    """Nothing was told: the visitor left, or the station stopped."""


class Settled(Struct, frozen=True, forbid_unknown_fields=True, tag="settled", kw_only=True):
    """The end of the `Asked` with sequence number *asked* in the same epoch."""

    at: Instant
    asked: Number
    outcome: Outcome
    due: date | None = None
    reason: Reason | None = None
    pin_waived: bool = False
    """The municipality wants a PIN, and nobody had asked for it: the visit began offline."""
    counts: tuple[TagCount, ...] = ()


class Checkout(Struct, frozen=True, forbid_unknown_fields=True, tag="checkout", kw_only=True):
    """Lent while the line was down, settled in itself (SIP2 11 with no block = Y)."""

    at: Instant
    item: Annotated[ItemId, STORABLE]
    card: Annotated[CardNumber, STORABLE]
    due: date
    pin_waived: bool = False
    seen: Number = 0
    counts: tuple[TagCount, ...] = ()


class Checkin(Struct, frozen=True, forbid_unknown_fields=True, tag="checkin", kw_only=True):
    """Taken back at this station (SIP2 09 with no block = Y); always one fact."""

    at: Instant
    item: Annotated[ItemId, STORABLE]
    seen: Number = 0
    counts: tuple[TagCount, ...] = ()


class Lost(Struct, frozen=True, forbid_unknown_fields=True, tag="lost", kw_only=True):
    """The station cannot read its own fact *seq* any more; this stands in its place."""

    at: Instant
    seq: Number
    hash: str = ""
    """The hash of that fact's envelope, which the one after it names; empty where unknown."""


class Unswitched(Struct, frozen=True, forbid_unknown_fields=True, tag="unswitched", kw_only=True):
    """The gate's alarm of a lent or returned book could not be set; the book is as it was."""

    at: Instant
    armed: bool
    """What it should be: True after a return."""
    key: str
    """The id of the key that *item* is sealed to."""
    item: bytes
    """The item's number, sealed before the tag was touched: a restart knows no more than this."""


Fact = Asked | Settled | Checkout | Checkin | Lost | Unswitched

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Fact] = msgspec.json.Decoder(Fact)


def encode(fact: Fact) -> bytes:
    """Return *fact* as the bytes that are sealed."""
    return _encoder.encode(fact)


def decode(body: bytes) -> Fact:
    """Return the fact in *body*; a stranger's bytes are a `MessageError`."""
    if len(body) > FACT_BYTES_MAX:
        raise MessageError(f"a fact of {len(body)} bytes; at most {FACT_BYTES_MAX}")
    try:
        return _decoder.decode(body)
    except UNREADABLE as error:
        raise MessageError(f"not a fact: {error}") from error
