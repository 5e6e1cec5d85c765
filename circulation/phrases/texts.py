"""Every sentence of a station, from data: as it is seen and as it is said."""

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from circulation.phrases.dates import spoken_date, written_date
from circulation.phrases.numbers import Gender, Ui, digits, in_words


class Phrase(NamedTuple):
    """The same words twice: with figures for the eye, without for the voice."""

    seen: str
    said: str


def phrase(ui: Ui, key: str, **fillers: Phrase | str) -> Phrase:
    """Return the text called *key* in *ui*, filled in and with a capital letter."""
    if not fillers:
        return _as_it_is(ui, key)
    text = texts(ui)[key]
    seen = {name: _phrase(filler).seen for name, filler in fillers.items()}
    said = {name: _phrase(filler).said for name, filler in fillers.items()}
    return Phrase(_capital(text.format_map(seen)), _capital(text.format_map(said)))


@cache
def _as_it_is(ui: Ui, key: str) -> Phrase:
    words = _capital(texts(ui)[key].format_map({}))
    return Phrase(words, words)


def knows(ui: Ui, key: str) -> bool:
    """Return True where *ui* has a text called *key*."""
    return key in texts(ui)


@cache
def texts(ui: Ui) -> dict[str, str]:
    """Return all texts of *ui* by their keys, such as `idle.heading`."""
    raw = (files("circulation.phrases") / f"kiosk.{ui}.toml").read_text(encoding="utf-8")
    tables: dict[str, dict[str, str]] = tomllib.loads(raw)
    return {
        f"{state}.{name}": text for state, table in tables.items() for name, text in table.items()
    }


def number(count: int, ui: Ui, gender: Gender = "en") -> Phrase:
    """Return *count* in words, for eye and voice alike."""
    words = in_words(count, ui, gender)
    return Phrase(words, words)


def day(when: date, ui: Ui, today: date) -> Phrase:
    """Return a due date: `den 21 december`, said with its weekday and in words."""
    seen = written_date(when, ui, today)
    return Phrase(f"den {seen}" if ui == "sv" else seen, spoken_date(when, ui, today))


def code(text: str, ui: Ui) -> Phrase:
    """Return *text* sign by sign for the voice."""
    return Phrase(text, digits(text, ui))


def _phrase(filler: Phrase | str) -> Phrase:
    return filler if isinstance(filler, Phrase) else Phrase(filler, filler)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
