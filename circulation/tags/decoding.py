"""What a tag says, whoever wrote it; docs/explanation/tags.md has the order and its reasons."""

from collections.abc import Callable

import msgspec

from circulation.errors import MessageError
from circulation.tags import counter, iso28560_2, iso28560_3, ndef, rfid501
from circulation.tags.content import TagContent
from circulation.tags.counter import TagCounter
from circulation.tags.image import TagImage

BLANK, TEXT, UNKNOWN = "blank", "text", "unknown"
_FACTORY = (
    b"\x03\x00\xfe",
    b"\x01\x03\xa0\x0c\x34\x03\x00\xfe",
    b"\x03\x03\xd0\x00\x00\xfe",
)
"""What a new NTAG carries: an empty NDEF message, with or without its lock control."""
_NAMED = {iso28560_2.DSFID: iso28560_2.FORMAT, iso28560_3.DSFID: iso28560_3.FORMAT}


def decode(image: TagImage) -> TagContent:
    """Return what *image* says, with its doubts; any bytes have an answer."""
    content = _decode(image)
    return msgspec.structs.replace(content, afi=image.afi, counter=_counter(image, content))


def _counter(image: TagImage, content: TagContent) -> TagCounter | None:
    if content.format not in _NAMED.values() or content.crc_held is False:
        return None
    found = counter.read(image)
    if found is None:
        return None
    # What else is written on the tag must not reach into the counter's room.
    filled = image.memory[: found.at] + b"\xff" * counter.ROOM_BYTES
    same = _decode(msgspec.structs.replace(image, memory=filled)) == content
    return found if same else None


def _decode(image: TagImage) -> TagContent:
    if _is_blank(image.memory):
        return TagContent(uid=image.uid, format=BLANK)
    # What calls itself 28560-3 has a checksum: nothing without one is read into it.
    ways = _SUMMED if image.dsfid == iso28560_3.DSFID else _WAYS
    for way in ways:
        try:
            return _with_its_name(image, way(image))
        except MessageError:
            continue
    length = len(image.memory)
    few = length < iso28560_3.SHORT_BLOCK_BYTES
    doubt = f"only {length} bytes were read" if few else "no format that we know"
    return TagContent(uid=image.uid, format=UNKNOWN, doubts=(doubt,))


def _is_blank(memory: bytes) -> bool:
    kept = memory.rstrip(b"\0")
    empty = not kept or kept in _FACTORY or not memory.strip(b"\xff")
    return bool(memory) and (empty or rfid501.is_blank(memory))


def _with_its_name(image: TagImage, content: TagContent) -> TagContent:
    """Return *content*, in doubt where the tag's own DSFID names another format."""
    named = _NAMED.get(image.dsfid or 0)
    if named is None or named == content.format:
        return content
    doubt = f"its DSFID says {named}, and it is written as {content.format}"
    return msgspec.structs.replace(content, doubts=(*content.doubts, doubt))


def _text(image: TagImage) -> TagContent:
    text, _, rest = image.memory.partition(b"\0")
    number = text.decode("latin-1").strip()
    if len(number) < 4 or rest.strip(b"\0") or not ndef.is_number(number):
        raise MessageError("no plain text")
    doubts = ("plain text without any format",)
    return TagContent(uid=image.uid, format=TEXT, number=number, doubts=doubts)


_Way = Callable[[TagImage], TagContent]
_SUMMED: tuple[_Way, ...] = (iso28560_3.decode_held, iso28560_3.decode_torn)
_WAYS: tuple[_Way, ...] = (
    iso28560_3.decode_held,
    rfid501.decode,
    ndef.decode,
    iso28560_3.decode_bent,
    iso28560_2.decode,
    iso28560_3.decode_torn,
    _text,
)
