"""RFID501, the format that 3M wrote before there was a standard: no checksum, no ISIL."""

from circulation.errors import MessageError
from circulation.tags.content import TagContent
from circulation.tags.image import TagImage

FORMAT = "rfid501"
BLOCK_BYTES = 32
_FIRST = 0x04
_NUMBER = slice(4, 20)
_BRANCH = slice(20, 24)
_END = slice(28, 32)
_NO_CHECKSUM = "the format has no checksum: the number is believed as it stands"
BLANK = b"U" * 24 + bytes(4)
"""What 3M leaves on a tag that is not yet written."""


def is_blank(memory: bytes) -> bool:
    """Return whether *memory* is as 3M delivered it."""
    return memory.startswith(BLANK)


def decode(image: TagImage) -> TagContent:
    """Return what *image* says; a `MessageError` where it is not of this format."""
    block = image.memory[:BLOCK_BYTES]
    if len(block) < BLOCK_BYTES or block[0] != _FIRST or block[2] or any(block[_END]):
        raise MessageError("not the fixed bytes of RFID501")
    number = block[_NUMBER].rstrip(b"\0").decode("latin-1").strip()
    if not number or not number.isascii() or not number.isprintable():
        raise MessageError("no number where RFID501 has it")
    part, parts = divmod(block[1], 16)
    doubts = [_NO_CHECKSUM]
    if not 1 <= part <= parts:
        doubts.append(f"part {part} of {parts} is none")
        part, parts = 1, 1
    return TagContent(
        uid=image.uid, format=FORMAT, number=number, parts=parts, part=part, doubts=tuple(doubts)
    )


def encode(number: str, *, parts: int = 1, part: int = 1) -> bytes:
    """Return the block of an item whose branch and library are not said."""
    coded = number.encode("latin-1", "replace")
    if not number.isascii() or not number.isprintable() or not 1 <= len(coded) <= 16:
        raise MessageError(f"{number!r} is not 1 to 16 letters and digits")
    if not 1 <= part <= parts <= 15:
        raise MessageError(f"part {part} of {parts}: RFID501 counts from 1 to 15")
    head = bytes([_FIRST, part << 4 | parts, 0, 0])
    return head + coded.ljust(16, b"\0") + bytes(4) + b"\xff" * 4 + bytes(4)
