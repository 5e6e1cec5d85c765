"""What a machine and the hub say to each other when it becomes a station; see enrolment.md."""

import hashlib
from typing import Annotated

from msgspec import Meta, Struct

from circulation.identifiers import StationId

JOIN = "/join"
RENEW = "/join/renew"
BODY_BYTES_MAX = 16 << 10

Pem = Annotated[str, Meta(max_length=4096)]


def token_hash(token: str) -> str:
    """Return what is kept of *token*: how it is written does not matter."""
    plain = "".join(token.split()).replace("-", "").upper()
    return hashlib.sha256(plain.encode()).hexdigest()


class Join(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Take me in as *station*: the token that was meant for it, and a signing request."""

    station: Annotated[StationId, Meta(max_length=64)]
    token: Annotated[str, Meta(max_length=64)]
    request: Pem
    serial: Annotated[str, Meta(max_length=64)] = ""
    """Of the machine, where it has one."""


class Joined(Struct, frozen=True, kw_only=True):
    """All that a station must be given."""

    certificate: Pem
    authority: Annotated[str, Meta(max_length=4 * 4096)]
    """The certificates of all authorities that are trusted, one after another."""
    hub_certificate: Pem
    hub_name: str
    sealing_id: str
    sealing_public: bytes
    card_key: bytes
    number: int
    partition: str
    branch: str
    kit: str
    epoch: int
    broker_host: str
    broker_port: int
    portal_url: str


class Renew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another certificate for the key that has signed *request*, please."""

    station: Annotated[StationId, Meta(max_length=64)]
    request: Pem


class Renewed(Struct, frozen=True, kw_only=True):
    """It."""

    certificate: Pem
    hub_certificate: Pem = ""
    """The hub's own, which another authority may have signed since."""


class NotJoined(Struct, frozen=True, kw_only=True):
    """Why not, or that somebody must accept it first."""

    message: str
