"""ISO/IEC 15962's ways to write a value in few bits; three bits name the way."""

from collections.abc import Callable
from enum import IntEnum

from circulation.errors import MessageError


class Compaction(IntEnum):
    """How the bytes of a value are to be read (ISO/IEC 15962, compaction types)."""

    APPLICATION = 0
    INTEGER = 1
    NUMERIC = 2
    FIVE_BIT = 3
    SIX_BIT = 4
    SEVEN_BIT = 5
    OCTETS = 6
    UTF8 = 7


_NUMERIC_PAD = 0xF
_SIX_BIT_PAD = "100000"
_INTEGER_DIGITS_MAX = 19
_INTEGER_BYTES_MAX = 8


def compact(value: str) -> tuple[Compaction, bytes]:
    """Return *value* in the fewest bytes, and how they are to be read."""
    if not value:
        raise MessageError("an empty value has no compaction")
    ways = (
        (Compaction.INTEGER, _integer),
        (Compaction.NUMERIC, _numeric),
        (Compaction.FIVE_BIT, _five_bit),
        (Compaction.SIX_BIT, _six_bit),
        (Compaction.SEVEN_BIT, _seven_bit),
        (Compaction.OCTETS, _octets),
        (Compaction.UTF8, str.encode),
    )
    made = [(way, body) for way, write in ways if (body := write(value)) is not None]
    return min(made, key=lambda each: len(each[1]))


def expand(way: Compaction, body: bytes) -> str:
    """Return the value that *body* says; a `MessageError` where it says none."""
    return _EXPAND[way](body)


# --- value to bytes: None where the value cannot be written so -------------------------------


def _integer(value: str) -> bytes | None:
    if not _is_digits(value) or value[0] == "0" or not 2 <= len(value) <= _INTEGER_DIGITS_MAX:
        return None
    number = int(value)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _numeric(value: str) -> bytes | None:
    if not _is_digits(value):
        return None
    digits = [*map(int, value), *[_NUMERIC_PAD] * (len(value) % 2)]
    return bytes(high << 4 | low for high, low in zip(digits[::2], digits[1::2], strict=True))


def _five_bit(value: str) -> bytes | None:
    if not all(0x41 <= ord(letter) <= 0x5F for letter in value):
        return None
    return _packed([ord(letter) & 0x1F for letter in value], 5, "00000000")


def _six_bit(value: str) -> bytes | None:
    # A space at the end could not be told from padding.
    if value[-1] == " " or not all(0x20 <= ord(letter) <= 0x5F for letter in value):
        return None
    return _packed([ord(letter) & 0x3F for letter in value], 6, _SIX_BIT_PAD)


def _seven_bit(value: str) -> bytes | None:
    if not all(ord(letter) < 0x7F for letter in value):
        return None
    return _packed([ord(letter) for letter in value], 7, "11111111")


def _octets(value: str) -> bytes | None:
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return None


def _is_digits(value: str) -> bool:
    return value.isascii() and value.isdigit()


def _packed(groups: list[int], width: int, padding: str) -> bytes:
    bits = "".join(f"{group:0{width}b}" for group in groups)
    bits += padding[: -len(bits) % 8]
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


# --- bytes to value --------------------------------------------------------------------------


def _from_integer(body: bytes) -> str:
    # Python itself refuses to write integers of some thousand digits.
    short = len(body.lstrip(b"\0")) <= _INTEGER_BYTES_MAX
    digits = str(int.from_bytes(body, "big")) if short else ""
    if not 2 <= len(digits) <= _INTEGER_DIGITS_MAX:
        raise MessageError(f"an integer has 2 to {_INTEGER_DIGITS_MAX} digits")
    return digits


def _from_numeric(body: bytes) -> str:
    digits = body.hex()
    if digits[-1:] == "f":
        digits = digits[:-1]
    if not digits.isdigit():
        raise MessageError("digits of four bits that are no digits")
    return digits


def _from_six_bit(body: bytes) -> str:
    groups = _groups(body, 6)
    if len(body) % 3 == 0 and groups and groups[-1] == int(_SIX_BIT_PAD, 2):
        groups.pop()
    return "".join(chr(group if group >= 0x20 else group + 0x40) for group in groups)


def _utf8(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise MessageError("not the UTF-8 that it says it is") from error


def _letters(groups: list[int], offset: int) -> str:
    return "".join(chr(group + offset) for group in groups)


def _groups(body: bytes, width: int) -> list[int]:
    """Return the whole groups of *width* bits in *body*; what is left over is padding."""
    bits = int.from_bytes(body, "big")
    length = len(body) * 8
    mask = (1 << width) - 1
    return [bits >> (length - at - width) & mask for at in range(0, length - width + 1, width)]


_EXPAND: dict[Compaction, Callable[[bytes], str]] = {
    Compaction.APPLICATION: bytes.hex,
    Compaction.INTEGER: _from_integer,
    Compaction.NUMERIC: _from_numeric,
    Compaction.FIVE_BIT: lambda body: _letters(_groups(body, 5), 0x40).rstrip("@"),
    Compaction.SIX_BIT: _from_six_bit,
    Compaction.SEVEN_BIT: lambda body: _letters(_groups(body, 7), 0).rstrip("\x7f"),
    Compaction.OCTETS: lambda body: body.decode("latin-1"),
    Compaction.UTF8: _utf8,
}
