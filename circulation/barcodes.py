"""What a scanned text is: an item's number, a loan card's, an ISBN, or nothing that is known.

Reads EAN-13 (ISO/IEC 15420) of books (ISBN, ISO 2108), and the numbers that libraries write in
Code 39, Code 128 and Codabar.
"""

import re
from enum import StrEnum
from typing import Literal

from msgspec import Struct

LETTERS_MAX = 64
_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]")
"""A symbology identifier, which some scanners put before the text (ISO/IEC 15424)."""
_CODE39_STRIPPED = re.compile(r"\]A[37]")
"""Code 39 whose check character the scanner has checked and left out."""
_CODE39 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
"""Code 39's characters, each at its value (ISO/IEC 16388, annex A)."""
_CODABAR = re.compile(r"[A-Da-d]([0-9$:/.+-]+)[A-Da-d]")
_BOOKLAND = re.compile(r"97[89][0-9]{10}")
_ISBN10 = re.compile(r"[0-9]{9}[0-9Xx]")
_LIBRARY = re.compile(r"[23][0-9]{13}")


class Kind(StrEnum):
    """What was scanned."""

    ITEM = "item"
    CARD = "card"
    ISBN = "isbn"
    UNREADABLE = "unreadable"
    """A check digit or character is wrong or missing: it was read wrongly."""
    UNKNOWN = "unknown"


class Scanned(Struct, frozen=True):
    """A barcode's text, and what it is."""

    kind: Kind
    number: str = ""


class Numbers(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How this region's numbers look, as regular expressions for the whole of one."""

    item: str = "3[0-9]{7}|3[0-9]{13}"
    card: str = "2[0-9]{7}|2[0-9]{13}"
    code39_check: tuple[Literal["item", "card"], ...] = ()
    """Whose labels are Code 39 with its own check character, modulo 43, after the number."""


def read(text: str, numbers: Numbers) -> Scanned:
    """Return what *text* is; any text has an answer."""
    number = _bare(text)
    if not number or len(number) > LETTERS_MAX or not number.isascii():
        return Scanned(Kind.UNKNOWN)
    if _BOOKLAND.fullmatch(number):
        return Scanned(Kind.ISBN, number) if _ean_holds(number) else Scanned(Kind.UNREADABLE)
    if numbers.code39_check:
        checked = _without_check(text, numbers)
        if checked is None:
            return Scanned(Kind.UNREADABLE)
        number = checked or number
    if _LIBRARY.fullmatch(number) and not _luhn_holds(number):
        return Scanned(Kind.UNREADABLE)
    if kind := _kind(number, numbers):
        return Scanned(kind, number)
    if _ISBN10.fullmatch(number) and _isbn10_holds(number):
        return Scanned(Kind.ISBN, isbn13(number))
    return Scanned(Kind.UNKNOWN)


def _kind(number: str, numbers: Numbers) -> Kind | None:
    if re.fullmatch(numbers.card, number):
        return Kind.CARD
    return Kind.ITEM if re.fullmatch(numbers.item, number) else None


def isbn13(isbn10: str) -> str:
    """Return the thirteen digits of the ten of *isbn10*."""
    body = f"978{isbn10[:9]}"
    return body + str(-_ean_sum(body) % 10)


def _bare(text: str) -> str:
    """Return *text* without what a scanner or a symbology puts around it."""
    bare = text.strip()
    if _AIM.match(bare):
        bare = bare[3:]
    bare = bare.strip("*").strip()
    if found := _CODABAR.fullmatch(bare):
        bare = found[1]
    return bare.replace("-", "") if _looks_like_isbn(bare) else bare


def _without_check(text: str, numbers: Numbers) -> str | None:
    """Return the number before the check character of the Code 39 label that says *text*.

    Empty where no such label carries one, None where it is wrong or missing.
    """
    label = text.lstrip().rstrip("\r\n\t")
    if mark := _AIM.match(label):
        if not label.startswith("]A") or _CODE39_STRIPPED.match(label):
            return ""
        label = label[mark.end() :]
    bare = label.strip("* ")
    # A space is a check character too, and a scanner may also type one after the number.
    wholes = [bare, f"{bare} "] if label.rstrip("*").endswith(" ") else [bare]
    carried = [whole for whole in wholes if _kind(whole[:-1], numbers) in numbers.code39_check]
    for whole in carried:
        if _code39_holds(whole):
            return whole[:-1]
    missing = _kind(bare, numbers) in numbers.code39_check
    return None if carried or missing else ""


def _looks_like_isbn(text: str) -> bool:
    digits = text.replace("-", "")
    return bool(_BOOKLAND.fullmatch(digits) or _ISBN10.fullmatch(digits))


def _ean_sum(digits: str) -> int:
    return sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(digits))


def _ean_holds(digits: str) -> bool:
    return _ean_sum(digits) % 10 == 0


def _isbn10_holds(number: str) -> bool:
    values = [10 if digit in "Xx" else int(digit) for digit in number]
    return sum(value * (10 - at) for at, value in enumerate(values)) % 11 == 0


def _luhn_holds(digits: str) -> bool:
    """Return whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    doubled = [int(digit) * (2 - at % 2) for at, digit in enumerate(reversed(digits), start=1)]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _code39_holds(whole: str) -> bool:
    """Return whether the last is the check character of the others (ISO/IEC 16388, annex A)."""
    values = [_CODE39.find(letter) for letter in whole]
    return -1 not in values and sum(values[:-1]) % len(_CODE39) == values[-1]
