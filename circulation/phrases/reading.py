"""Rewrites what is written as the words a voice should read, in Swedish and English."""

import re

from circulation.phrases.dates import spoken_year
from circulation.phrases.letters import letter
from circulation.phrases.marks import marks_read
from circulation.phrases.numbers import Ui, in_words, ordinal, roman

_SILENT = re.compile(r"[<>\"“”„«»*_|]|\.\.\.|…|[\[\]]")
_LOOSE = re.compile(r"\s([?!,.])(?=\s|$)")
_WORDS: dict[Ui, list[tuple[str, str]]] = {
    "sv": [
        (r"\bbl\.\s?a\.", "bland annat"),
        (r"\bm\.\s?m\.", "med mera"),
        (r"\bm\.\s?fl\.", "med flera"),
        (r"\bt\.\s?ex\.", "till exempel"),
        (r"\bosv\.", "och så vidare"),
        (r"\betc\.", "et cetera"),
        (r"\b[cC]a\.?\s(?=\d)", "omkring "),
        (r"\bred\.", "redaktör"),
        (r"\bill\.", "illustrerad"),
        (r"\bnr\.?\s(?=\d)", "nummer "),
        (r"\bårg\.", "årgång"),
        (r"\bkl\.\s?(?=\d)", "klockan "),
        (r"\btim\.", "timmar"),
        (r"\bmin\.", "minuter"),
    ],
    "en": [
        (r"\bbl\.\s?a\.", "among others"),
        (r"\bm\.\s?fl\.", "and others"),
        (r"\be\.\s?g\.", "for example"),
        (r"\betc\.", "et cetera"),
        (r"\b[cC]a\.?\s(?=\d)", "about "),
        (r"\b[Nn]os?\.\s?(?=\d)", "number "),
        (r"\bed\.", "edition"),
        (r"\bkl\.\s?(\d{1,2})\s?[-–]\s?(\d{1,2})\b", r"from \1-\2 hours"),
        (r"\bill\.", "illustrated"),
    ],
}
_LABEL = {
    "sv": re.compile(r"\b(del|bok|band|kapitel|kap\.|volym|häfte)\s([IVXLC]+|\d{1,3})\b", re.I),
    "en": re.compile(r"\b(part|book|volume|chapter|vol\.|pt\.)\s([IVXLC]+|\d{1,3})\b", re.I),
}
_LABEL_WORDS = {"kap.": "kapitel", "vol.": "volume", "pt.": "part"}
_RULER = re.compile(
    r"\b(Adolf|Carl|Charles|Christian|Edward|Elizabeth|Elisabet|Erik|Fredrik|Frederick|George|"
    r"Gustaf|Gustav|Gustav Adolf|Haakon|Henrik|Henry|James|Johan|Karl|Kristian|Louis|Ludvig|"
    r"Magnus|Nikolaj|Oscar|Oskar|Olav|Philip|Pius|Richard|Sigismund|Valdemar|William)"
    r"\s([IVX]+)\b"
)
_NUMBERED_MAX = 1000
_RULERS_MAX = 30
"""No kingdom counted further; what does is no ruler's number."""
_YEARS = re.compile(r"\b(1\d{3}|20\d{2})\s?[-–]\s?(1\d{3}|20\d{2})\b")
_HOURS = re.compile(r"\b(klockan|from) (\d{1,2})\s?[-–]\s?(\d{1,2})\b")
_COPYRIGHT = re.compile(r"(?:\bcop\.?\s?|\b[cp]|[©℗]\s?)(?=\d{4}\b)")
_UNTIL_NOW = re.compile(r"(?<=\b\d{4})-(?=\s|$)")
_IN_ENGLISH = {
    "Elisabet": "Elizabeth", "Erik": "Eric", "Fredrik": "Frederick", "Henrik": "Henry",
    "Johan": "John", "Karl": "Charles", "Kristian": "Christian", "Ludvig": "Louis",
    "Oskar": "Oscar",
}  # fmt: skip
_INITIAL = re.compile(r"\b([A-ZÅÄÖ])\.(?=\s?[A-ZÅÄÖ])\s?")


def as_read(text: str, language: str) -> str:
    """Return *text* as a voice for *language* should be given it; others lose only signs."""
    text = _SILENT.sub("", text)
    text = re.sub(r"\s*(?:\s[/=:;]\s)\s*", ", ", text)
    if language in ("sv", "en"):
        text = _in_words(text, "sv" if language == "sv" else "en")
    return _LOOSE.sub(r"\1", " ".join(text.split()))


def _in_words(text: str, ui: Ui) -> str:
    for sign, word in _WORDS[ui]:
        text = re.sub(sign, word, text)
    text = re.sub(r"\s?&\s?", " och " if ui == "sv" else " and ", text)
    text = text.replace("@", " snabel-a " if ui == "sv" else " at ")
    text = _LABEL[ui].sub(lambda found: _numbered(found, ui), text)
    text = _RULER.sub(lambda found: _ruler(found, ui), text)
    text = marks_read(_UNTIL_NOW.sub("", _COPYRIGHT.sub("", text)), ui)
    to = "till" if ui == "sv" else "to"
    text = _YEARS.sub(lambda found: _years(found, ui, to), text)
    text = _HOURS.sub(lambda found: _hours(found, ui, to), text)
    return _INITIAL.sub(lambda found: letter(found[1], ui) + " ", text)


def _numbered(found: re.Match[str], ui: Ui) -> str:
    label = _LABEL_WORDS.get(found[1].lower(), found[1])
    number = int(found[2]) if found[2].isdigit() else roman(found[2])
    return f"{label} {in_words(number, ui)}" if 0 < number < _NUMBERED_MAX else found[0]


def _ruler(found: re.Match[str], ui: Ui) -> str:
    number = roman(found[2])
    if number >= _RULERS_MAX:
        return found[0]
    if ui == "sv":
        return f"{found[1]} den {ordinal(number, ui)}"
    return f"{_IN_ENGLISH.get(found[1], found[1])} the {ordinal(number, ui)}"


def _years(found: re.Match[str], ui: Ui, to: str) -> str:
    return f"{spoken_year(int(found[1]), ui)} {to} {spoken_year(int(found[2]), ui)}"


def _hours(found: re.Match[str], ui: Ui, to: str) -> str:
    return f"{found[1]} {in_words(int(found[2]), ui)} {to} {in_words(int(found[3]), ui)}"
