"""Takes a cataloguer's punctuation and a machine's leftovers out of MARC text."""

import html
import re
import unicodedata
from functools import lru_cache

_LEFTOVERS = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f"  # controls, with MARC's non-sorting marks
    "\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff"  # soft hyphen, zero width, direction
    "\ufe20-\ufe2f]"  # halves of MARC-8's double marks
)
_NON_SORTING = re.compile(r"<<(.*?)>>")
_NOBODY = re.compile(r"\[?\b[Ss]\.\s?l\.\s*(?::\s*s\.\s?n\.)?\]?|\[[Ss]\.\s?n\.\]")
"""No place and no publisher, as cataloguers say it."""
_TRAILING = re.compile(r"(?:\s*[/:;=,]|\s+\.|\.{2,}|(?<=\w)-+)+\s*$")
_MAY_TRAIL, _MAY_LEAD = "/:;=,.-", ".-"
_HALVES = re.compile("[\ufe20-\ufe2f]")
_LEADING = re.compile(r"^(?:\.{2,}|-+|\s)+")
_ABBREVIATION = re.compile(r"(?:\.\.|\b\w\.|\.\w+\.)$")
_ROMAN = re.compile(r"[IVXLC]{2,}")
_CAPS_KEPT_LETTERS_MAX = 4


@lru_cache(maxsize=4096)  # a record's statements and people are asked for again and again
def clean(text: str) -> str:
    """Return *text* composed and unescaped, without brackets, marks or trailing ISBD."""
    if "&" in text:
        text = html.unescape(text)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if "<<" in text:
        text = _NON_SORTING.sub(r"\1", text)
    if not text.isprintable() or (not text.isascii() and _HALVES.search(text)):
        text = _LEFTOVERS.sub("", text)
    if "." in text:
        text = _NOBODY.sub("", text)
    # Double brackets would reach Piper as raw phonemes; single ones are a cataloguer's.
    text = " ".join(text.replace("[", "").replace("]", "").split())
    return _ends_cleaned(text)


def _ends_cleaned(text: str) -> str:
    # A summary is long, and mostly ends in a letter: only its ends are looked at.
    if text[-1:] in _MAY_TRAIL:
        text = _TRAILING.sub("", text)
    if text[:1] in _MAY_LEAD:
        text = _LEADING.sub("", text)
    if not text.endswith(".") or _ABBREVIATION.search(text):
        return text
    return text.removesuffix(".")


def in_sentence_case(title: str) -> str:
    """Return *title* with small letters where all of it is shouted; numerals stay."""
    if not title.isupper() or sum(map(str.isalpha, title)) <= _CAPS_KEPT_LETTERS_MAX:
        return title
    words = [word if _ROMAN.fullmatch(word) else word.lower() for word in title.split()]
    calmed = " ".join(words)
    return calmed[0].upper() + calmed[1:]
