"""ISIL, a library's own name (ISO 15511), and how ISO 28560-2 writes it in few bits."""

import re
from string import ascii_lowercase, ascii_uppercase, digits

from circulation.errors import MessageError

ISIL = re.compile(r"[A-Z]{2}-[0-9A-Za-z:/-]{1,11}")

_UPPER, _LOWER, _DIGITS = "upper", "lower", "digits"
_LETTERS = {
    _UPPER: f"-{ascii_uppercase}:",
    _LOWER: f"-{ascii_lowercase}/",
    _DIGITS: f"{digits}-:",
}
_WIDTH = {_UPPER: 5, _LOWER: 5, _DIGITS: 4}
_MOVES = {
    # After the letters of a set: latch and shift to each of the other two.
    _UPPER: (28, (_LOWER, _DIGITS)),
    _LOWER: (28, (_UPPER, _DIGITS)),
    _DIGITS: (12, (_UPPER, _LOWER)),
}


def expand(body: bytes) -> str:
    """Return the ISIL that *body* says; a `MessageError` where a group of bits means nothing."""
    bits = "".join(f"{byte:08b}" for byte in body)
    letters, at = _UPPER, 0
    once: str | None = None
    said = ""
    while at + _WIDTH[once or letters] <= len(bits):
        here = once or letters
        group = int(bits[at : at + _WIDTH[here]], 2)
        at += _WIDTH[here]
        once = None
        first, others = _MOVES[here]
        if group >= first:
            to = others[(group - first) // 2]
            if (group - first) % 2:
                once = to
            else:
                letters = to
        elif group < len(_LETTERS[here]):
            said += _LETTERS[here][group]
        else:
            raise MessageError("a group of bits that no ISIL has")
    # Some fill the last byte with zeros, which are hyphens; no ISIL ends in one.
    return said.rstrip("-")


def compact(isil: str) -> bytes:
    """Return *isil* in few bits; one that is none is a `MessageError`."""
    if not ISIL.fullmatch(isil) or isil.endswith("-"):
        raise MessageError(f"{isil!r} is not an ISIL such as `SE-Um`")
    bits, letters = "", _UPPER
    for at, letter in enumerate(isil):
        if letter not in _LETTERS[letters]:
            to = next(name for name, known in _LETTERS.items() if letter in known)
            stays = at + 1 < len(isil) and isil[at + 1] in _LETTERS[to] and isil[at + 1] != "-"
            first, others = _MOVES[letters]
            move = first + 2 * others.index(to) + (not stays)
            bits += f"{move:0{_WIDTH[letters]}b}"
            bits += _bits(to, letter)
            letters = to if stays else letters
        else:
            bits += _bits(letters, letter)
    # Ones begin a shift that nothing follows.
    bits += "1" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def _bits(letters: str, letter: str) -> str:
    return f"{_LETTERS[letters].index(letter):0{_WIDTH[letters]}b}"
