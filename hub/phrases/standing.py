"""How far a region's phrases have come, and what a librarian and a technician should know of it."""

from pathlib import Path

import msgspec
from msgspec import Struct

from hub.phrases.store import write_whole

STANDING = "standing.json"
SWEDISH = "sv"


class Standing(Struct, frozen=True, kw_only=True):
    """How far the phrases of one *language* have come."""

    language: str
    voice: str
    """`piper`, or `espeak` where nothing is rendered because every station says the same."""
    lufs: float | None
    """How loud the voice is by itself, as a station's settings want it."""
    wanted: int
    ready: int


def keep(folder: Path, standings: list[Standing]) -> None:
    """Let those who have no engines, such as the desk, read *standings* in *folder*."""
    write_whole(folder / STANDING, msgspec.json.encode(standings))


def kept(folder: Path) -> list[Standing] | None:
    """Return what was kept in *folder* last, None where nothing was."""
    try:
        return msgspec.json.decode((folder / STANDING).read_bytes(), type=list[Standing])
    except (OSError, msgspec.DecodeError):
        return None


def lacks_swedish(standings: list[Standing] | None) -> bool:
    """Return whether most of what visitors hear is eSpeak's, as far as is known."""
    return not any(each.language == SWEDISH and each.voice == "piper" for each in standings or ())
