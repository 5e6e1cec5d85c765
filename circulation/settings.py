"""Settings files: strict TOML, answered like a colleague would; paths are beside the file."""

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from circulation.errors import ConfigError
from circulation.storable import HAS_UNSTORABLE, unstorable
from circulation.toml_lines import line_of

S = TypeVar("S")
Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
"""A TCP port; where something is served, 0 takes any free one."""
Lane = Annotated[str, msgspec.Meta(pattern="^[^/+#\\s]+$")]
"""One level of an MQTT topic."""
_UNKNOWN = re.compile(r"unknown field `(?P<key>[^`]+)`(?: - at `\$\.?(?P<path>[^`]*)`)?")
_AT = re.compile(r"`\$\.?(?P<path>[^`]*)`$")
_WRONG_CHOICE = re.compile(r"Invalid enum value '(?P<given>[^']*)'")
_WRONG_NAME = " - at `key` in "
"""What msgspec says where not a value but the name before it is wrong."""


def load(path: Path, kind: type[S]) -> S:
    """Return the settings in *path* as *kind*; what is wrong is a `ConfigError` that helps."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 at byte {error.start}") from error
    try:
        told = tomllib.loads(text)
        if (where := unstorable(told)) is not None:
            raise ConfigError(f"{path}{_line(text, f'`{where}`')}: `{where}` {HAS_UNSTORABLE}")
        return msgspec.convert(told, kind, dec_hook=_paths(path.parent))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}{_line(text, str(error))}: {_helped(error, kind)}") from error


def _paths(folder: Path) -> Callable[[type, Any], Any]:
    """Return a hook that takes every path from *folder*, where the settings file is."""

    def hook(kind: type, value: Any) -> Any:
        if kind is Path and isinstance(value, str):
            return folder / value
        raise TypeError(f"expected {kind.__name__}, got {type(value).__name__}")

    return hook


def _line(text: str, message: str) -> str:
    """Return `:LINE` of the key that *message* is about, where it can be found."""
    number = line_of(text, _key(message))
    return f":{number}" if number else ""


def _key(message: str) -> str:
    """Return the key that *message* is about, as `reader[1].device`."""
    if found := _UNKNOWN.search(message):
        return ".".join(filter(None, (found["path"], found["key"])))
    at = _AT.search(message)
    path = at["path"] if at else ""
    given = _WRONG_CHOICE.search(message)
    return f"{path}.{given['given']}" if given and _WRONG_NAME in message else path


def _types(kind: object) -> Iterator[msgspec.inspect.Type]:
    """Yield the type *kind* and every type within it, each once."""
    seen: set[int] = set()
    waiting = [msgspec.inspect.type_info(kind)]
    while waiting:
        info = waiting.pop()
        if id(info) in seen:
            continue
        seen.add(id(info))
        yield info
        waiting.extend(_within(info))


def _within(info: msgspec.inspect.Type) -> Iterator[msgspec.inspect.Type]:
    for field in getattr(info, "fields", ()):
        yield field.type
    yield from getattr(info, "types", ())
    for name in ("item_type", "key_type", "value_type"):
        if (part := getattr(info, name, None)) is not None:
            yield part


def _fields(kind: object) -> set[str]:
    return {
        field.encode_name for info in _types(kind) for field in getattr(info, "fields", ())
    }  # fmt: skip


def _choices(kind: object, name: str) -> list[str]:
    """Return what a setting called *name* may say, where it is one of a few words."""
    words: set[str] = set()
    for info in _types(kind):
        for field in getattr(info, "fields", ()):
            if field.encode_name == name:
                waiting = [field.type, *_within(field.type)]
                literals = [
                    each for each in waiting if isinstance(each, msgspec.inspect.LiteralType)
                ]
                words.update(str(value) for each in literals for value in each.values)
    return sorted(words - {""})


def _helped(error: msgspec.ValidationError, kind: object) -> str:
    message = str(error)
    if found := _UNKNOWN.search(message):
        return f"unknown setting `{found['key']}`{_meant(found['key'], _fields(kind))}"
    if wrong := _WRONG_CHOICE.search(message):
        at = _AT.search(message)
        name = at["path"].rpartition(".")[2].partition("[")[0] if at else ""
        return f"{message}{_meant(wrong['given'], _choices(kind, name))}"
    return message


def _meant(given: str, there: Iterable[str]) -> str:
    near = difflib.get_close_matches(given, sorted(there), n=1)
    return f"; did you mean `{near[0]}`?" if near else ""
