"""What may be written on a tag, and what it is then: decided without touching one."""

from typing import Literal

from msgspec import Struct

from circulation.errors import MessageError
from circulation.tags import iso28560_2, iso28560_3
from circulation.tags.content import TagContent, Usage
from circulation.tags.image import TagImage

CARD, UNKNOWN = "card", "unknown"
Format = Literal["28560-3", "28560-2"]
DSFIDS: dict[Format, int] = {"28560-3": iso28560_3.DSFID, "28560-2": iso28560_2.DSFID}
"""What an ISO 15693 tag calls its data format."""


class Wish(Struct, frozen=True, kw_only=True):
    """What a tag is to say."""

    item: str
    owner: str
    """ISIL of the library that owns it."""
    format: Format = "28560-3"
    usage: Usage = Usage.CIRCULATING
    parts: int = 1
    part: int = 1
    over: frozenset[str] = frozenset()
    """What may be written over: an ISIL, `card`, `unknown`."""


def encoded(wish: Wish, size: int) -> bytes:
    """Return the bytes of *wish* in *size* bytes; what does not fit is a `MessageError`."""
    if wish.format == iso28560_2.FORMAT:
        return iso28560_2.encode(
            wish.item,
            owner=wish.owner,
            usage=wish.usage,
            parts=wish.parts,
            part=wish.part,
            size=size,
        )
    if size < iso28560_3.SHORT_BLOCK_BYTES or size == iso28560_3.SHORT_BLOCK_BYTES + 1:
        raise MessageError(f"a basic block has 32 or 34 bytes, and there are {size}")
    block = iso28560_3.encode_basic(
        wish.item,
        usage=wish.usage,
        parts=wish.parts,
        part=wish.part,
        owner=wish.owner,
        length=min(size, iso28560_3.BLOCK_BYTES),
    )
    return block.ljust(size, b"\0")


def refusal(before: TagContent, wish: Wish) -> str:
    """Return what must be named before a tag that says *before* is written over, or nothing.

    An ISIL, `card`, or `unknown`.
    """
    if before.owner and before.owner != wish.owner and before.owner not in wish.over:
        return before.owner
    is_card = before.usage is Usage.PATRON_CARD and wish.usage is not Usage.PATRON_CARD
    if is_card and CARD not in wish.over:
        return CARD
    strange = before.format == UNKNOWN or (before.format == "ndef" and not before.number)
    return UNKNOWN if strange and UNKNOWN not in wish.over else ""


def patch(image: TagImage, wish: Wish) -> bytes:
    """Return what is to be written from the first byte on, in whole blocks of *image*."""
    size = len(image.memory) // image.block_bytes * image.block_bytes
    body = encoded(wish, size)
    # A zero ends each format, after a last byte that may be zero too; what follows stays as it is.
    ended = len(body.rstrip(b"\0")) + 2
    used = min(size, max(ended, iso28560_3.BLOCK_BYTES + 1))
    return body[: -(-used // image.block_bytes) * image.block_bytes]


def is_said(content: TagContent, wish: Wish) -> bool:
    """Return whether *content* is what *wish* asked for, without a doubt."""
    told = (content.number, content.owner, content.usage, content.parts, content.part)
    asked = (wish.item, wish.owner, wish.usage, wish.parts, wish.part)
    return told == asked and content.format == wish.format and not content.doubts
