"""Takes a cataloguer's punctuation and a machine's leftovers out of MARC text."""

import html
import re
import unicodedata

_LEFTOVERS = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f"  # controls, with MARC's non-sorting marks
    "\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff"  # soft hyphen, zero width, direction
    "\ufe20-\ufe2f]"  # halves of MARC-8's double marks
)
_NON_SORTING = re.compile(r"<<(.*?)>>")
_NOBODY = re.compile(r"\[?\b[Ss]\.\s?l\.\s*(?::\s*s\.\s?n\.)?\]?|\[[Ss]\.\s?n\.\]")
"""No place and no publisher, as cataloguers say it."""
_BRACKETS = re.compile(r"[\[\]]")
_TRAILING = re.compile(r"(?:\s*[/:;=,]|\s+\.|\.{2,}|(?<=\w)-+)+\s*$")
_LEADING = re.compile(r"^(?:\.{2,}|-+|\s)+")
_ABBREVIATION = re.compile(r"(?:\.\.|\b\w\.|\.\w+\.)$")
_ROMAN = re.compile(r"[IVXLC]{2,}")
_CAPS_KEPT_LETTERS_MAX = 4


def clean(text: str) -> str:
    """Return *text* composed and unescaped, without brackets, marks or trailing ISBD."""
    text = unicodedata.normalize("NFC", html.unescape(text))
    text = _NON_SORTING.sub(r"\1", text)
    # Double brackets would reach Piper as raw phonemes; single ones are a cataloguer's.
    text = _BRACKETS.sub("", _NOBODY.sub("", _LEFTOVERS.sub("", text)))
    text = _LEADING.sub("", _TRAILING.sub("", " ".join(text.split())))
    return text if _ABBREVIATION.search(text) else text.removesuffix(".")


def in_sentence_case(title: str) -> str:
    """Return *title* with small letters where all of it is shouted; numerals stay."""
    letters = [sign for sign in title if sign.isalpha()]
    if len(letters) <= _CAPS_KEPT_LETTERS_MAX or not title.isupper():
        return title
    words = [word if _ROMAN.fullmatch(word) else word.lower() for word in title.split()]
    calmed = " ".join(words)
    return calmed[0].upper() + calmed[1:]
