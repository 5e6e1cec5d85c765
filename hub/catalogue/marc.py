"""Catalogue records from any MARC21 or MARCXML file, one at a time, the broken ones named."""

import io
import itertools
import re
from collections.abc import Iterator
from typing import BinaryIO, Literal
from xml.etree import ElementTree as ET

import pymarc
from msgspec import Struct
from pymarc.exceptions import PymarcException

from circulation.storable import HAS_UNSTORABLE, unstorable
from hub.catalogue import lean
from hub.catalogue.lean import LeanRecord

Kind = Literal["iso2709", "marcxml"]
Parsed = LeanRecord | pymarc.Record
RECORD_BYTES_MAX = 99_999
"""What five digits of a leader can say."""

_XML_RECORD_BYTES_MAX = 4 << 20
_BLOCK_BYTES = 64 << 10
_LEADER_BYTES = 24
_ENTRY_BYTES = 12
_LEADER = re.compile(rb"(?=(\d{5})[a-z].{4}22\d{5})", re.DOTALL)
_NOT_BIBLIOGRAPHIC = "zuvxyqw"
_XML_START = re.compile(rb"<(?:\w+:)?record[\s>]")
_XML_END = re.compile(rb"</(?:\w+:)?record\s*>")
_XML_PREFIX = re.compile(rb"[\s</](\w+):\w+[\s=>/]")
_XML_ENCODING = re.compile(rb"<\?xml[^>]*encoding=[\"']([\w-]+)")
_XML_CONTROL_NUMBER = re.compile(rb"tag=[\"']001[\"'][^>]*>\s*([^<]{1,64})<")


class Record(Struct, frozen=True, kw_only=True):
    """The *number*-th record of a file; *raw* is it whole, as it came."""

    number: int
    control_number: str
    raw: bytes
    fields: Parsed


class BrokenRecord(Struct, frozen=True, kw_only=True):
    """A record that cannot be used, and why; *control_number* is empty where it has none."""

    number: int
    reason: str
    control_number: str


class PassedRecord(Struct, frozen=True, kw_only=True):
    """A record that was not looked into; *control_number* is what it seems to have."""

    number: int
    control_number: str


class _BrokenError(ValueError):
    """Why a record cannot be used."""


def kind_of(start: bytes) -> Kind:
    """Return how a file or a record that begins with *start* is written."""
    return "marcxml" if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else "iso2709"


def read_records(
    stream: BinaryIO, kind: Kind, *, passed: int = 0
) -> Iterator[Record | BrokenRecord | PassedRecord]:
    """Yield every record of *stream* in order; after a broken one goes on with the next.

    The first *passed* are passed over: they were read before.
    """
    pieces = _iso2709(stream) if kind == "iso2709" else _marcxml(stream)
    for number, raw in enumerate(pieces, start=1):
        if number <= passed:
            yield PassedRecord(number=number, control_number=_told_number(raw, kind))
            continue
        try:
            fields = parse(raw)
            control_number = _control_number(fields)
        except _BrokenError as broken:
            told = _told_number(raw, kind)
            yield BrokenRecord(number=number, reason=str(broken), control_number=told)
        else:
            yield Record(number=number, control_number=control_number, raw=raw, fields=fields)


def parse(raw: bytes) -> Parsed:
    """Return the record in *raw*, or raise `ValueError` with the reason why it is none."""
    try:
        return _from_xml(raw) if kind_of(raw) == "marcxml" else _from_iso2709(raw)
    except UnicodeDecodeError as error:
        raise _BrokenError(f"not {error.encoding} at byte {error.start}") from error
    except (PymarcException, ET.ParseError, ValueError, LookupError) as error:
        if isinstance(error, _BrokenError):
            raise
        raise _BrokenError(str(error) or type(error).__name__) from error


def _iso2709(stream: BinaryIO) -> Iterator[bytes]:
    """Yield what stands between record terminators, each with its own."""
    rest = b""
    while block := stream.read(_BLOCK_BYTES):
        *whole, rest = (rest + block).split(b"\x1d")
        for piece in whole:
            yield from _apart(_trimmed(piece) + b"\x1d")
        # One byte too many is enough to know that it is none; a whole film need not be kept.
        rest = rest[: RECORD_BYTES_MAX + 1]
    if _trimmed(rest):
        yield _trimmed(rest)


def _apart(piece: bytes) -> Iterator[bytes]:
    """Yield *piece*; where a torn record runs into the next, each of the two."""
    if piece[:5] != b"%05d" % len(piece) and len(piece) <= RECORD_BYTES_MAX:
        for found in _LEADER.finditer(piece, 1):
            if int(found[1]) == len(piece) - found.start():
                yield piece[: found.start()]
                piece = piece[found.start() :]
                break
    yield piece


def _trimmed(piece: bytes) -> bytes:
    return piece.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n \x00\x1a")


def _from_iso2709(raw: bytes) -> Parsed:
    if not raw.endswith(b"\x1d"):
        raise _BrokenError("ends before its record terminator")
    if len(raw) > RECORD_BYTES_MAX:
        raise _BrokenError("longer than a MARC record can be")
    told = raw[:5].decode("ascii", "replace")
    if not told.isdigit():
        raise _BrokenError(f"does not begin with its length but with {told!r}")
    if int(told) != len(raw):
        raise _BrokenError(f"says that it has {int(told)} bytes and has {len(raw)}")
    return lean.read(raw) or _irregular(raw)


