"""A MARC21 record as most are made, read in one pass; any other is for pymarc.

Regular is what every exporter of today writes: UTF-8, its fields in the directory's order and
without gaps, two indicators and whole subfields. For such a record this and pymarc say the same.
"""

from msgspec import Struct

LEADER_BYTES = 24
ENTRY_BYTES = 12
_SUBFIELDS_FROM = "010"
_INDICATORS = 2
_TAG_BYTES = 3
_LENGTHS = 100_000
"""A directory's entry ends in a length and an offset of five figures, here read as one number."""


class _IrregularError(ValueError):
    """A field that another may make something of."""


class LeanField(Struct, frozen=True, gc=False):
    """One field, with the names that pymarc's own has."""

    tag: str
    data: str | None
    """What a control field says; None for a field of subfields."""
    indicator1: str
    indicator2: str
    subfields: list[tuple[str, str]]
    """Codes and values, as they came."""

    def get(self, code: str) -> str | None:
        """Return the first subfield *code*."""
        for known, value in self.subfields:
            if known == code:
                return value
        return None

    def __getitem__(self, code: str) -> str:
        """Return the first subfield *code*, which is there."""
        found = self.get(code)
        if found is None:
            raise KeyError(code)
        return found


class LeanRecord(Struct, frozen=True):
    """One record, with the names that pymarc's own has."""

    leader: str
    fields: list[LeanField]

    def get(self, tag: str) -> LeanField | None:
        """Return the first field *tag*."""
        for field in self.fields:
            if field.tag == tag:
                return field
        return None

    def __getitem__(self, tag: str) -> LeanField:
        """Return the first field *tag*, which is there."""
        found = self.get(tag)
        if found is None:
            raise KeyError(tag)
        return found


def read(raw: bytes) -> LeanRecord | None:
    """Return the record in *raw*, which has its own length; None where it is not regular."""
    leader = raw[:LEADER_BYTES]
    base = leader[12:17]
    if leader[9:10] != b"a" or not leader.isascii() or not base.isdigit():
        return None
    begins = int(base)
    directory = raw[LEADER_BYTES : begins - 1]
    places, rest = divmod(len(directory), ENTRY_BYTES)
    if rest or begins != LEADER_BYTES + places * ENTRY_BYTES + 1 or raw[begins - 1] != 0x1E:
        return None
    if not directory.isdigit():
        return None
    try:
        fields = _fields(directory.decode("ascii"), raw[begins:-1])
    except (UnicodeDecodeError, _IrregularError):
        return None
    return LeanRecord(leader.decode("ascii"), fields)


def _fields(directory: str, body: bytes) -> list[LeanField]:
    """Return the fields of *body*, which stand where *directory*, all of figures, must say so."""
    texts = body.decode("utf-8").split("\x1e")
    lengths = [len(each) + 1 for each in body.split(b"\x1e")]
    if len(texts) != len(directory) // ENTRY_BYTES + 1 or texts.pop():
        raise _IrregularError
    fields, offset, at = [], 0, 0
    for text, length in zip(texts, lengths, strict=False):
        number, end = at + _TAG_BYTES, at + ENTRY_BYTES
        if int(directory[number:end]) != length * _LENGTHS + offset:
            raise _IrregularError
        fields.append(_field(directory[at:number], text))
        offset += length
        at = end
    return fields


def _field(tag: str, text: str) -> LeanField:
    if tag < _SUBFIELDS_FROM:
        return LeanField(tag, text, " ", " ", [])
    indicators, *parts = text.split("\x1f")
    subfields = [(part[0], part[1:]) for part in parts if part]
    if len(indicators) != _INDICATORS:
        raise _IrregularError
    if not text.isascii() and not _are_ascii(indicators, subfields):
        raise _IrregularError
    return LeanField(tag, None, indicators[0], indicators[1], subfields)


def _are_ascii(indicators: str, subfields: list[tuple[str, str]]) -> bool:
    return (indicators + "".join([code for code, _ in subfields])).isascii()
