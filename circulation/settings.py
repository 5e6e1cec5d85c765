"""Settings files: strict TOML, answered like a colleague would; paths are beside the file."""

import difflib
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from circulation.errors import ConfigError

S = TypeVar("S")
Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
"""A TCP port; where something is served, 0 takes any free one."""
Lane = Annotated[str, msgspec.Meta(pattern="^[^/+#\\s]+$")]
"""One level of an MQTT topic."""
_UNKNOWN = re.compile(r"unknown field `(?P<key>[^`]+)`(?: - at `\$\.?(?P<path>[^`]*)`)?")


def load(path: Path, kind: type[S]) -> S:
    """Return the settings in *path* as *kind*; what is wrong is a `ConfigError` that helps."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 at byte {error.start}") from error
    try:
        return msgspec.convert(tomllib.loads(text), kind, dec_hook=_paths(path.parent))
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
    if found := _UNKNOWN.search(message):
        key = found["key"]
    else:
        key = message.rpartition("`$")[2].strip("`").rpartition(".")[2].partition("[")[0]
    for number, line in enumerate(text.splitlines(), start=1):
        if key and re.match(rf"\s*\[*\s*\"?(?:[\w.]+\.)?{re.escape(key)}\"?\s*[\]=]", line):
            return f":{number}"
    return ""


def _fields(kind: object) -> set[str]:
    names: set[str] = set()
    seen: set[int] = set()
    waiting = [msgspec.inspect.type_info(kind)]
    while waiting:
        info = waiting.pop()
        if id(info) in seen:
            continue
        seen.add(id(info))
        for field in getattr(info, "fields", ()):
            names.add(field.encode_name)
            waiting.append(field.type)
        waiting.extend(getattr(info, "types", ()))
        waiting.extend(
            part
            for name in ("item_type", "value_type")
            if (part := getattr(info, name, None)) is not None
        )
    return names


def _helped(error: msgspec.ValidationError, kind: object) -> str:
    message = str(error)
    if found := _UNKNOWN.search(message):
        near = difflib.get_close_matches(found["key"], _fields(kind), n=1)
        meant = f"; did you mean `{near[0]}`?" if near else ""
        return f"unknown setting `{found['key']}`{meant}"
    return message
