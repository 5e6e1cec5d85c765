"""A shelf's snapshot put together from its parts."""

import hashlib
import zlib

from circulation import messages
from circulation.errors import MessageError
from circulation.messages import Shelf, ShelfPart

SHELF_BYTES_MAX = 512 << 20
PARTS_MAX = 10_000


class Snapshot:
    """The parts of a snapshot as they come, in any order, more than once."""

    def __init__(self) -> None:
        """Begin with none."""
        self._version = ""
        self._parts: dict[int, bytes] = {}

    def add(self, part: ShelfPart) -> Shelf | None:
        """Take *part*; return the shelf when it is whole, or raise `MessageError`."""
        if not 0 <= part.part < part.parts <= PARTS_MAX:
            raise MessageError(f"part {part.part} of {part.parts} of a shelf")
        if part.version != self._version:
            self._version, self._parts = part.version, {}
        self._parts[part.part] = part.data
        if len(self._parts) < part.parts:
            return None
        packed = b"".join(self._parts[number] for number in range(part.parts))
        self._parts = {}
        if hashlib.sha256(packed).hexdigest() != part.version:
            raise MessageError("a shelf whose hash is not its version")
        return messages.decode(_unpack(packed), Shelf)


def _unpack(packed: bytes) -> bytes:
    opener = zlib.decompressobj()
    try:
        body = opener.decompress(packed, SHELF_BYTES_MAX)
    except zlib.error as error:
        raise MessageError(f"a shelf that does not unpack: {error}") from error
    if opener.unconsumed_tail:
        raise MessageError(f"a shelf of more than {SHELF_BYTES_MAX} bytes")
    return body
