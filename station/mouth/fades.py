"""Soft edges for what is heard: sound that begins or ends in one step is heard as a click."""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from speech import pcm
from speech.engine import RATE_HZ

RISE_MS = 3
FALL_MS = 8
"""How long sound takes to fall silent, wherever it is ended."""


class Fade:
    """Sound that rises from silence, and falls back to it wherever it is ended.

    The last `FALL_MS` are held back until more comes: they may be the end.
    """

    def __init__(self) -> None:
        self._held = b""
        self._risen = 0

    def through(self, sound: bytes) -> bytes:
        """Return what may be heard now, of what was held back and *sound*."""
        held = self._held + self._rising(sound)
        at = max(0, len(held) - len(_fall()) * 2)
        self._held = held[at:]
        return held[:at]

    def end(self) -> bytes:
        """Return what was held back, falling to silence; what comes later rises from it."""
        held, self._held, self._risen = self._held, b"", 0
        return _shaped(held, _fall()[len(_fall()) - len(held) // 2 :])

    def _rising(self, sound: bytes) -> bytes:
        left = _rise()[self._risen : self._risen + len(sound) // 2]
        if not len(left):
            return sound
        self._risen += len(left)
        return _shaped(sound[: len(left) * 2], left) + sound[len(left) * 2 :]


def _shaped(sound: bytes, by: NDArray[np.floating[Any]]) -> bytes:
    return np.asarray(pcm.samples(sound) * by).astype(np.int16).tobytes()


@cache
def _rise() -> NDArray[np.floating[Any]]:
    return _slope(RISE_MS)


@cache
def _fall() -> NDArray[np.floating[Any]]:
    return _slope(FALL_MS)[::-1]


def _slope(ms: int) -> NDArray[np.floating[Any]]:
    """Return a way from 0 to 1 without a corner."""
    count = RATE_HZ * ms // 1000
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * np.arange(count) / count))
