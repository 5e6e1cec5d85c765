"""Who speaks a sentence: what is stored, else Piper where a voice is, else eSpeak."""

import itertools
import time
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from typing import NamedTuple

from speech import loudness, opus, pcm, stored, voice_files
from speech.engine import RATE_HZ, Cut, Engine, SpeechError, sentences
from speech.espeak import Espeak
from speech.patience import WAIT_SECONDS_MAX, Attempt, TooSlowError
from speech.stored import NoPhrases, Phrases
from speech.voice_files import PACKAGE, PACKAGED
from speech.voice_setting import VoiceSetting

STORED = "stored"
SLOW_TIMES_MAX = 3
"""Sentences in a row that may be late before a voice is given a rest."""
REST_SECONDS = 600.0
"""How long a voice rests that was slow or failed; one whose file changes is tried at once."""


class Sound(NamedTuple):
    """A chunk of speech at `RATE_HZ`, and who made it: an engine, or `stored`."""

    engine: str
    pcm: bytes


class _Rest(NamedTuple):
    """Why a voice does not speak, until when, and what its file was then."""

    problem: str
    until: float
    seen: tuple[int, int] | None


class Voices:
    """A station's voices; each is checked and loaded when first needed.

    What is among *phrases* is not made again. Where not *piper_fits* in the machine's memory
    eSpeak speaks every language.
    """

    def __init__(
        self,
        settings: Iterable[VoiceSetting] = (),
        *,
        piper_fits: bool = True,
        phrases: Phrases | None = None,
        wait_seconds: float = WAIT_SECONDS_MAX,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._phrases = phrases or NoPhrases()
        self._settings = {setting.language: setting for setting in settings}
        self._piper_fits, self._wait_seconds, self._clock = piper_fits, wait_seconds, clock
        if piper_fits and find_spec(PACKAGE):
            self._settings.setdefault(PACKAGED.language, PACKAGED)
        self._espeak: Engine = Espeak()
        self._engines: dict[str, Engine] = {}
        self._resting: dict[str, _Rest] = {}
        self._slow: dict[str, int] = {}
        self._loading: set[str] = set()
        for setting in self._settings.values():
            self._look_for(setting)

    def speak(self, text: str, language: str, wpm: int, cut: Cut) -> Iterator[Sound]:
        """Give *text* as sound, every voice at one loudness; voices change between sentences only.

        Where an engine fails or is slow eSpeak speaks, and `faults` says so.
        """
        for sentence in sentences(text):
            if cut.made:
                return
            ready = self._stored(sentence, language) if wpm == stored.WPM_STORED else None
            yield from ready or self._live(sentence, language, wpm, cut)

    def _stored(self, sentence: str, language: str) -> Iterator[Sound] | None:
        """Return the stored sound of *sentence*, None where there is none that can be played."""
        called = stored.words(sentence, language)
        file = self._phrases.sound(called)
        if file is None:
            return None
        sounds = opus.decoded(file)
        try:
            first = next(sounds)
        except (SpeechError, StopIteration):
            self._phrases.damaged(called)
            return None
        return self._played(called, itertools.chain([first], sounds))

    def _played(self, called: bytes, sounds: Iterable[bytes]) -> Iterator[Sound]:
        try:
            for chunk in sounds:
                yield Sound(STORED, chunk)
        except SpeechError:
            # Half a sentence was heard: to say it all again now would be worse.
            self._phrases.damaged(called)

    def _live(self, text: str, language: str, wpm: int, cut: Cut) -> Iterator[Sound]:
        engine = self.engine(language)
        if engine is not self._espeak and (engine.ready or language not in self._loading):
            sound = self._tried(engine, text, language, (wpm, cut))
            if sound or cut.made:
                yield from _levelled(engine, language, sound)
                return
        try:
            said = self._espeak.speak(text, language, wpm, cut)
            yield from _levelled(self._espeak, language, said)
        except SpeechError as error:
            self._note(language, str(error), until=self._clock() + REST_SECONDS)

    def _tried(
        self, engine: Engine, text: str, language: str, manner: tuple[int, Cut]
    ) -> list[bytes]:
        """Return *text* by *engine*, nothing where that fails or is too slow."""
        try:
            sound = Attempt(engine, text, language, manner).sound(self._wait_seconds)
        except TooSlowError as error:
            if not engine.ready:
                # It goes on being loaded; meanwhile nobody waits for it again.
                self._loading.add(language)
                return []
            self._slow[language] = self._slow.get(language, 0) + 1
            if self._slow[language] >= SLOW_TIMES_MAX:
                self._rest(language, f"slow: {error}, {SLOW_TIMES_MAX} times in a row")
            return []
        except SpeechError as error:
            self._rest(language, str(error))
            return []
        self._slow.pop(language, None)
        self._loading.discard(language)
        return sound

    def engine(self, language: str) -> Engine:
        """Return who speaks *language*."""
        rest = self._resting.get(language)
        if rest and self._is_over(rest, language):
            del self._resting[language]
            self._engines.pop(language, None)
        if language not in self._engines:
            self._engines[language] = self._opened(language)
        return self._engines[language]

    def use(self, language: str, engine: Engine) -> None:
        """Let *engine* speak *language* from now on."""
        self._engines[language] = engine

    def faults(self) -> list[str]:
        """Return what a technician should know, such as a voice that is missing."""
        return sorted(rest.problem for rest in self._resting.values())

    def _opened(self, language: str) -> Engine:
        setting = self._settings.get(language)
        if setting is None or setting.engine == "espeak":
            return self._espeak
        try:
            return voice_files.opened(setting)
        except SpeechError as error:
            self._rest(language, str(error), until=float("inf"))
            return self._espeak

    def _look_for(self, setting: VoiceSetting) -> None:
        """Report a voice that is not there, without reading it."""
        if setting.engine != "piper":
            return
        try:
            if not self._piper_fits:
                raise SpeechError("this board has too little memory for Piper")
            voice_files.model_of(setting)
        except SpeechError as error:
            self._rest(setting.language, str(error), until=float("inf"))

    def _rest(self, language: str, problem: str, *, until: float | None = None) -> None:
        """Let eSpeak speak *language* for a while."""
        until = self._clock() + REST_SECONDS if until is None else until
        self._note(language, f"{problem}; eSpeak speaks instead", until=until)
        self._slow.pop(language, None)
        self._loading.discard(language)
        self._engines[language] = self._espeak

    def _note(self, language: str, problem: str, *, until: float) -> None:
        setting = self._settings.get(language)
        seen = voice_files.seen(setting) if setting else None
        self._resting[language] = _Rest(f"voice {language}: {problem}", until, seen)

    def _is_over(self, rest: _Rest, language: str) -> bool:
        if self._clock() >= rest.until:
            return True
        setting = self._settings.get(language)
        return bool(setting and self._piper_fits and voice_files.seen(setting) != rest.seen)


def _levelled(engine: Engine, language: str, said: Iterable[bytes]) -> Iterator[Sound]:
    gain_db = loudness.gain_db(engine.lufs(language))
    for chunk in said:
        levelled = pcm.gained(chunk, gain_db)
        yield Sound(engine.name, pcm.resampled(levelled, engine.rate_hz, RATE_HZ))