def _irregular(raw: bytes) -> pymarc.Record:
    if raw[9:10] != b"a" and not raw.isascii() and _is_utf8(raw):
        # Read as MARC-8 its å would be two signs of something else.
        raise _BrokenError("says MARC-8 (leader 09) and is UTF-8; have it exported as UTF-8")
    try:
        return pymarc.Record(raw, to_unicode=True, hide_utf8_warnings=True)
    except UnicodeDecodeError:
        raise
    except ValueError as error:
        raise _BrokenError(_directory_fault(raw) or str(error)) from error


def _directory_fault(raw: bytes) -> str:
    """Return where the directory of *raw* has letters for figures; nothing where it has not."""
    directory = raw[_LEADER_BYTES : raw.find(b"\x1e", _LEADER_BYTES)]
    for start in range(0, len(directory), _ENTRY_BYTES):
        entry = directory[start : start + _ENTRY_BYTES]
        if not entry[3:].isdigit():
            return f"its directory cannot be read at {entry.decode('ascii', 'replace')!r}"
    return ""


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _marcxml(stream: BinaryIO) -> Iterator[bytes]:
    """Yield each `record` element as a document of its own, torn ones too."""
    rest, encoding = b"", "utf-8"
    while block := stream.read(_BLOCK_BYTES):
        rest += block
        if found := _XML_ENCODING.match(rest.lstrip()):
            encoding = found[1].decode("ascii")
        *whole, rest = _XML_END.split(rest)
        for piece in whole:
            yield from _xml_documents(piece, encoding)
        rest = rest[:_XML_RECORD_BYTES_MAX]
    if _XML_START.search(rest):
        yield rest[_first_start(rest) :]


def _first_start(piece: bytes) -> int:
    found = _XML_START.search(piece)
    return found.start() if found else len(piece)


def _xml_documents(piece: bytes, encoding: str) -> Iterator[bytes]:
    starts = [found.start() for found in _XML_START.finditer(piece)]
    for start, end in itertools.pairwise(starts):
        yield piece[start:end]
    for start in starts[-1:]:
        element = piece[start:]
        prefixes = set(_XML_PREFIX.findall(element)) - {b"xmlns", b"xml"}
        declared = b"".join(b' xmlns:%s="%s"' % (name, name) for name in sorted(prefixes))
        closing = _XML_START.match(element)
        name = closing[0].strip(b"<> \t\r\n") if closing else b"record"
        head = b'<?xml version="1.0" encoding="%s"?>' % encoding.encode()
        yield b"%s<whole%s>%s</%s></whole>" % (head, declared, element, name)


def element_of(raw: bytes) -> bytes:
    """Return the `record` element of a MARCXML record as it came, in UTF-8."""
    start = raw.index(b">", raw.index(b"<whole")) + 1
    element = raw[start : raw.rindex(b"</whole>")]
    told = _XML_ENCODING.match(raw)
    return element.decode(told[1].decode("ascii") if told else "utf-8").encode()


def _from_xml(raw: bytes) -> pymarc.Record:
    if not raw.startswith(b"<?xml"):
        raise _BrokenError("ends before its record does")
    # A piece has no DOCTYPE, so there is no entity to expand.
    element = ET.parse(io.BytesIO(raw)).getroot()[0]  # noqa: S314
    record = pymarc.Record()
    for part in element:
        name, text = part.tag.rpartition("}")[2], part.text or ""
        if name == "leader":
            record.leader = pymarc.Leader(text.ljust(_LEADER_BYTES)[:_LEADER_BYTES])
        elif name == "controlfield":
            record.fields.append(pymarc.Field(tag=part.attrib["tag"], data=text))
        elif name == "datafield":
            record.fields.append(_data_field(part))
    return record


def _data_field(part: ET.Element) -> pymarc.Field:
    indicators = pymarc.Indicators(part.attrib.get("ind1", " "), part.attrib.get("ind2", " "))
    subfields = [pymarc.Subfield(sub.attrib["code"], sub.text or "") for sub in part]
    return pymarc.Field(tag=part.attrib["tag"], indicators=indicators, subfields=subfields)


def _control_number(fields: Parsed) -> str:
    if str(fields.leader)[6] in _NOT_BIBLIOGRAPHIC:
        raise _BrokenError("not a bibliographic record")
    number = fields.get("001")
    if number is None or not (number.data or "").strip():
        raise _BrokenError("no control number (001)")
    if unstorable(number.data):
        raise _BrokenError(f"its control number (001) {HAS_UNSTORABLE}")
    title = fields.get("245")
    if title is None or not any(value.strip() for _, value in title.subfields):
        raise _BrokenError("no title (245)")
    return str(number.data).strip()


def _told_number(raw: bytes, kind: Kind) -> str:
    """Return the control number that a broken record seems to have."""
    if kind == "marcxml":
        found = _XML_CONTROL_NUMBER.search(raw)
        return found[1].decode("utf-8", "replace").strip() if found else ""
    directory, _, rest = raw.partition(b"\x1e")
    if directory[_LEADER_BYTES : _LEADER_BYTES + 3] != b"001":
        return ""
    return rest.partition(b"\x1e")[0][:64].decode("ascii", "replace").strip()
