"""Tags that can be handed from one program to another: what lies on a simulated bench."""

from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct

from circulation.errors import UNREADABLE, MessageError

DUMPS_BYTES_MAX = 4 << 20

ChipKind = Literal["ntag213", "ntag215", "ntag216", "classic1k", "iso14443-4", "slix", "slix2"]
Octet = Annotated[int, Meta(ge=0, le=0xFF)]


class Make(NamedTuple):
    """What one kind of chip can be and hold."""

    uid_bytes: tuple[int, ...]
    block_bytes: int
    memory_bytes: int
    """The user's memory; of a MIFARE Classic its data blocks without the first and the keys."""
    key_bytes: int = 0


MAKES: dict[ChipKind, Make] = {
    "ntag213": Make((7,), 4, 144, 4),
    "ntag215": Make((7,), 4, 504, 4),
    "ntag216": Make((7,), 4, 888, 4),
    "classic1k": Make((4, 7), 16, 752, 6),
    "iso14443-4": Make((4, 7, 10), 1, 0),
    "slix": Make((8,), 4, 112),
    "slix2": Make((8,), 4, 316),
}
"""NXP's data sheets: NTAG213/215/216 rev 3.2, MF1S50yyX rev 3.2, SL2S2002 and SL2S2602."""


class TagDump(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One tag with all that is written on it, and how a person would call it."""

    name: str
    kind: Literal["card", "book", "sign", "other"]
    uid: str
    """In hex, lower case, in the order the standard prints it."""
    pages: str
    """User memory from its first byte on (an NTAG's page 4), in hex; what follows is zeros."""
    chip: ChipKind = "ntag213"
    afi: Octet | None = None
    """Application family identifier; ISO 15693 only."""
    dsfid: Octet | None = None
    """Data storage format identifier; ISO 15693 only."""
    eas: bool = False
    """Whether the gate's alarm is armed; ISO 15693 only."""
    key: str = ""
    """What writing asks for, in hex: an NTAG's password, a MIFARE Classic's key A; empty: none."""
    title: str = ""
    patron: str = ""
    pin: str = ""
    branch: str = ""

    @property
    def memory(self) -> bytes:
        """Return the bytes of *pages*."""
        return bytes.fromhex(self.pages)

    @property
    def make(self) -> Make:
        """Return what this tag's chip can be and hold."""
        return MAKES[self.chip]


_decoder = msgspec.json.Decoder(list[TagDump])


def encode(dumps: list[TagDump]) -> bytes:
    """Return *dumps* as JSON, in their order, one tag a line."""
    lines = b",\n".join(msgspec.json.encode(dump) for dump in dumps)
    return b"[\n" + lines + b"\n]\n"


def decode(body: bytes) -> list[TagDump]:
    """Return the tags in *body*; a stranger's bytes are a `MessageError`."""
    if len(body) > DUMPS_BYTES_MAX:
        raise MessageError(f"tags in {len(body)} bytes; at most {DUMPS_BYTES_MAX}")
    try:
        dumps = _decoder.decode(body)
    except UNREADABLE as error:
        raise MessageError(f"not a list of tags: {error}") from error
    for dump in dumps:
        if fault := _fault(dump):
            raise MessageError(f"tag {dump.name!r}: {fault}")
    return dumps


def _fault(dump: TagDump) -> str | None:
    """Return what such a tag cannot be, None where all is well."""
    try:
        uid, memory, key = bytes.fromhex(dump.uid), dump.memory, bytes.fromhex(dump.key)
    except ValueError as error:
        return f"not hex: {error}"
    make = dump.make
    if len(uid) not in make.uid_bytes:
        lengths = " or ".join(map(str, make.uid_bytes))
        return f"a UID of {dump.chip} has {lengths} bytes, not {len(uid)}"
    if len(memory) % make.block_bytes or len(memory) > make.memory_bytes:
        return (
            f"{len(memory)} bytes of memory; {dump.chip} has blocks of {make.block_bytes} "
            f"and {make.memory_bytes} in all"
        )
    if key and len(key) != make.key_bytes:
        return f"a key of {dump.chip} has {make.key_bytes} bytes, not {len(key)}"
    if make.uid_bytes != (8,) and (dump.eas or (dump.afi, dump.dsfid) != (None, None)):
        return f"{dump.chip} has neither AFI, DSFID nor EAS"
    return None
