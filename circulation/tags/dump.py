"""Tags that can be handed from one program to another: what lies on a simulated bench."""

from typing import Literal

import msgspec
from msgspec import Struct

from circulation.errors import UNREADABLE, MessageError

DUMPS_BYTES_MAX = 4 << 20


class TagDump(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One NTAG sticker with all that is written on it, and how a person would call it."""

    name: str
    kind: Literal["card", "book", "sign", "other"]
    uid: str
    """Seven bytes in hex, lower case."""
    pages: str
    """User memory from page 4 on, in hex; what follows is zeros."""
    title: str = ""
    patron: str = ""
    pin: str = ""
    branch: str = ""

    @property
    def memory(self) -> bytes:
        """Return the bytes of *pages*."""
        return bytes.fromhex(self.pages)


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
        _check(dump)
    return dumps


def _check(dump: TagDump) -> None:
    try:
        uid, memory = bytes.fromhex(dump.uid), dump.memory
    except ValueError as error:
        raise MessageError(f"tag {dump.name!r}: not hex: {error}") from error
    if len(uid) != 7 or len(memory) % 4:
        raise MessageError(f"tag {dump.name!r}: a UID has 7 bytes and a page 4")
