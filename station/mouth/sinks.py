"""Where sound goes: a sound card through aplay, nowhere at the right pace, or a list."""

import fcntl
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

from circulation.errors import ConfigError
from speech import pcm
from speech.engine import RATE_HZ
from station.errors import StationError

AHEAD_MS_MAX = 100
"""How much a sink takes before it is heard: what a change of volume waits for."""
PIPE_BYTES = 4096
BUFFER_US = 60_000
CARDS = Path("/proc/asound/cards")
NO_DEVICE = "no sound device"

SINKS = ("auto", "aplay", "null")


class SoundUnavailableError(StationError, OSError):
    """There is no sound device, or it has gone."""


class Playback(Protocol):
    """One utterance on its way to the ear; once cut it stays silent."""

    def write(self, sound: bytes) -> None:
        """Play *sound* after what came before; return when there is room for more."""

    def drain(self) -> None:
        """Return when all has been heard, or when it was cut."""

    def cut(self) -> None:
        """Be silent at once; called from any thread, any number of times."""


class AudioSink(Protocol):
    """Something that can be heard, or could."""

    def open(self) -> Playback:
        """Begin an utterance."""


class AplaySink:
    """An aplay child for each utterance: nothing compiled, and a crash is the child's."""

    def __init__(self, device: str = "default", program: str = "aplay") -> None:
        self._command = [
            program, "-q", "-D", device, "-t", "raw", "-f", "S16_LE", "-c", "1",
            "-r", str(RATE_HZ), "--buffer-time", str(BUFFER_US), "-",
        ]  # fmt: skip

    def open(self) -> Playback:
        """Begin an utterance; without the program it is a `SoundUnavailableError`."""
        try:
            child = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
            )
        except OSError as error:
            raise SoundUnavailableError(f"aplay cannot be started: {error.strerror}") from error
        return _AplayPlayback(child)


class _AplayPlayback:
    def __init__(self, child: "subprocess.Popen[bytes]") -> None:
        assert child.stdin
        self._child, self._pipe = child, child.stdin
        self._cut = False
        fcntl.fcntl(self._pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)

    def write(self, sound: bytes) -> None:
        rest = memoryview(sound)
        while rest and not self._cut:
            try:
                rest = rest[self._pipe.write(rest) or 0 :]
            except OSError as error:
                self._ended(error)
                return

    def drain(self) -> None:
        self._close()
        if self._child.wait() and not self._cut:
            raise SoundUnavailableError("the sound device would not play")

    def cut(self) -> None:
        self._cut = True
        self._child.kill()

    def _ended(self, error: OSError) -> None:
        """Take a broken pipe for what it is: a cut, or a device that has gone."""
        self._close()
        self._child.wait()
        if not self._cut:
            raise SoundUnavailableError("the sound device would not play") from error

    def _close(self) -> None:
        try:
            self._pipe.close()
        except OSError:
            # What a dead child has not read is gone with it.
            return


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
        self.sound = bytearray()
        self.ended = threading.Event()

    def write(self, sound: bytes) -> None:
        if self.ended.is_set():
            return
        self.sound += sound
        self.drain()

    def drain(self) -> None:
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
