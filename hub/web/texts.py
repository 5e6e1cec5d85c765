"""Every word of the pages, from one TOML file for each language."""

import tomllib
from pathlib import Path

_FOLDER = Path(__file__).with_name("texts")
LANGUAGES = {"sv": "Svenska", "en": "English"}

TEXTS: dict[str, dict[str, str]] = {
    language: tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    for language in LANGUAGES
}


def text(language: str, key: str, **values: object) -> str:
    """Return the words *key* in *language*, with *values* in their places.

    Where *values* has an `n` of one and there is a `key_one`, that form is taken.
    """
    one = f"{key}_one"
    words = TEXTS[language]
    chosen = words[one] if values.get("n") == 1 and one in words else words[key]
    return chosen.format(**values)


def known(language: str, key: str) -> bool:
    """Return whether there are words for *key*."""
    return key in TEXTS[language]
