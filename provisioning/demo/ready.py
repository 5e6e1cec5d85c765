"""The ready-file: what a program needs to use the demo, as JSON, true at every moment."""

from pathlib import Path

import msgspec
from msgspec import Struct

from provisioning.files import write_atomically


class ReadyStation(Struct, frozen=True, kw_only=True):
    """One station and its pages."""

    id: str
    municipality: str
    branch: str
    kind: str
    url: str
    bench: str


class Ready(Struct, frozen=True, kw_only=True):
    """The whole region: its pages, its files and its processes."""

    start: str
    portal: str
    desk: str
    desk_password_file: str
    hub_config: str
    pids: dict[str, int]
    stations: list[ReadyStation]


def write(path: Path, ready: Ready) -> None:
    """Put *ready* at *path*; a reader sees the old file or this one, never half."""
    write_atomically(path, msgspec.json.format(msgspec.json.encode(ready)) + b"\n")
