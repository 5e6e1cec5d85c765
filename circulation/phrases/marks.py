"""Numbers and marks that are said sign by sign: ISBN and a shelf's mark."""

import re

from circulation.phrases.letters import letter
from circulation.phrases.numbers import Ui, in_words

_ISBN = re.compile(r"\bISBN:?\s*(\d[\d\s-]{8,15}[\dXx])\b(?:\s*\([^)]*\))?")
_GROUPS = re.compile(r"[\s-]+")
_SAB = r"u?[A-ZÅÄÖ][a-zåäö]{0,3}"
_MARKED = re.compile(rf"\b{_SAB}\.\d{{1,3}}\b|\bu[A-ZÅÄÖ][a-zåäö]{{0,3}}\b")
_DEWEY = re.compile(r"\b\d{3}\.\d{1,4}\b")
_POINT: dict[Ui, str] = {"sv": "punkt", "en": "point"}
_YOUNG: dict[Ui, str] = {"sv": "barn och ungdom, ", "en": "children and young people, "}


def marks_read(text: str, ui: Ui) -> str:
    """Return *text* with each ISBN and each shelf mark in it said sign by sign."""
    text = _ISBN.sub(lambda found: f"I S B N {_in_groups(found[1], ui)}", text)
    text = _MARKED.sub(lambda found: _mark(found[0], ui), text)
    return _DEWEY.sub(lambda found: _mark(found[0], ui), text)


def _in_groups(number: str, ui: Ui) -> str:
    groups = [group for group in _GROUPS.split(number) if group]
    return ", ".join(" ".join(_sign(sign, ui) for sign in group) for group in groups)


def _mark(mark: str, ui: Ui) -> str:
    young = _YOUNG[ui] if mark.startswith("u") else ""
    return young + " ".join(_sign(sign, ui) for sign in mark.removeprefix("u"))


def _sign(sign: str, ui: Ui) -> str:
    if sign.isdigit():
        return in_words(int(sign), ui, "ett")
    return _POINT[ui] if sign == "." else letter(sign.upper() if ui == "sv" else sign, ui)
