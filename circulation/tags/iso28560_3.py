"""ISO 28560-3, the fixed basic block of a library tag: bytes to meaning and back."""

import functools
import operator
from binascii import crc_hqx
from collections.abc import Iterator
from typing import NamedTuple

from circulation.errors import MessageError
from circulation.tags.content import TagContent, Usage
from circulation.tags.image import TagImage
from circulation.tags.isil import ISIL

FORMAT = "28560-3"
BLOCK_BYTES = 34
SHORT_BLOCK_BYTES = 32
"""On a 256-bit tag the block ends two bytes early, and is summed as if they were zero."""
NUMBER_BYTES_MAX = 16
DSFID = 0x3E

_VERSION = 1
_NUMBER = slice(3, 19)
_CRC = slice(19, 21)
_OWNER_AT = 21
_EXTENSION_HEAD = 4
_BACKWARDS = "every page came last byte first"
_FOLLOWED = "something stands where only zeros may follow a block of 32 bytes"


# --- Bytes to meaning ---------------------------------------------------------------------


def decode_held(image: TagImage) -> TagContent:
    """Return what *image* says in a block whose checksum holds; else a `MessageError`."""
    for reading in _long_enough(image):
        if _crc_holds(reading.block) and _text(reading.block[_NUMBER]).strip():
            return _content(image, reading, crc_held=True)
    raise MessageError("no checksum of ISO 28560-3 holds")


def decode_torn(image: TagImage) -> TagContent:
    """Return what stands in a block of which only the checksum is wrong; else a `MessageError`."""
    reading = _long_enough(image)[0]
    if not _is_plausible(reading.block):
        raise MessageError("neither its checksum nor its shape is that of ISO 28560-3")
    return _content(image, reading, crc_held=False)


def decode_bent(image: TagImage) -> TagContent:
    """Return what stands in a block of which one bit is wrong; else a `MessageError`.

    Such a block may look like another format, which has no checksum to tell.
    """
    for reading in _long_enough(image):
        if _is_bent(reading.block):
            return _content(image, reading, crc_held=False)
    raise MessageError("not a block of ISO 28560-3 but for one bit")


def _is_bent(block: bytes) -> bool:
    bits = _bits_by_syndrome().get(_syndrome(block), ())
    return any(_is_plausible(_turned(block, at, bit)) for at, bit in bits)


def _syndrome(block: bytes) -> int:
    """Return in what the checksum of *block* differs from the one that stands in it."""
    return int.from_bytes(_crc(block)) ^ int.from_bytes(block[_CRC])


@functools.cache
def _bits_by_syndrome() -> dict[int, list[tuple[int, int]]]:
    """Return which one bit (of which byte), where it is wrong, makes which syndrome.

    A checksum is linear but for its start, so that this holds for every block.
    """
    found: dict[int, list[tuple[int, int]]] = {}
    nothing = bytes(BLOCK_BYTES)
    for at in range(BLOCK_BYTES):
        for bit in range(8):
            made = _syndrome(_turned(nothing, at, bit)) ^ _syndrome(nothing)
            found.setdefault(made, []).append((at, bit))
    return found


def _turned(block: bytes, at: int, bit: int) -> bytes:
    return block[:at] + bytes([block[at] ^ 1 << bit]) + block[at + 1 :]


def _is_plausible(block: bytes) -> bool:
    return bool(_looks_like_a_block(block) and _text(block[_NUMBER]).strip())


class _Reading(NamedTuple):
    """A memory in one of the ways that readers are known to deliver it, and its basic block."""

    memory: bytes
    block: bytes
    doubts: tuple[str, ...]


def _long_enough(image: TagImage) -> list[_Reading]:
    if len(image.memory) < SHORT_BLOCK_BYTES:
        raise MessageError(f"only {len(image.memory)} bytes were read")
    pages = range(0, len(image.memory), image.block_bytes)
    turned = b"".join(image.memory[at : at + image.block_bytes][::-1] for at in pages)
    return [*_readings(image.memory, ()), *_readings(turned, (_BACKWARDS,))]


def _readings(memory: bytes, doubts: tuple[str, ...]) -> Iterator[_Reading]:
    yield _Reading(memory, memory[:BLOCK_BYTES].ljust(BLOCK_BYTES, b"\0"), doubts)
    if any(memory[SHORT_BLOCK_BYTES:BLOCK_BYTES]):
        short = memory[:SHORT_BLOCK_BYTES].ljust(BLOCK_BYTES, b"\0")
        yield _Reading(memory, short, (*doubts, _FOLLOWED))


def _content(image: TagImage, reading: _Reading, *, crc_held: bool) -> TagContent:
    block = reading.block
    number = _text(block[_NUMBER])
    usage, usage_doubts = _usage(block[0])
    parts, part, part_doubts = _parts(block[1], block[2])
    spaced = ("the number is padded with spaces",) if number != number.strip() else ()
    owner, owner_doubts = _owner(block[_OWNER_AT:])
    torn = () if crc_held else _torn(owner)
    extensions, after = _extensions(reading.memory) if crc_held else ((), ())
    return TagContent(
        uid=image.uid,
        format=FORMAT,
        number=number.strip(),
        usage=usage,
        parts=parts,
        part=part,
        owner=owner,
        crc_held=crc_held,
        extensions=extensions,
        doubts=torn + reading.doubts + usage_doubts + part_doubts + spaced + owner_doubts + after,
    )


