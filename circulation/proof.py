"""The return proof on a receipt: a short code for one fact, with a check digit.

Crockford's base 32 (no I, L, O, U) over station number (12 bits), epoch (8) and
sequence (30), ten symbols, then a Luhn mod 32 check symbol, which finds every single
wrong symbol and nearly every pair of neighbours that changed places.
"""

from typing import NamedTuple

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 10
_READ_AS = str.maketrans("OIL", "011", "- ")
STATION_NUMBER_MAX = (1 << 12) - 1
EPOCH_MAX = (1 << 8) - 1
SEQ_MAX = (1 << 30) - 1


class Proof(NamedTuple):
    """Which fact a code stands for."""

    station_number: int
    epoch: int
    seq: int


def _check(symbols: str) -> str:
    total = 0
    for place, symbol in enumerate(reversed(symbols)):
        value = ALPHABET.index(symbol) * (2 if place % 2 == 0 else 1)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]


def code(proof: Proof) -> str:
    """Return *proof* as it is printed: `XXXX-XXXX-XXX`."""
    assert 0 < proof.station_number <= STATION_NUMBER_MAX, "station number out of range"
    assert 0 < proof.epoch <= EPOCH_MAX, "epoch out of range"
    assert 0 < proof.seq <= SEQ_MAX, "sequence out of range"
    number = proof.station_number << 38 | proof.epoch << 30 | proof.seq
    symbols = "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(_LENGTH)))
    symbols += _check(symbols)
    return f"{symbols[:4]}-{symbols[4:8]}-{symbols[8:]}"


def read(text: str) -> Proof | None:
    """Return what the code in *text* stands for, or None where it was mistyped."""
    symbols = text.upper().translate(_READ_AS)
    if len(symbols) != _LENGTH + 1 or set(symbols) - set(ALPHABET):
        return None
    if _check(symbols[:-1]) != symbols[-1]:
        return None
    number = 0
    for symbol in symbols[:-1]:
        number = number << 5 | ALPHABET.index(symbol)
    return Proof(number >> 38, number >> 30 & EPOCH_MAX, number & SEQ_MAX)
