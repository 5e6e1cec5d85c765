"""The port of a speech engine, and how an utterance under way is called off."""

import re
import threading
from collections.abc import Callable, Iterator
from typing import Protocol

from circulation.errors import CirculationError

RATE_HZ = 22_050
"""The rate at which a station plays; engines of another are resampled."""

WPM_DEFAULT = 160
WPM_MIN = 80
WPM_MAX = 320

SENTENCE_LETTERS_MAX = 240
"""What is longer is said in pieces: nobody waits until all of it is made."""

_SENTENCE_END = re.compile(r"(?<=[.?!])\s+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class SpeechError(CirculationError):
    """An engine that cannot speak; another is tried, and the fault is told."""


class Cut:
    """The end of one utterance, called once from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made = False
        self._then: list[Callable[[], None]] = []

    @property
    def made(self) -> bool:
        """Whether the utterance is no longer wanted."""
        return self._made

    def make(self) -> None:
        """Let what is being synthesised end now."""
        with self._lock:
            self._made = True
            waiting, self._then = self._then, []
        for act in waiting:
            act()

    def then(self, act: Callable[[], None]) -> None:
        """Do *act* when the cut is made, at once where it is."""
        with self._lock:
            if not self._made:
                self._then.append(act)
                return
        act()


class Engine(Protocol):
    """Turns text into sound."""

    @property
    def name(self) -> str:
        """What the engine is called in faults and on the bench."""

    @property
    def rate_hz(self) -> int:
        """Samples a second of what `speak` gives."""

    @property
    def ready(self) -> bool:
        """Whether it has been loaded; one that has not is when it first speaks."""

    def lufs(self, language: str) -> float:
        """Return how loud it speaks *language* by itself (EBU R 128), at the usual rate."""

    def speak(self, text: str, language: str, wpm: int, cut: Cut) -> Iterator[bytes]:
        """Give *text* as chunks of 16-bit mono PCM; end soon after *cut* is made."""


def sentences(text: str) -> list[str]:
    """Return the sentences of *text*: the first is heard while the next is made.

    One of more than `SENTENCE_LETTERS_MAX` letters comes in pieces of whole words. No engine is
    given a control character.
    """
    text = _CONTROLS.sub(" ", text).strip()
    whole = (sentence for sentence in _SENTENCE_END.split(text) if sentence)
    return [piece for sentence in whole for piece in _pieces(sentence)]


def _pieces(sentence: str) -> Iterator[str]:
    while len(sentence) > SENTENCE_LETTERS_MAX:
        beginning = sentence[:SENTENCE_LETTERS_MAX]
        # At the last comma of the second half, else between words, else where it must be.
        comma = beginning.rfind(", ", SENTENCE_LETTERS_MAX // 2) + 1
        at = comma or beginning.rfind(" ") + 1 or SENTENCE_LETTERS_MAX
        yield sentence[:at].rstrip()
        sentence = sentence[at:].lstrip()
    yield sentence
