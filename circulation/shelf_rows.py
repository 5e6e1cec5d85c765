"""A shelf as rows: their version, which only depends on the content, and how they are packed."""

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from enum import StrEnum

import msgspec
from msgspec import Struct

from circulation import messages
from circulation.errors import UNREADABLE, MessageError
from circulation.messages import (
    ShelfBranch,
    ShelfCard,
    ShelfItem,
    ShelfMenu,
    ShelfSaying,
    ShelfSign,
    ShelfTitle,
)

SHELF_BYTES_MAX = 512 << 20
ROW_BYTES_MAX = 256 << 10
CHUNK_BYTES = 64 << 10
PART_BYTES = 32 << 10
PARTS_MAX = 16_384
BURST_PARTS = 8
"""How many parts are asked for and sent at a time, so that answers pass in between."""

GONE = msgspec.Raw(b"null")


class Kind(StrEnum):
    """What a row is about; versions are computed in this order."""

    BRANCH = "branch"
    TITLE = "title"
    ITEM = "item"
    CARD = "card"
    SIGN = "sign"
    MENU = "menu"
    SAYING = "saying"


_BODIES: dict[Kind, type[Struct]] = {
    Kind.BRANCH: ShelfBranch,
    Kind.TITLE: ShelfTitle,
    Kind.ITEM: ShelfItem,
    Kind.CARD: ShelfCard,
    Kind.SIGN: ShelfSign,
    Kind.MENU: ShelfMenu,
    Kind.SAYING: ShelfSaying,
}


class Row(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One row; *body* is its JSON as the hub wrote it, or `GONE`."""

    kind: Kind
    key: str
    body: msgspec.Raw

    @property
    def gone(self) -> bool:
        """Return whether the row is to be taken away."""
        return bytes(self.body) == bytes(GONE)


_decoder = msgspec.json.Decoder(Row)


def version(digests: Iterable[str]) -> str:
    """Return the version of a shelf whose kinds have *digests*, in the order of `Kind`."""
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def digest(rows: Iterable[tuple[str, bytes]]) -> str:
    """Return the digest of one kind's *rows* (key, body), which come in order of their keys."""
    whole = hashlib.sha256()
    for key, body in rows:
        name = key.encode()
        whole.update(b"%d:%d:%b%b" % (len(name), len(body), name, body))
    return whole.hexdigest()


def pack(rows: Iterable[Row]) -> bytes:
    """Return *rows* as they are sent; the same rows always make the same bytes."""
    packer = zlib.compressobj()
    pieces = [packer.compress(messages.encode(row) + b"\n") for row in rows]
    return b"".join(pieces) + packer.flush()


def name(packed: bytes) -> str:
    """Return what the pack *packed* is called: its hash."""
    return hashlib.sha256(packed).hexdigest()


def unpack(pieces: Iterable[bytes], pack_name: str) -> Iterator[Row]:
    """Give the rows of the pack *pack_name* out of its *pieces*, one by one.

    Raises `MessageError` for what is no pack, and, after the last row, for one of another
    name: nobody may believe a row before the end has come.
    """
    whole, size, rest = hashlib.sha256(), 0, b""
    for chunk in _inflated(pieces, whole):
        size += len(chunk)
        *lines, rest = (rest + chunk).split(b"\n")
        if size > SHELF_BYTES_MAX or len(rest) > ROW_BYTES_MAX:
            raise MessageError(f"a shelf of more than {SHELF_BYTES_MAX} bytes, or one such row")
        yield from map(_row, lines)
    if rest or whole.hexdigest() != pack_name:
        raise MessageError("a shelf's pack that is torn, or not the one it is called")


def _inflated(pieces: Iterable[bytes], whole: "hashlib._Hash") -> Iterator[bytes]:
    opener = zlib.decompressobj()
    try:
        for piece in pieces:
            whole.update(piece)
            left = piece
            while left:
                yield opener.decompress(left, CHUNK_BYTES)
                left = opener.unconsumed_tail
        yield opener.flush()
    except zlib.error as error:
        raise MessageError(f"a shelf that does not unpack: {error}") from error
    if not opener.eof:
        raise MessageError("a shelf's pack that breaks off")


def _row(line: bytes) -> Row:
    try:
        row = _decoder.decode(line)
    except UNREADABLE as error:
        raise MessageError(f"not a shelf's row: {error}") from error
    if not row.gone:
        messages.decode(bytes(row.body), _BODIES[row.kind])
    return row
