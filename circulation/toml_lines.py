"""Where in a TOML file a key stands, so that an answer can name the line."""

import re
from collections import Counter
from collections.abc import Iterator

_HEADER = re.compile(r"\s*\[(?P<many>\[)?\s*(?P<name>[\w.\"-]+)\s*\]")
_KEY = re.compile(r"\s*(?P<name>[\w.\"-]+)\s*=")
_LAST = re.compile(r"(?:\.[^.\[\]]+|\[[^\]]*\]|^[^.\[\]]+)$")


def line_of(text: str, key: str) -> int:
    """Return the number of the line in *text* that gives *key*, counted from 1; 0 for none.

    A key is written like `sound.overlay` or `reader[1].device`.  One that is not there is looked
    for at what holds it, for that is where it belongs.
    """
    places: dict[str, int] = {}
    for number, name in _names(text):
        places.setdefault(name, number)
    while key and key not in places:
        key = _LAST.sub("", key)
    return places.get(key, 0)


def _names(text: str) -> Iterator[tuple[int, str]]:
    table, seen = "", Counter[str]()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = header["name"].replace('"', "")
            first, dot, rest = table.partition(".")
            if header["many"]:
                seen[table] += 1
                table = f"{table}[{seen[table] - 1}]"
            elif dot and first in seen:
                table = f"{first}[{seen[first] - 1}].{rest}"
            yield number, table
        elif key := _KEY.match(line):
            name = key["name"].replace('"', "")
            yield number, f"{table}.{name}" if table else name
