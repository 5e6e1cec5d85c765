"""TOML of the few shapes that a region's files have, so that what is read can be written."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any


def toml(told: Mapping[str, Any]) -> str:
    """Return *told* as TOML: words, numbers, days, lists of them, and lists of tables."""
    return "\n".join(_lines(told, "")) + "\n"


def _lines(told: Mapping[str, Any], name: str) -> Iterator[str]:
    tables = {key: value for key, value in told.items() if _is_tables(value)}
    for key, value in told.items():
        if key not in tables:
            yield f"{key} = {_value(value)}"
    for key, rows in tables.items():
        inner = f"{name}.{key}" if name else key
        for row in rows:
            yield ""
            yield f"[[{inner}]]"
            yield from _lines(row, inner)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    # What JSON says of a word or a whole number TOML says alike, but for one sign.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
