"""NDEF on a sticker: a text that is an item's number, or a link that is none."""

from circulation.errors import MessageError
from circulation.tags.content import TagContent
from circulation.tags.image import TagImage

FORMAT = "ndef"
TEXT, LINK = b"T", b"U"
_NULL, _NDEF, _END, _LONG = 0x00, 0x03, 0xFE, 0xFF
_SHORT_RECORD, _ONLY_RECORD, _WELL_KNOWN = 0x10, 0xC0, 0x01
_UTF16, _LANGUAGE_LENGTH = 0x80, 0x3F
NUMBER_LETTERS_MAX = 32


def decode(image: TagImage) -> TagContent:
    """Return what *image* says; a `MessageError` where it is no NDEF message with one record."""
    kind, payload = _record(_message(image.memory))
    if kind == LINK:
        return TagContent(
            uid=image.uid, format=FORMAT, doubts=("a link stands there, and no item number",)
        )
    if kind != TEXT or not payload:
        raise MessageError("neither text nor link")
    head, encoding = payload[0], "utf-16" if payload[0] & _UTF16 else "utf-8"
    try:
        text = payload[1 + (head & _LANGUAGE_LENGTH) :].decode(encoding).strip()
    except UnicodeDecodeError as error:
        raise MessageError("a text that is none") from error
    if not is_number(text):
        doubt = "a text stands there, and it is no item number"
        return TagContent(uid=image.uid, format=FORMAT, doubts=(doubt,))
    doubts = ("plain text: it says neither what it is nor whose",)
    return TagContent(uid=image.uid, format=FORMAT, number=text, doubts=doubts)


def encode(number: str) -> bytes:
    """Return a message with *number* as its one text record, in whole pages."""
    if not is_number(number):
        raise MessageError(f"{number!r} is not an item number: letters and digits, not empty")
    payload = b"\x02sv" + number.encode()
    record = bytes([0xD1, 1, len(payload)]) + TEXT + payload
    message = bytes([_NDEF, len(record)]) + record + bytes([_END])
    return message.ljust(-(-len(message) // 4) * 4, b"\0")


def is_number(text: str) -> bool:
    """Return whether *text* may be an item's number: letters, and at least one digit."""
    if not 1 <= len(text) <= NUMBER_LETTERS_MAX or not text.isascii():
        return False
    return any(map(str.isdigit, text)) and all(each.isalnum() or each in "-._/" for each in text)


def _message(memory: bytes) -> bytes:
    """Return the NDEF message among the TLVs of *memory* (NFC Forum Type 2 Tag, 2.3)."""
    at = 0
    while at + 1 < len(memory) and memory[at] != _END:
        kind = memory[at]
        if kind == _NULL:
            at += 1
            continue
        length, head = memory[at + 1], 2
        if length == _LONG:
            length, head = int.from_bytes(memory[at + 2 : at + 4], "big"), 4
        if kind == _NDEF:
            message = memory[at + head : at + head + length]
            if len(message) < length or not message:
                raise MessageError("a message that ends in the midst of itself")
            return message
        at += head + length
    raise MessageError("no NDEF message")


def _record(message: bytes) -> tuple[bytes, bytes]:
    """Return type and payload of the one short record of *message* (NDEF 1.0, 3.2)."""
    if len(message) < 4 or message[0] & _SHORT_RECORD == 0:
        raise MessageError("not a short record")
    flags, kind_length, length = message[:3]
    if flags & _ONLY_RECORD != _ONLY_RECORD or flags & 0x07 != _WELL_KNOWN or flags & 0x08:
        raise MessageError("not one well-known record")
    kind = message[3 : 3 + kind_length]
    payload = message[3 + kind_length : 3 + kind_length + length]
    if len(payload) < length:
        raise MessageError("a record that ends in the midst of itself")
    return kind, payload
