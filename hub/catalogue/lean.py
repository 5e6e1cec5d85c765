"""A MARC21 record as most are made, read in one pass; any other is for pymarc.

Regular is what every exporter of today writes: UTF-8, its fields in the directory's order and
without gaps, two indicators and whole subfields. For such a record this and pymarc say the same.
"""

from typing import NamedTuple

LEADER_BYTES = 24
ENTRY_BYTES = 12
_SUBFIELDS_FROM = "010"
_INDICATORS = 2


class _IrregularError(ValueError):
    """A field that another may make something of."""


class LeanField(NamedTuple):
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

    def __getitem__(self, code: str) -> str:  # type: ignore[override]
        """Return the first subfield *code*, which is there."""
        found = self.get(code)
        if found is None:
            raise KeyError(code)
        return found


class LeanRecord(NamedTuple):
    """One record, with the names that pymarc's own has."""

    leader: str
    fields: list[LeanField]

    def get(self, tag: str) -> LeanField | None:
        """Return the first field *tag*."""
        return next((field for field in self.fields if field.tag == tag), None)

    def __getitem__(self, tag: str) -> LeanField:  # type: ignore[override]
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
    bodies = raw[begins:-1].split(b"\x1e")
    if len(bodies) != places + 1 or bodies[-1]:
        return None
    try:
        texts = raw[begins:-1].decode("utf-8").split("\x1e")
        fields = [
            _field(directory[at : at + 3].decode("ascii"), text)
            for at, text in zip(range(0, len(directory), ENTRY_BYTES), texts, strict=False)
        ]
    except (UnicodeDecodeError, _IrregularError):
        return None
    if directory != _directory(directory, bodies):
        return None
    return LeanRecord(leader.decode("ascii"), fields)


def _directory(told: bytes, bodies: list[bytes]) -> bytes:
    """Return the directory that a record with the tags of *told* and *bodies* must have."""
    offset, entries = 0, []
    for at, body in zip(range(0, len(told), ENTRY_BYTES), bodies, strict=False):
        length = len(body) + 1
        entries.append(b"%b%04d%05d" % (told[at : at + 3], length, offset))
        offset += length
    return b"".join(entries)


def _field(tag: str, text: str) -> LeanField:
    if not tag.isdigit():
        raise _IrregularError
    if tag < _SUBFIELDS_FROM:
        return LeanField(tag, text, " ", " ", [])
    indicators, *parts = text.split("\x1f")
    subfields = [(part[0], part[1:]) for part in parts if part]
    codes = "".join([code for code, _ in subfields])
    if len(indicators) != _INDICATORS or not (indicators + codes).isascii():
        raise _IrregularError
    return LeanField(tag, None, indicators[0], indicators[1], subfields)
