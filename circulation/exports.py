"""An export of a journal: what a station still keeps, in signed lines, for a USB stick."""

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Struct

from circulation import envelopes, messages, signing, topics
from circulation.errors import MessageError
from circulation.identifiers import StationId
from circulation.signing import MESSAGE_BYTES_MAX, Signer

PART_BYTES_MAX = 128 << 10


class ExportPart(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Line *part* (from 1) of *parts* of one export; its envelopes are of one station."""

    export: str
    """A random name, the same on every line."""
    part: int
    parts: int
    envelopes: list[bytes]


class Origin(Struct, frozen=True):
    """Who is believed to have made an export: the key that signs for it, and where it belongs."""

    partition: str
    key: ec.EllipticCurvePublicKey


def lines(kept: Iterable[bytes], *, name: str, partition: str, signer: Signer) -> Iterator[bytes]:
    """Yield the lines of export *name* with the envelopes in *kept*, each signed by *signer*."""
    topic = topics.topic(partition, StationId(signer.name), topics.EXPORT)
    parts = list(_parts(kept))
    for number, each in enumerate(parts, start=1):
        part = ExportPart(export=name, part=number, parts=len(parts), envelopes=each)
        yield signing.wrap(topic, messages.encode(part), signer) + b"\n"


def _parts(kept: Iterable[bytes]) -> Iterator[list[bytes]]:
    part: list[bytes] = []
    size = 0
    for raw in kept:
        if part and size + len(raw) > PART_BYTES_MAX:
            yield part
            part, size = [], 0
        part.append(raw)
        size += len(raw)
    if part:
        yield part


def read(file: BinaryIO, origin_of: Callable[[StationId], Origin]) -> Iterator[ExportPart]:
    """Yield the parts in *file*, each once it is known to be whole and whose it says.

    *origin_of* raises where a station is not to be believed. What is torn, mixed, forged or
    newer raises `MessageError`: go through all of it before anything is done.
    """
    before: ExportPart | None = None
    speaker = ""
    while line := file.readline(MESSAGE_BYTES_MAX + 2):
        frame = signing.unwrap(line)
        origin = origin_of(StationId(frame.by))
        topic = topics.topic(origin.partition, StationId(frame.by), topics.EXPORT)
        part = messages.decode(signing.verify(topic, frame, origin.key), ExportPart)
        _check_follows(part, before)
        if speaker not in ("", frame.by):
            raise MessageError(f"lines of {speaker} and of {frame.by} in one export")
        for raw in part.envelopes:
            if (owner := envelopes.address(raw).station) != frame.by:
                raise MessageError(f"an envelope of {owner} in an export of {frame.by}")
        before, speaker = part, frame.by
        yield part
    if before is None or before.part < before.parts:
        raise MessageError("it ends before its last line: it is torn")


def _check_follows(part: ExportPart, before: ExportPart | None) -> None:
    expected = before.part + 1 if before else 1
    name, parts = (before.export, before.parts) if before else (part.export, part.parts)
    if (part.export, part.part, part.parts) != (name, expected, parts) or expected > parts:
        raise MessageError(f"line {expected} is missing or of another export")
