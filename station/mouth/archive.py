"""What has lately been heard, for the bench: words of the last 200, sound of the last 50."""

import threading
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from speech import pcm
from speech.engine import RATE_HZ

HEARD_MAX = 200
SOUNDS_MAX = 50


class Heard(Struct, frozen=True, kw_only=True):
    """One utterance that was begun; kept in memory only, as it may be private."""

    id: int
    text: str
    lang: str
    """Languages in the order they were spoken, with commas."""
    engine: str
    """Engines likewise."""
    ms_to_first_sound: float
    """From the touch to the first sound given to the sink."""
    cut: bool
    done: bool
    """False while it is being spoken."""
    at_ms: int
    """Monotonic milliseconds at the first sound."""


class Archive:
    """Keeps what was heard within bounds; used from any thread."""

    def __init__(self, speech_to: Path | None = None) -> None:
        self._speech_to = speech_to
        self._lock = threading.Lock()
        self._heard: dict[int, Heard] = {}
        self._sounds: dict[int, bytearray] = {}
        if speech_to:
            speech_to.mkdir(parents=True, exist_ok=True)

    def heard(self) -> tuple[Heard, ...]:
        """Return the last `HEARD_MAX` utterances, the oldest first."""
        with self._lock:
            return tuple(self._heard.values())

    def wav(self, id_: int) -> bytes | None:
        """Return the sound of utterance *id_* so far, or None where it is not kept."""
        with self._lock:
            sound = self._sounds.get(id_)
            return None if sound is None else pcm.wav(bytes(sound), RATE_HZ)

    def begin(self, heard: Heard) -> None:
        """Keep *heard*, and let go of the oldest."""
        with self._lock:
            self._heard[heard.id] = heard
            self._sounds[heard.id] = bytearray()
            while len(self._heard) > HEARD_MAX:
                del self._heard[next(iter(self._heard))]
            while len(self._sounds) > SOUNDS_MAX:
                del self._sounds[next(iter(self._sounds))]

    def add(self, id_: int, engine: str, sound: bytes) -> None:
        """Keep *sound* as more of utterance *id_*, made by *engine*."""
        with self._lock:
            if (kept := self._sounds.get(id_)) is not None:
                kept += sound
            heard = self._heard[id_]
            if engine not in heard.engine.split(","):
                self._heard[id_] = replace(heard, engine=f"{heard.engine},{engine}")

    def end(self, id_: int, *, cut: bool) -> None:
        """Note how utterance *id_* ended, and write it out where that is asked for."""
        with self._lock:
            self._heard[id_] = replace(self._heard[id_], cut=cut, done=True)
        if self._speech_to and (wav := self.wav(id_)):
            # A counter and no more: a file's name is no place for a title.
            (self._speech_to / f"{id_:06}.wav").write_bytes(wav)
