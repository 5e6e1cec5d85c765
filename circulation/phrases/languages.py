"""MARC language codes as the languages that voices know."""

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
SAMI_NAMES = {"se": ("nordsamiska", "Northern Sámi"), "smj": ("lulesamiska", "Lule Sámi")}
"""Languages whose titles are announced in the visitor's own, as no right voice exists."""


def voice_language(marc: str, ui: str) -> str:
    """Return the voice for MARC code *marc*; mul, und, zxx and the unknown get *ui*'s."""
    return _VOICE.get(marc, ui)
