"""Who is to speak a language, as a technician sets it; read without loading any engine."""

from pathlib import Path
from typing import Literal

from msgspec import Struct

PIPER_LUFS = -24.3
"""How loud the packaged English voice is by itself, which others are near."""


class VoiceSetting(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who speaks *language*, in the settings of a station or of the hub.

    Without a *file* `piper` means the voice that comes as a package (English only).
    """

    language: str
    engine: Literal["piper", "espeak"] = "piper"
    file: Path | None = None
    sha256: str = ""
    lufs: float = PIPER_LUFS
    """How loud the voice is by itself (EBU R 128); `python -m hub phrases status` measures it."""
