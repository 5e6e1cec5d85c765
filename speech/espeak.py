"""eSpeak NG in this process: every language, at once, if not beautifully."""

import ctypes
import threading
from collections.abc import Iterator
from functools import cache

from speech.engine import RATE_HZ, Cut, SpeechError, sentences
from speech.rates import for_espeak

_SYNCHRONOUS = 2
_BUFFER_MS = 60
_CHARS_UTF8 = 1
_POSITION_CHARACTER = 1
_PARAMETER_RATE = 1
_RATE_MIN, _RATE_MAX = 80, 450
_GO_ON, _STOP = 0, 1
_DEBIAN_LIBRARY = "libespeak-ng.so.1"

VOICES = {
    "sv": "sv",
    "en": "en",
    "fi": "fi",
    "ar": "ar",
    "nb": "nb",
    "da": "da",
    "smj": "smj",
    # No Northern Sámi voice exists: its near kin, announced as such by the title's phrase.
    "se": "smj",
}  # fmt: skip
"""Voices by language where the two differ or are promised; others go by their own name."""
FALLBACK_VOICE = "sv"

LOUDNESS_LUFS = {
    "sv": -20.8,
    "en": -20.2,
    "fi": -20.1,
    "nb": -21.4,
    "da": -20.7,
    "ar": -21.0,
    "smj": -19.8,
}
"""As `loudness.of_voice` measured them at 160 words a minute; a test measures them again."""

_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class Espeak:
    """eSpeak NG through its library; the library holds one state, so one speaks at a time."""

    name = "espeak"
    rate_hz = RATE_HZ
    ready = True

    def lufs(self, language: str) -> float:
        """Return how loud it speaks *language*, any unknown one as Swedish."""
        voice = VOICES.get(language, language)
        return LOUDNESS_LUFS.get(voice, LOUDNESS_LUFS[FALLBACK_VOICE])

    def speak(self, text: str, language: str, wpm: int, cut: Cut) -> Iterator[bytes]:
        """Give *text* a sentence at a time, each in chunks of at most 60 ms."""
        library = _library()
        for sentence in sentences(text):
            if cut.made:
                return
            yield from library.sentence(sentence, VOICES.get(language, language), wpm, cut)


class _Library:
    """The one eSpeak of this process."""

    def __init__(self, library: ctypes.CDLL, data: str | None) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._heard: list[bytes] = []
        self._cut = Cut()
        # Kept as long as the library may call it.
        self._callback = _Callback(self._hear)
        rate = library.espeak_Initialize(
            _SYNCHRONOUS, _BUFFER_MS, data.encode() if data else None, 0
        )
        if rate != RATE_HZ:
            raise SpeechError(f"eSpeak NG did not start ({rate}): is its data installed?")
        library.espeak_SetSynthCallback(self._callback)

    def sentence(self, text: str, voice: str, wpm: int, cut: Cut) -> list[bytes]:
        """Return *text* as sound; an unknown *voice* is replaced by the fallback."""
        words = text.encode().replace(b"\0", b" ") + b"\0"
        with self._lock:
            self._heard, self._cut = [], cut
            self._choose(voice, wpm)
            self._library.espeak_Synth(
                words, ctypes.c_size_t(len(words)), 0, _POSITION_CHARACTER, 0, _CHARS_UTF8,
                None, None,
            )  # fmt: skip
            return self._heard

    def knows(self, voice: str) -> bool:
        """Return whether there is a *voice*."""
        with self._lock:
            return bool(self._library.espeak_SetVoiceByName(voice.encode()) == 0)

    def _choose(self, voice: str, wpm: int) -> None:
        for name in (voice, FALLBACK_VOICE):
            if self._library.espeak_SetVoiceByName(name.encode()) == 0:
                rate = min(max(for_espeak(wpm, name), _RATE_MIN), _RATE_MAX)
                self._library.espeak_SetParameter(_PARAMETER_RATE, rate, 0)
                return
        raise SpeechError(f"eSpeak NG has no voice {voice} nor {FALLBACK_VOICE}")

    def _hear(self, wave: "ctypes._Pointer[ctypes.c_short]", count: int, _events: int) -> int:
        if wave and count:
            self._heard.append(ctypes.string_at(wave, count * 2))
        return _STOP if self._cut.made else _GO_ON


def speaks(language: str) -> bool:
    """Return whether eSpeak has a voice for *language*, be it a stopgap."""
    return _library().knows(VOICES.get(language, language))


@cache
def _library() -> _Library:
    try:
        # Imported here: a station with Debian's library needs no such package.
        import espeakng_loader  # noqa: PLC0415
    except ImportError:
        return _Library(_opened(_DEBIAN_LIBRARY), None)
    return _Library(_opened(espeakng_loader.get_library_path()), espeakng_loader.get_data_path())


def _opened(path: str) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(path)
    except OSError as error:
        raise SpeechError(f"eSpeak NG cannot be loaded: {error}") from error
