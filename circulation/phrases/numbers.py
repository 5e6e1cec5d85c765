"""Numbers in words, as a voice must be given them to say them right."""

from typing import Literal

Ui = Literal["sv", "en"]
"""The languages in which a station talks about itself."""

Gender = Literal["en", "ett"]
"""Swedish gender: *en* bok, *ett* lån. English has none."""

NUMBER_MAX = 999_999

_SV = [
    "noll",
    "ett",
    "två",
    "tre",
    "fyra",
    "fem",
    "sex",
    "sju",
    "åtta",
    "nio",
    "tio",
    "elva",
    "tolv",
    "tretton",
    "fjorton",
    "femton",
    "sexton",
    "sjutton",
    "arton",
    "nitton",
]
_SV_TENS = ["tjugo", "trettio", "fyrtio", "femtio", "sextio", "sjuttio", "åttio", "nittio"]
_EN = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_EN_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]

_SV_ORDINALS = [
    "nollte",
    "första",
    "andra",
    "tredje",
    "fjärde",
    "femte",
    "sjätte",
    "sjunde",
    "åttonde",
    "nionde",
    "tionde",
    "elfte",
    "tolfte",
    "trettonde",
    "fjortonde",
    "femtonde",
    "sextonde",
    "sjuttonde",
    "artonde",
    "nittonde",
]
_EN_ORDINALS = [
    "zeroth",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
]
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}


def in_words(number: int, ui: Ui, gender: Gender = "ett") -> str:
    """Return *number* (0 to `NUMBER_MAX`) in words."""
    assert 0 <= number <= NUMBER_MAX, "a count outside what can be said"
    return _swedish(number, gender) if ui == "sv" else _english(number)


def ordinal(number: int, ui: Ui) -> str:
    """Return which one in a row *number* (1 to 99) is, in words."""
    assert 0 < number < 100, "an ordinal outside what can be said"
    words, tens = (_SV_ORDINALS, _SV_TENS) if ui == "sv" else (_EN_ORDINALS, _EN_TENS)
    if number < 20:
        return words[number]
    ten, one = tens[number // 10 - 2], number % 10
    if ui == "sv":
        return ten + (words[one] if one else "nde")
    return f"{ten}-{words[one]}" if one else f"{ten[:-1]}ieth"


def digits(code: str, ui: Ui) -> str:
    """Return *code* sign by sign, in threes with a pause between; dashes are not said."""
    words = _SV if ui == "sv" else _EN
    said = [words[int(sign)] if sign in "0123456789" else sign for sign in code if sign.isalnum()]
    return ", ".join(" ".join(said[at : at + 3]) for at in range(0, len(said), 3))


def roman(numeral: str) -> int:
    """Return the value of *numeral* (I to CCCXCIX), or 0 where it is not one."""
    values = [_ROMAN.get(sign, 0) for sign in numeral]
    if not values or 0 in values:
        return 0
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < after else value for value, after in pairs)


def _swedish(number: int, gender: Gender) -> str:
    if number >= 1000:
        thousands, rest = divmod(number, 1000)
        return f"{_swedish(thousands, 'ett')} tusen" + (
            f" {_swedish(rest, gender)}" if rest else ""
        )
    if number >= 100:
        hundreds, rest = divmod(number, 100)
        return f"{_SV[hundreds]}hundra" + (_swedish(rest, gender) if rest else "")
    ten, one = divmod(number, 10) if number >= 20 else (0, number)
    word = gender if one == 1 else _SV[one]
    if not ten:
        return word
    return _SV_TENS[ten - 2] + (word if one else "")


def _english(number: int) -> str:
    if number >= 1000:
        thousands, rest = divmod(number, 1000)
        return f"{_english(thousands)} thousand" + _and(rest)
    if number >= 100:
        hundreds, rest = divmod(number, 100)
        return f"{_EN[hundreds]} hundred" + _and(rest)
    if number < 20:
        return _EN[number]
    ten, one = divmod(number, 10)
    return _EN_TENS[ten - 2] + (f"-{_EN[one]}" if one else "")


def _and(rest: int) -> str:
    if not rest:
        return ""
    return f" and {_english(rest)}" if rest < 100 else f" {_english(rest)}"
