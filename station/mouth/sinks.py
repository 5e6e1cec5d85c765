"""Where sound goes: a sound card through aplay, nowhere at the right pace, or a list."""

import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from circulation.errors import ConfigError
from speech import pcm
from speech.engine import RATE_HZ
from station.mouth.aplay import AplaySink
from station.mouth.fades import Fade
from station.mouth.port import AHEAD_MS_MAX, AudioSink, Playback, SoundUnavailableError

CARDS = Path("/proc/asound/cards")
NO_DEVICE = "no sound device"

SINKS = ("auto", "aplay", "null")


class NullSink:
    """Silence that takes as long as speech would, so that a cut is a cut."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, wait: "Wait | None" = None
    ) -> None:
        self._clock = clock
        self._wait = wait or threading.Event.wait

    def open(self) -> Playback:
        """Begin an utterance."""
        return _PacedPlayback(self._clock, self._wait)


Wait = Callable[[threading.Event, float], bool]
"""How a paced playback waits for its cut: at most so many seconds."""


class _PacedPlayback:
    def __init__(self, clock: Callable[[], float], wait: Wait) -> None:
        self._clock, self._wait = clock, wait
        self._cut = threading.Event()
        self._until = clock()

    def write(self, sound: bytes) -> None:
        self._until = max(self._until, self._clock()) + pcm.seconds(sound, RATE_HZ)
        self._pause(AHEAD_MS_MAX / 1000)

    def drain(self) -> None:
        self._pause(0)

    def cut(self) -> None:
        self._cut.set()

    def _pause(self, ahead: float) -> None:
        left = self._until - self._clock() - ahead
        if left > 0:
            self._wait(self._cut, left)


class Played(NamedTuple):
    """What a `WavSink` was given of one utterance."""

    pcm: bytes
    cut: bool

    def wav(self) -> bytes:
        """Return it as a WAV file."""
        return pcm.wav(self.pcm, RATE_HZ)


class WavSink:
    """Keeps what it is given, and plays no faster than *held* lets it."""

    def __init__(self) -> None:
        self.flowing = threading.Event()
        self.flowing.set()
        self._playbacks: list[_KeptPlayback] = []

    @property
    def played(self) -> list[Played]:
        """What has been played, one entry an utterance."""
        return [Played(bytes(one.sound), one.ended.is_set()) for one in self._playbacks]

    def open(self) -> Playback:
        """Begin an utterance."""
        self._playbacks.append(playback := _KeptPlayback(self.flowing))
        return playback


class _KeptPlayback:
    def __init__(self, flowing: threading.Event) -> None:
        self._flowing = flowing
        self._fade = Fade()
        self.sound = bytearray()
        self.ended = threading.Event()

    def write(self, sound: bytes) -> None:
        if self.ended.is_set():
            return
        self.sound += self._fade.through(sound)
        self._wait()

    def drain(self) -> None:
        self._wait()
        self.sound += self._fade.end()

    def _wait(self) -> None:
        while not self._flowing.is_set() and not self.ended.wait(0.005):
            pass

    def cut(self) -> None:
        self.ended.set()


class PluggedSink:
    """A card that may be put in or pulled out at any time."""

    def __init__(self, sink: AudioSink, plugged: Callable[[], bool]) -> None:
        """Play through *sink* while a card is *plugged* in."""
        self._sink, self._plugged = sink, plugged

    def open(self) -> Playback:
        """Begin an utterance; without a card it is a `SoundUnavailableError`."""
        if not self._plugged():
            raise SoundUnavailableError(NO_DEVICE)
        return self._sink.open()


def choose_sink(
    name: str = "auto", device: str = "default", *, cards: Path = CARDS
) -> tuple[AudioSink, str]:
    """Return the sink called *name*, and the fault to report where there is no sound now.

    *device* is what ALSA calls where sound goes; the kernel lists its *cards* there.
    """
    if name not in SINKS:
        raise ConfigError(f"speech.sink is {name!r}; it can be {', '.join(SINKS)}")
    if name == "null":
        return NullSink(), ""
    if name == "aplay":
        return AplaySink(device), ""
    sink = PluggedSink(AplaySink(device), lambda: has_card(cards))
    return sink, "" if has_card(cards) else NO_DEVICE


def has_card(cards: Path = CARDS) -> bool:
    """Return whether aplay is here and the kernel lists a card in *cards*."""
    try:
        listed = cards.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return bool(shutil.which("aplay")) and "]:" in listed
