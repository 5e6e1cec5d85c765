"""ISO 28560-3, the fixed basic block of a library tag: bytes to meaning and back."""

import re
from binascii import crc_hqx

from msgspec import Struct

from circulation.errors import MessageError
from circulation.tags.content import TagContent, Usage

FORMAT = "28560-3"
BLOCK_BYTES = 34
SHORT_BLOCK_BYTES = 32
"""On a 256-bit tag the block ends two bytes early, and is summed as if they were zero."""
NUMBER_BYTES_MAX = 16

_VERSION = 1
_NUMBER = slice(3, 19)
_CRC = slice(19, 21)
_OWNER_AT = 21
_PAGE_BYTES = 4
_ISIL = re.compile(r"[A-Z]{2}-[0-9A-Za-z:/-]+")
_FACTORY = (
    b"\x03\x00\xfe",
    b"\x01\x03\xa0\x0c\x34\x03\x00\xfe",
    b"\x03\x03\xd0\x00\x00\xfe",
)
"""What a new NTAG carries: an empty NDEF message, with or without its lock control."""


class BasicBlock(Struct, frozen=True, kw_only=True):
    """One basic block as it stands, mended where the mending is sure."""

    number: str
    """Empty where the sixteen bytes are no text."""
    usage: Usage | None
    parts: int
    part: int
    owner: str
    crc_held: bool
    doubts: tuple[str, ...] = ()


# --- Bytes to meaning ---------------------------------------------------------------------


def decode(uid: str, memory: bytes) -> TagContent:
    """Return what the tag *uid* says in *memory*, read from page 4 on; never fails."""
    uid = uid.lower()
    if _is_blank(memory):
        return TagContent(uid=uid, format="blank")
    if len(memory) < SHORT_BLOCK_BYTES:
        return _unknown(uid, f"only {len(memory)} bytes were read")
    block = decode_basic(memory)
    if not block.number:
        return _unknown(uid, "no item number stands where ISO 28560-3 has it")
    if not block.crc_held and not _looks_like_a_block(memory):
        return _unknown(uid, "neither its checksum nor its shape is that of ISO 28560-3")
    return TagContent(
        uid=uid,
        format=FORMAT,
        number=block.number,
        usage=block.usage,
        parts=block.parts,
        part=block.part,
        owner=block.owner,
        crc_held=block.crc_held,
        doubts=block.doubts,
    )


def decode_basic(memory: bytes) -> BasicBlock:
    """Return the basic block that *memory* begins with; at least 32 bytes of it."""
    assert len(memory) >= SHORT_BLOCK_BYTES, "less than a basic block was read"
    for block, doubts in _readings(memory):
        if _crc_holds(block):
            return _fields(block, doubts, crc_held=True)
    block = memory[:BLOCK_BYTES].ljust(BLOCK_BYTES, b"\0")
    return _fields(block, ("the checksum is wrong: half written, or torn",), crc_held=False)


def _is_blank(memory: bytes) -> bool:
    kept = memory.rstrip(b"\0")
    empty = not kept or kept in _FACTORY or not memory.strip(b"\xff")
    return bool(memory) and empty


def _unknown(uid: str, doubt: str) -> TagContent:
    return TagContent(uid=uid, format="unknown", doubts=(doubt,))


def _looks_like_a_block(memory: bytes) -> bool:
    """Return whether the first bytes are such as only a library writes."""
    version, usage = divmod(memory[0], 16)
    parts, part = memory[1], memory[2]
    return version == _VERSION and usage in set(Usage) and 1 <= part <= parts


def _readings(memory: bytes) -> list[tuple[bytes, tuple[str, ...]]]:
    """Return *memory* as a block in each of the ways that readers are known to deliver it."""
    whole = memory[: BLOCK_BYTES + 2].ljust(BLOCK_BYTES + 2, b"\0")
    pages = (whole[at : at + _PAGE_BYTES] for at in range(0, len(whole), _PAGE_BYTES))
    turned = b"".join(page[::-1] for page in pages)
    backwards = ("every page came last byte first",)
    return [
        (whole[:BLOCK_BYTES], ()),
        (_short(whole), ()),
        (turned[:BLOCK_BYTES], backwards),
        (_short(turned), backwards),
    ]


def _short(block: bytes) -> bytes:
    return block[:SHORT_BLOCK_BYTES].ljust(BLOCK_BYTES, b"\0")


def _crc(block: bytes) -> bytes:
    summed = block[: _CRC.start] + block[_CRC.stop :]
    return crc_hqx(summed, 0xFFFF).to_bytes(2, "little")


def _crc_holds(block: bytes) -> bool:
    return block[_CRC] == _crc(block)


def _fields(block: bytes, doubts: tuple[str, ...], *, crc_held: bool) -> BasicBlock:
    usage, usage_doubts = _usage(block[0])
    parts, part, part_doubts = _parts(block[1], block[2])
    number = _text(block[_NUMBER])
    owner, owner_doubts = _owner(block[_OWNER_AT:])
    spaced = ("the number is padded with spaces",) if number != number.strip() else ()
    return BasicBlock(
        number=number.strip(),
        usage=usage,
        parts=parts,
        part=part,
        owner=owner,
        crc_held=crc_held,
        doubts=doubts + usage_doubts + part_doubts + spaced + owner_doubts,
    )


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
    if _ISIL.fullmatch(isil):
        return isil, ()
    return text, ("the owner is not an ISIL",)


# --- Meaning to bytes ---------------------------------------------------------------------


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
    if not _ISIL.fullmatch(owner):
        raise MessageError(f"{owner!r} is not an ISIL such as `SE-Um`")
    coded = owner.replace("-", "", 1).encode("ascii")
    if len(coded) > BLOCK_BYTES - _OWNER_AT:
        raise MessageError(f"owner {owner!r} does not fit a tag")
    return coded
