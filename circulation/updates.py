"""What stations are to run: a list signed by a technician, of files named by their SHA-256."""

from typing import Annotated, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Meta, Struct

from circulation import signing
from circulation.errors import UNREADABLE, ForgedError, MessageError
from circulation.identifiers import StationId
from circulation.signing import Signer

CURRENT = "current.json"
"""The list; beside it `files/` has each file under its SHA-256."""
FILES = "files"
REPORT = "/join/report"
FILE_BYTES_MAX = 1 << 30
EVERYBODY = "*"
ARCHIVE, INVENTORY, WHEELS = "fingertopp.tar.gz", "inventory.json", "wheels/"
_LIST, _REPORT = "updates/current", "updates/report"

Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class File(Struct, frozen=True, forbid_unknown_fields=True):
    """What one file must be."""

    sha256: Sha256
    bytes: Annotated[int, Meta(ge=0, le=FILE_BYTES_MAX)]


class Bundle(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A version, and all that it takes to install it without anybody else."""

    v: Literal[1] = 1
    serial: Annotated[int, Meta(ge=1)]
    """UTC milliseconds when it was made: an older one is never taken after a newer."""
    version: Annotated[str, Meta(pattern="^[0-9a-f]{12}$")]
    wave: list[str]
    """Station ids and branch codes; `*` is everybody."""
    files: dict[Annotated[str, Meta(pattern="^[A-Za-z0-9][A-Za-z0-9._+/-]*$")], File]

    def is_for(self, station: StationId, branch: str) -> bool:
        """Return whether *station* in *branch* is in the wave."""
        return not {EVERYBODY, station, branch}.isdisjoint(self.wave)


class Report(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What came of it on one station."""

    station: Annotated[StationId, Meta(max_length=64)]
    serial: int
    version: Annotated[str, Meta(max_length=12)]
    """What is in force now: the bundle's, or the last good one."""
    changed: int
    failed: int
    """How many tasks of the playbook."""
    at_ms: int


def sign_bundle(bundle: Bundle, signer: Signer) -> bytes:
    """Return *bundle* signed."""
    return signing.wrap(_LIST, msgspec.json.encode(bundle), signer)


def read_bundle(frame: bytes, key: ec.EllipticCurvePublicKey) -> Bundle:
    """Return the bundle in *frame* where *key* signed it; else `ForgedError` or `MessageError`."""
    body = signing.verify(_LIST, signing.unwrap(frame), key)
    try:
        bundle = msgspec.json.decode(body, type=Bundle)
    except UNREADABLE as error:
        raise MessageError(f"not a bundle: {error}") from error
    if any(".." in name.split("/") for name in bundle.files):
        raise ForgedError("a bundle with a file outside of itself")
    return bundle


def sign_report(report: Report, signer: Signer) -> bytes:
    """Return *report* signed by its station."""
    return signing.wrap(_REPORT, msgspec.json.encode(report), signer)


def read_report(frame: bytes, key: ec.EllipticCurvePublicKey) -> Report:
    """Return the report in *frame* where *key*, the key of the station it names, signed it."""
    sent = signing.unwrap(frame)
    body = signing.verify(_REPORT, sent, key)
    try:
        report = msgspec.json.decode(body, type=Report)
    except UNREADABLE as error:
        raise MessageError(f"not a report: {error}") from error
    if report.station != sent.by:
        raise ForgedError("a report in another station's name")
    return report
