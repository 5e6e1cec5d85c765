"""A CSV file becomes lines; a wrong one is named with its number, and the rest is read."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from circulation.errors import ConfigError
from circulation.storable import HAS_UNSTORABLE, unstorable
from hub.catalogue.feeds.lines import LINES, Kind, Line, key_of

_SEPARATORS = ",;\t"
_NO_DAY = "Invalid RFC3339 encoded date"


class Wrong(Struct, frozen=True):
    """A line that cannot be used, and why."""

    number: int
    """Of the line in the file; the first, with the names, is 1."""
    reason: str


class Told(Struct, frozen=True, kw_only=True):
    """What a file says, by key, and the number of the line that said it."""

    names: frozenset[str]
    """What its first line names: nothing is said of anything else."""
    lines: dict[str, Line]
    numbers: dict[str, int]
    wrong: list[Wrong]


def read(path: Path, kind: Kind) -> Told:
    """Return what *path* says; of lines with one key the last stands, and others are named.

    Commas, semicolons or tabs part the fields, as the first line does. A file that is not UTF-8,
    or whose first line lacks a needed name, is a `ConfigError`.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            # Strictly: a quote that is never closed would swallow the lines after it unseen.
            reader = csv.reader(file, delimiter=_separator(first), strict=True)
            names = _names(path, _head(path, reader), kind)
            told = Told(names=frozenset(names), lines={}, numbers={}, wrong=[])
            for number, fields in _rows(reader, names):
                _take(told, number, fields, kind)
    except UnicodeDecodeError as error:
        line = _first_not_utf8(path)
        raise ConfigError(f"{path}: line {line} is not UTF-8; save it as UTF-8") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    return told


def _first_not_utf8(path: Path) -> int:
    # Text is decoded by the block: only line by line is it known where.
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
    raise AssertionError(path)


def _separator(first: str) -> str:
    return max(_SEPARATORS, key=first.count)


def _head(path: Path, reader: Any) -> list[str]:
    try:
        return [each.strip() for each in next(reader, [])]
    except csv.Error as error:
        raise ConfigError(f"{path}: its first line cannot be read: {error}") from error


def _rows(reader: Any, names: list[str]) -> Iterator[tuple[int, dict[str, str] | str]]:
    """Yield each line's number with its fields, or with why it has none."""
    while True:
        # Where it begins, as a field may have line breaks of its own.
        number = reader.line_num + 1
        try:
            values = next(reader, None)
        except csv.Error as error:
            yield number, str(error)
            continue
        if values is None:
            return
        if len(values) == len(names):
            yield number, dict(zip(names, map(str.strip, values), strict=True))
        elif any(values):
            yield number, f"{len(values)} fields and not {len(names)}"


def _names(path: Path, names: list[str], kind: Kind) -> list[str]:
    known = {field.name: field for field in msgspec.structs.fields(LINES[kind])}
    needed = [name for name, field in known.items() if field.required]
    if lacking := [name for name in needed if name not in names]:
        raise ConfigError(f"{path}: its first line lacks {', '.join(lacking)}")
    if unknown := [name for name in names if name not in known]:
        raise ConfigError(
            f"{path}: its first line has {', '.join(map(repr, unknown))}; "
            f"what is read is {', '.join(known)}"
        )
    if twice := [name for name in known if names.count(name) > 1]:
        raise ConfigError(f"{path}: its first line has {', '.join(twice)} more than once")
    return names


def _take(told: Told, number: int, fields: dict[str, str] | str, kind: Kind) -> None:
    if isinstance(fields, str):
        told.wrong.append(Wrong(number, fields))
        return
    # What is left empty is as it is where nothing is said.
    given = {name: value for name, value in fields.items() if value}
    if name := next((name for name, value in given.items() if unstorable(value)), ""):
        told.wrong.append(Wrong(number, f"`{name}` {HAS_UNSTORABLE}"))
        return
    try:
        line = msgspec.convert(given, LINES[kind], strict=False)
    except msgspec.ValidationError as error:
        # msgspec says which field and what it should be, and not what stood there.
        reason = str(error).replace(_NO_DAY, "No day as in 2026-12-24")
        told.wrong.append(Wrong(number, reason))
        return
    key = key_of(line)
    if told.lines.get(key, line) != line:
        told.wrong.append(Wrong(told.numbers[key], f"line {number} says otherwise, and stands"))
    told.lines[key], told.numbers[key] = line, number
