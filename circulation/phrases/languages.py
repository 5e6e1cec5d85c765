"""MARC language codes, and scripts, as the languages that voices know."""

import unicodedata
from collections import Counter

_VOICE = {
    "swe": "sv", "eng": "en", "fin": "fi", "sme": "se", "smj": "smj", "ara": "ar",
    "nob": "nb", "nno": "nb", "nor": "nb", "dan": "da", "ger": "de", "deu": "de",
    "fre": "fr", "fra": "fr", "spa": "es", "ita": "it", "por": "pt", "dut": "nl", "nld": "nl",
    "rus": "ru", "ukr": "uk", "pol": "pl", "est": "et", "lav": "lv", "lit": "lt",
    "ice": "is", "isl": "is", "tur": "tr", "per": "fa", "fas": "fa", "kur": "ku",
    "hun": "hu", "cze": "cs", "ces": "cs", "rum": "ro", "ron": "ro", "gre": "el", "ell": "el",
    "lat": "la", "alb": "sq", "sqi": "sq", "hrv": "hr", "scr": "hr", "srp": "sr", "scc": "sr",
    "bos": "bs",
}  # fmt: skip
_SCRIPTS = {
    "ARABIC": ("ar", "fa", "ku"),
    "CYRILLIC": ("ru", "uk", "sr", "bs"),
    "GREEK": ("el",),
    "HEBREW": ("he",),
    "CJK": ("cmn",),
    "HIRAGANA": ("ja",),
    "KATAKANA": ("ja",),
    "HANGUL": ("ko",),
    "DEVANAGARI": ("hi",),
    "THAI": ("th",),
    "ETHIOPIC": ("am", "ti"),
}
"""Scripts that are not ours by the names that Unicode gives them, each with the languages that are
written in it; the first where a record says none of them."""
_ALSO_LATIN = {"ku", "sr", "bs"}
SAMI_NAMES = {"se": ("nordsamiska", "Northern Sámi"), "smj": ("lulesamiska", "Lule Sámi")}
"""Languages whose titles are announced in the visitor's own, as no right voice exists."""


def voice_language(marc: str, ui: str) -> str:
    """Return the voice for MARC code *marc*; mul, und, zxx and the unknown get *ui*'s."""
    return _VOICE.get(marc, ui)


def voice_for(text: str, marc: str, ui: str) -> str:
    """Return the voice for *text* that a record calls *marc*: what it is written in has the say.

    What is in another script than its language's is read by a voice that knows the script; what was
    put into Latin letters, by that of *ui*, the visitor's language.
    """
    said, script = voice_language(marc, ui), _script(text)
    if script in _SCRIPTS:
        return said if said in _SCRIPTS[script] else _SCRIPTS[script][0]
    foreign = {language for languages in _SCRIPTS.values() for language in languages}
    return ui if script and said in foreign - _ALSO_LATIN else said


def _script(text: str) -> str:
    """Return the script of most letters of *text*, empty where it has none."""
    names = (unicodedata.name(sign, "").partition(" ")[0] for sign in text if sign.isalpha())
    found = Counter(names).most_common(1)
    return found[0][0] if found else ""
