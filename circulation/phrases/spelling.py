"""Words letter by letter, with the names that people use on the telephone."""

import unicodedata

from circulation.phrases.numbers import Ui, in_words

LETTERS_MAX = 120

_SV = [
    "Adam",
    "Bertil",
    "Cesar",
    "David",
    "Erik",
    "Filip",
    "Gustav",
    "Helge",
    "Ivar",
    "Johan",
    "Kalle",
    "Ludvig",
    "Martin",
    "Niklas",
    "Olof",
    "Petter",
    "Quintus",
    "Rudolf",
    "Sigurd",
    "Tore",
    "Urban",
    "Viktor",
    "Wilhelm",
    "Xerxes",
    "Yngve",
    "Zäta",
]
_EN = [
    "Alfa",
    "Bravo",
    "Charlie",
    "Delta",
    "Echo",
    "Foxtrot",
    "Golf",
    "Hotel",
    "India",
    "Juliett",
    "Kilo",
    "Lima",
    "Mike",
    "November",
    "Oscar",
    "Papa",
    "Quebec",
    "Romeo",
    "Sierra",
    "Tango",
    "Uniform",
    "Victor",
    "Whiskey",
    "X-ray",
    "Yankee",
    "Zulu",
]
_NAMES: dict[Ui, dict[str, str]] = {
    "sv": dict(zip("abcdefghijklmnopqrstuvwxyz", _SV, strict=True))
    | {"å": "Åke", "ä": "Ärlig", "ö": "Östen"},
    "en": dict(zip("abcdefghijklmnopqrstuvwxyz", _EN, strict=True)),
}
"""Swedish as in Försvarsmakten's spelling alphabet, English as in ICAO's."""
_SPACE: dict[Ui, str] = {"sv": "mellanslag", "en": "space"}
_ACCENTED: dict[Ui, str] = {"sv": "med accent", "en": "with an accent"}


def spelled(text: str, ui: Ui) -> str:
    """Return *text* letter by letter as *ui* says it; marks are passed over.

    What is longer than `LETTERS_MAX` ends there; letters of other scripts are themselves.
    """
    said = (_said(sign, ui) for sign in " ".join(text.split())[:LETTERS_MAX].lower())
    return ", ".join(word for word in said if word)


def _said(sign: str, ui: Ui) -> str:
    if sign == " ":
        return _SPACE[ui]
    if sign in _NAMES[ui]:
        return _NAMES[ui][sign]
    if sign.isdecimal():
        return in_words(int(sign), ui)
    if not sign.isalpha():
        return ""
    plain = unicodedata.normalize("NFD", sign)[0]
    return f"{_NAMES[ui][plain]} {_ACCENTED[ui]}" if plain in _NAMES[ui] else sign
