"""What every database holds: neither NUL, which PostgreSQL refuses, nor half a character."""

import re
from collections.abc import Mapping

import msgspec

STORABLE = msgspec.Meta(pattern=r"^[^\x00]*\Z")
"""A text from JSON that every database holds; of halves of characters JSON has none."""
_NUL_IN_JSON = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
HAS_UNSTORABLE = "has a sign that no database holds"
"""What is said of a text that is refused."""
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def unstorable(told: object, where: str = "$") -> str | None:
    """Return where in *told* the first text stands that some database refuses, None for none.

    Maps and lists are looked through; what is named by such a text is told as *where* it stands.
    """
    match told:
        case str():
            return where if _UNSTORABLE.search(told) else None
        case Mapping():
            parts = [(f"{where}.{name}", each) for name, each in told.items()]
            if any(_UNSTORABLE.search(str(name)) for name in told):
                return where
        case list() | tuple():
            parts = [(f"{where}[{n}]", each) for n, each in enumerate(told)]
        case _:
            return None
    return next((found for at, each in parts if (found := unstorable(each, at))), None)


def has_nul(body: bytes) -> bool:
    """Return whether a text in the JSON of *body* has a NUL, the only one of them that can be."""
    # A search without a pattern is so fast that it is felt nowhere, and nearly always enough.
    return rb"\u0000" in body and _NUL_IN_JSON.search(body) is not None


def without_unstorable(text: str) -> str:
    """Return *text* without what some database refuses."""
    # Nearly all are plain, and a catalogue has millions.
    plain = text.isascii() and "\0" not in text
    return text if plain else _UNSTORABLE.sub("", text)