def _torn(owner: str) -> tuple[str, ...]:
    wrong = "the checksum is wrong: half written, or torn"
    if not owner or ISIL.fullmatch(owner):
        return (wrong,)
    return wrong, "or written before there was a checksum: its owner is no ISIL either"


def _looks_like_a_block(memory: bytes) -> bool:
    """Return whether the first bytes are such as only a library writes."""
    version, usage = divmod(memory[0], 16)
    parts, part = memory[1], memory[2]
    return version == _VERSION and usage in set(Usage) and 1 <= part <= parts


def _crc(block: bytes) -> bytes:
    summed = block[: _CRC.start] + block[_CRC.stop :]
    return crc_hqx(summed, 0xFFFF).to_bytes(2, "little")


def _crc_holds(block: bytes) -> bool:
    return block[_CRC] == _crc(block)


def _usage(first: int) -> tuple[Usage | None, tuple[str, ...]]:
    version, usage = divmod(first, 16)
    doubts: tuple[str, ...] = ()
    if version != _VERSION and usage == _VERSION:
        # One maker writes the two halves the other way round.
        version, usage = usage, version
        doubts = ("version and type of usage are swapped",)
    if version != _VERSION:
        doubts = (f"version {version} of the block is not one we know",)
    if usage not in set(Usage):
        return None, (*doubts, f"type of usage {usage} means nothing")
    return Usage(usage), doubts


def _parts(parts: int, part: int) -> tuple[int, int, tuple[str, ...]]:
    if part > parts:
        parts, part = part, parts
        swapped: tuple[str, ...] = ("part and number of parts are swapped",)
    else:
        swapped = ()
    if part == 0:
        return max(parts, 1), 1, ("the tag does not say which part this is",)
    return parts, part, swapped


def _text(padded: bytes) -> str:
    """Return the text before the zeros, or nothing where it is none."""
    try:
        text = padded.rstrip(b"\0").decode()
    except UnicodeDecodeError:
        return ""
    return text if text.isprintable() else ""


def _owner(padded: bytes) -> tuple[str, tuple[str, ...]]:
    text = _text(padded)
    isil = f"{text[:2]}-{text[2:]}"
    if ISIL.fullmatch(isil):
        return isil, ()
    return text, ("the owner is not an ISIL",)


def _extensions(memory: bytes) -> tuple[tuple[tuple[int, bytes], ...], tuple[str, ...]]:
    """Return the extension blocks that are whole, and doubts: length, id (2), XOR, payload."""
    found: list[tuple[int, bytes]] = []
    at = BLOCK_BYTES
    while at < len(memory) and memory[at]:
        block = memory[at : at + memory[at]]
        if len(block) < memory[at] or len(block) <= _EXTENSION_HEAD or _xor(block):
            return tuple(found), ("an extension block is torn",)
        found.append((int.from_bytes(block[1:3], "big"), block[_EXTENSION_HEAD:]))
        at += len(block)
    # A head without its length is a block that was torn, and not the end.
    lost = any(memory[at : at + _EXTENSION_HEAD])
    return tuple(found), ("an extension block is torn",) if lost else ()


def _xor(block: bytes) -> int:
    return functools.reduce(operator.xor, block, 0)


# --- Meaning to bytes ---------------------------------------------------------------------


def encode_extension(id_: int, payload: bytes) -> bytes:
    """Return one extension block; a tag with 32 bytes has no room for any."""
    if not 0 <= id_ <= 0xFFFF or not 1 <= len(payload) <= 0xFF - _EXTENSION_HEAD:
        raise MessageError(f"extension {id_} with {len(payload)} bytes fits no block")
    length = _EXTENSION_HEAD + len(payload)
    head = bytes([length]) + id_.to_bytes(2, "big")
    return head + bytes([_xor(head + payload)]) + payload


def encode_basic(
    number: str,
    *,
    usage: Usage,
    parts: int = 1,
    part: int = 1,
    owner: str,
    length: int = SHORT_BLOCK_BYTES,
) -> bytes:
    """Return the basic block in *length* bytes, 32 or 34; what does not fit is a `MessageError`."""
    assert length in {SHORT_BLOCK_BYTES, BLOCK_BYTES}, "a basic block has 32 or 34 bytes"
    if not 1 <= part <= parts <= 0xFF:
        raise MessageError(f"part {part} of {parts}: a tag counts parts from 1 to 255")
    head = bytes([_VERSION << 4 | usage, parts, part])
    tail = _owner_bytes(owner).ljust(BLOCK_BYTES - _OWNER_AT, b"\0")
    block = head + _number_bytes(number) + b"\0\0" + tail
    if any(block[length:]):
        raise MessageError(f"owner {owner!r} does not fit a tag of {length} bytes")
    return (block[: _CRC.start] + _crc(block) + tail)[:length]


def _number_bytes(number: str) -> bytes:
    coded = number.encode()
    if not number or not number.isprintable() or number != number.strip():
        raise MessageError(f"{number!r} is not an item number: letters and digits, not empty")
    if len(coded) > NUMBER_BYTES_MAX:
        raise MessageError(f"{number!r} has {len(coded)} bytes; a tag holds {NUMBER_BYTES_MAX}")
    return coded.ljust(NUMBER_BYTES_MAX, b"\0")


def _owner_bytes(owner: str) -> bytes:
    if not ISIL.fullmatch(owner):
        raise MessageError(f"{owner!r} is not an ISIL such as `SE-Um`")
    coded = owner.replace("-", "", 1).encode("ascii")
    if len(coded) > BLOCK_BYTES - _OWNER_AT:
        raise MessageError(f"owner {owner!r} does not fit a tag")
    return coded
