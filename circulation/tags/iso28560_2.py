"""ISO 28560-2: a library's data elements, each on its own, as ISO/IEC 15962 writes them."""

from msgspec import Struct

from circulation.errors import MessageError
from circulation.tags import isil
from circulation.tags.compaction import Compaction, compact, expand
from circulation.tags.content import TagContent, Usage
from circulation.tags.image import TagImage

FORMAT = "28560-2"
DSFID = 0x06
ITEM, CONTENT, OWNER, SET, USAGE = 1, 2, 3, 4, 5
ELEMENTS_MAX = 64
_LONG_OID = 15
_OFFSET, _LONG = 0x80, 0x80
_PAD = 0x80


class Element(Struct, frozen=True):
    """One data element: its relative OID, how its bytes are to be read, and the bytes."""

    oid: int
    way: Compaction
    body: bytes

    @property
    def value(self) -> str:
        """Return what it says; a `MessageError` where it says nothing."""
        if self.oid == OWNER and self.way is Compaction.APPLICATION:
            return isil.expand(self.body)
        return expand(self.way, self.body)


# --- Bytes to meaning ------------------------------------------------------------------------


def elements(memory: bytes) -> list[Element]:
    """Return the chain of elements that *memory* begins with; a torn chain is a `MessageError`."""
    found: list[Element] = []
    at = 0
    while at < len(memory) and memory[at] and len(found) < ELEMENTS_MAX:
        if memory[at] == _PAD:
            at += 2 + _byte(memory, at + 1)
            continue
        element, at = _element(memory, at)
        found.append(element)
    return found


def decode(image: TagImage) -> TagContent:
    """Return what *image* says; a `MessageError` where it is not of this format."""
    found = {each.oid: each for each in reversed(elements(image.memory))}
    if ITEM not in found or not (number := _number(found[ITEM].value)):
        raise MessageError("no primary item identifier")
    usage, offline, doubts = _usage(found.get(USAGE))
    parts, part, part_doubts = _parts(found.get(SET))
    owner, owner_doubts = _owner(found.get(OWNER))
    return TagContent(
        uid=image.uid,
        format=FORMAT,
        number=number,
        usage=usage,
        not_offline=offline,
        parts=parts,
        part=part,
        owner=owner,
        doubts=(*doubts, *part_doubts, *owner_doubts),
    )


def _byte(memory: bytes, at: int) -> int:
    if at >= len(memory):
        raise MessageError("an element that ends in the midst of itself")
    return memory[at]


def _element(memory: bytes, at: int) -> tuple[Element, int]:
    """Return the element at *at*, and where the next begins (ISO/IEC 15962, precursor)."""
    precursor = memory[at]
    at += 1
    padding = 0
    if precursor & _OFFSET:
        padding, at = _byte(memory, at), at + 1
    oid = precursor & 0x0F
    if oid == _LONG_OID:
        oid, at = _LONG_OID + _byte(memory, at), at + 1
    length, at = _byte(memory, at), at + 1
    if length & _LONG:
        length, at = (length & 0x7F) << 7 | _byte(memory, at) & 0x7F, at + 1
    body = memory[at : at + length]
    if not body or len(body) < length:
        raise MessageError("an element that ends in the midst of itself")
    return Element(oid, Compaction(precursor >> 4 & 0x07), body), at + length + padding


def _number(value: str) -> str:
    return value.strip() if value.isprintable() else ""


def _usage(told: Element | None) -> tuple[Usage | None, frozenset[str], tuple[str, ...]]:
    """Return the type of usage, what may not be done offline, and doubts."""
    if told is None:
        return None, frozenset(), ()
    main, sub = divmod(told.body[-1], 16)
    if main not in set(Usage):
        return None, frozenset(), (f"type of usage {main} means nothing",)
    offline = OFFLINE.get(sub, frozenset[str]()) if main == Usage.CIRCULATING else frozenset[str]()
    return Usage(main), offline, ()


OFFLINE = {
    3: frozenset({"loan"}),
    4: frozenset({"return"}),
    5: frozenset({"loan", "return"}),
}
"""What the second half of usage 1 forbids while nobody can be asked (1/3, 1/4, 1/5)."""


def _parts(told: Element | None) -> tuple[int, int, tuple[str, ...]]:
    if told is None:
        return 1, 1, ()
    try:
        digits = told.value
    except MessageError:
        digits = ""
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 6:
        return 1, 1, ("the set information is no numbers",)
    digits = digits.zfill(len(digits) + len(digits) % 2)
    half = len(digits) // 2
    parts, part = int(digits[:half]), int(digits[half:])
    if not 1 <= part <= parts:
        return 1, 1, (f"part {part} of {parts} is none",)
    return parts, part, ()


def _owner(told: Element | None) -> tuple[str, tuple[str, ...]]:
    if told is None:
        return "", ()
    try:
        owner = told.value
    except MessageError:
        owner = ""
    return (owner, ()) if isil.ISIL.fullmatch(owner) else ("", ("the owner is not an ISIL",))


# --- Meaning to bytes ------------------------------------------------------------------------


def encode(
    number: str,
    *,
    owner: str,
    usage: Usage = Usage.CIRCULATING,
    sub_usage: int = 0,
    parts: int = 1,
    part: int = 1,
    size: int,
) -> bytes:
    """Return the elements of an item in *size* bytes, zeros at the end.

    What does not fit, and what no tag can say, is a `MessageError`.
    """
    if not 1 <= part <= parts <= 99:
        raise MessageError(f"part {part} of {parts}: set information has two digits each")
    if not number or not number.isprintable() or number != number.strip():
        raise MessageError(f"{number!r} is not an item number: letters and digits, not empty")
    way, body = compact(number)
    told = [
        Element(OWNER, Compaction.APPLICATION, isil.compact(owner)),
        Element(USAGE, Compaction.APPLICATION, bytes([usage << 4 | sub_usage])),
    ]
    if parts > 1:
        width = 1 if parts < 10 else 2
        told.append(Element(SET, *compact(f"{parts:0{width}}{part:0{width}}")))
    first = [Element(ITEM, way, body), Element(CONTENT, Compaction.APPLICATION, _content(told))]
    written = b"".join(_bytes(each) for each in [*first, *told])
    if len(written) > size:
        raise MessageError(f"{number!r} needs {len(written)} bytes; the tag has {size}")
    return written.ljust(size, b"\0")


def _content(told: list[Element]) -> bytes:
    """Return the content parameter: a bit for each element from OID 3 on, the highest first."""
    bits = sum(1 << (7 - (each.oid - OWNER)) for each in told)
    return bytes([bits])


def _bytes(element: Element) -> bytes:
    assert element.oid < _LONG_OID, "only the first fourteen elements are written"
    assert len(element.body) < _LONG, "a long length is never needed"
    return bytes([element.way << 4 | element.oid, len(element.body)]) + element.body
