"""Lines of SIP2 to messages and back: strict in what is made, lenient in what is taken.

Reading needs nothing but bytes, and answers any bytes with a message or a `Sip2Error`.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct, field

from circulation.errors import CirculationError
from hub.sip2 import numbers
from hub.sip2.forms import FORMS

END = b"\r"
LINE_BYTES_MAX = 64 << 10
_CHECKED = re.compile(rb"(?:AY([0-9]))?AZ([0-9A-Fa-f]{4})$")
_FIELD_ID = re.compile(r"[A-Z][A-Z0-9]")
_RESENT = re.compile(rb"AY[0-9]AZ[0-9A-F]{4}\r$")
_FOR_PEOPLE = frozenset(
    {"AE", "AF", "AG", "AJ", "AS", "AT", "AU", "BD", "BM", "BN", "CD", "DA"},
)
"""Lists too (AS, AT, AU, BM, BN, CD): one number that cannot be said must not silence the rest."""
_REQUIRED = {code: frozenset(form.required) for code, form in FORMS.items()}
_KNOWN = {
    code: frozenset((*form.required, *form.optional, *form.repeatable))
    for code, form in FORMS.items()
}
_NEVER = re.compile(r"[\r\n|\0]")


class Sip2Error(CirculationError):
    """A line that is no message of SIP2, or a message that cannot be said in it."""


class Message(Struct, frozen=True):
    """One message: the code, the fixed part by name, and the fields in the order they came."""

    code: str
    fixed: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    fields: tuple[tuple[str, str], ...] = ()

    def get(self, id_: str) -> str | None:
        """Return the first field *id_*, or None."""
        return next((value for each, value in self.fields if each == id_), None)

    def all(self, id_: str) -> list[str]:
        """Return every field *id_* that says something."""
        return [value for each, value in self.fields if each == id_ and value]

    def yes(self, name: str) -> bool:
        """Return whether *name* of the fixed part says 1 or Y."""
        return self.fixed.get(name, "")[:1] in ("1", "Y", "y")


class Line(Struct, frozen=True):
    """A message as it came: with the sequence digit and whether its checksum held, if it had."""

    message: Message
    sequence: int | None = None
    sum_held: bool | None = None


def checksum(body: bytes) -> bytes:
    """Return the four hex digits that make *body*, up to and with `AZ`, sum to zero."""
    return b"%04X" % (-sum(body) & 0xFFFF)


def encode(message: Message, *, encoding: str, sequence: int | None = None) -> bytes:
    """Return *message* as a line with its CR, with error detection where *sequence* is given.

    A fixed part of the wrong width, a field that the message does not have, a missing one, and
    a value that no line can carry are a `Sip2Error`.
    """
    form = FORMS.get(message.code)
    if form is None:
        raise Sip2Error(f"SIP2 has no message {message.code!r}")
    head = "".join(_fixed(message, name, width) for name, width in form.fixed)
    missing = _REQUIRED[message.code].difference([id_ for id_, _ in message.fields])
    if missing:
        raise Sip2Error(f"{message.code} {form.name} lacks {', '.join(sorted(missing))}")
    known = _KNOWN[message.code]
    body = (message.code + head).encode("ascii")
    for id_, value in message.fields:
        if id_ not in known:
            raise Sip2Error(f"{message.code} {form.name} has no field {id_!r}")
        if _NEVER.search(value):
            raise Sip2Error(f"{id_} of {message.code} has a bar, a NUL or a line's end in it")
        body += id_.encode() + _bytes(id_, value, encoding) + b"|"
    if sequence is not None:
        body += b"AY%dAZ" % (sequence % 10) if message.code not in ("96", "97") else b"AZ"
        body += checksum(body)
    return body + END


def resent(line: bytes) -> bytes:
    """Return *line* as it is said again (97): without its digit, which is of another exchange."""
    body, digits = _RESENT.subn(b"AZ", line)
    return body + checksum(body) + END if digits else line


def decode(line: bytes, *, encoding: str) -> Line:
    """Return what *line*, without its CR, says.

    Unknown fields are kept, missing ones and a short or missing fixed part are left to whoever
    asks for them, and bytes that are not of *encoding* become U+FFFD: an accent must not cost a
    loan.
    """
    line = line.strip(b"\r\n\0")
    if len(line) > LINE_BYTES_MAX:
        raise Sip2Error(f"a line of {len(line)} bytes; at most {LINE_BYTES_MAX}")
    sequence, held = None, None
    if match := _CHECKED.search(line):
        held = checksum(line[: match.start(2)]) == match[2].upper()
        sequence = int(match[1]) if match[1] else None
        line = line[: match.start()]
    # A NUL, too, is nothing that anybody can read, and no database takes it.
    text = line.decode(encoding, "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
    code, rest = text[:2], text[2:]
    form = FORMS.get(code)
    if form is None:
        raise Sip2Error(f"SIP2 has no message {code!r}")
    fixed: dict[str, str] = {}
    if _FIELD_ID.match(rest) and "|" in rest[: form.width]:
        # No fixed part has a bar in it: some terminals send Renew All (65) without its date.
        return Line(Message(code, MappingProxyType(fixed), _fields(rest)), sequence, held)
    for name, width in form.fixed:
        fixed[name], rest = rest[:width], rest[width:]
    return Line(Message(code, MappingProxyType(fixed), _fields(rest)), sequence, held)


def is_about(answer: Message, id_: str, number: str) -> bool:
    """Return whether *answer* is about *number*, unless it, or *number*, says nothing.

    Some systems tell a number in other letters than it was asked for, or fill it up with spaces.
    """
    told, asked = (answer.get(id_) or "").strip(), number.strip()
    return not told or not asked or numbers.same(told, asked)


def may_be_about(answer: Message, id_: str, number: str) -> bool:
    """Return whether *answer* is about *number*, or one with other zeros before it."""
    return is_about(answer, id_, number) or numbers.alike(answer.get(id_) or "", number)


def _fixed(message: Message, name: str, width: int) -> str:
    value = message.fixed.get(name, "")
    if len(value) != width or not value.isascii() or _NEVER.search(value):
        raise Sip2Error(f"{name} of {message.code} must have {width} characters, not {value!r}")
    return value


def _fields(rest: str) -> tuple[tuple[str, str], ...]:
    parts = (part for part in rest.split("|") if part)
    return tuple((part[:2], part[2:]) for part in parts if _FIELD_ID.fullmatch(part[:2]))


def _bytes(id_: str, value: str, encoding: str) -> bytes:
    # A title with a question mark in it is still known; a number with one is another number.
    errors = "replace" if id_ in _FOR_PEOPLE else "strict"
    try:
        return value.encode(encoding, errors)
    except UnicodeEncodeError as error:
        raise Sip2Error(f"{id_} cannot be said in {encoding}") from error
