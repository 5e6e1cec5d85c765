"""A sound card through an aplay child, fed so little ahead that a cut can still be a fade."""

import fcntl
import os
import subprocess
import sys
import termios
import threading
import time
from contextlib import suppress

from speech import pcm
from speech.engine import RATE_HZ
from station.mouth.fades import Fade
from station.mouth.port import AHEAD_MS_MAX, Playback, SoundUnavailableError

FED_AHEAD_MS = 24
"""How much is handed over before it is heard: what a cut can no longer reach."""
PIECE_MS = 6
FLUSH_MS = 8
SILENT_MS = 48
"""After so long a cut is silence, or its child is killed."""
BUFFER_US = 25_000
"""No more, so that a card that has fallen behind the clock leaves sound in the pipe."""
PERIOD_US = 5_000
START_US = 10_000
"""How much must have come before the card begins; aplay itself waits for a full buffer."""
START_SECONDS_MAX = 5.0
STALLED_SECONDS_MAX = 5.0
"""So long after all should have been heard a card that takes nothing has stopped."""
LOOK_SECONDS = 0.001
PIPE_BYTES = 4096
_PIECE_BYTES = RATE_HZ * PIECE_MS // 1000 * 2
_FLUSH = bytes(RATE_HZ * FLUSH_MS // 1000 * 2)
_FIRST_BYTES = RATE_HZ * FED_AHEAD_MS // 1000 * 2
NO_SOUND = "the sound device would not play"


class AplaySink:
    """An aplay child for each utterance: nothing compiled, and a crash is the child's.

    New words that cut old ones follow in the same child, where it still plays.
    """

    def __init__(self, device: str = "default", program: str = "aplay") -> None:
        self._command = [
            program, "-q", "-D", device, "-t", "raw", "-f", "S16_LE", "-c", "1",
            "-r", str(RATE_HZ), "--buffer-time", str(BUFFER_US), "--period-time", str(PERIOD_US),
            "--start-delay", str(START_US), "-",
        ]  # fmt: skip
        self._stream: _Stream | None = None

    def open(self) -> Playback:
        """Begin an utterance; without the program it is a `SoundUnavailableError`."""
        before = self._stream
        if before and (playback := before.follow()):
            return playback
        if before:
            # Two children would meet at the card, and the second find it busy.
            before.join()
        self._stream = _Stream(self._command)
        return self._stream.begin()


class _Stream(threading.Thread):
    """One child, and the utterance that it plays."""

    def __init__(self, command: list[str]) -> None:
        super().__init__(name="aplay", daemon=True)
        try:
            self._child = subprocess.Popen(
                command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
            )
        except OSError as error:
            raise SoundUnavailableError(f"aplay cannot be started: {error.strerror}") from error
        assert self._child.stdin
        self._pipe = self._child.stdin
        fcntl.fcntl(self._pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        os.set_blocking(self._pipe.fileno(), False)
        self._news = threading.Condition()
        self._fade = Fade()
        self._waiting = bytearray()
        self._tail = b""
        """The end of what was cut, which goes before all else."""
        self._playback: _AplayPlayback | None = None
        self._ending = self._over = self._whole = False
        self._gone = 0.0
        """When silence must be, since a cut; 0 while there was none."""
        self._until = 0.0
        """When all that was handed over has been heard; 0 before the card has begun."""

    # --- the mouth's ---------------------------------------------------------------------

    def begin(self) -> Playback:
        """Begin the first utterance."""
        self._playback = _AplayPlayback(self)
        self.start()
        return self._playback

    def follow(self) -> Playback | None:
        """Return another utterance after one that was cut, None where the child is at its end."""
        with self._news:
            # Once silence must be, the child is ending, or is about to.
            if self._over or self._ending or time.monotonic() >= self._gone:
                return None
            self._gone = 0.0
            self._playback = _AplayPlayback(self)
            return self._playback

    def add(self, playback: "_AplayPlayback", sound: bytes) -> None:
        """Let *sound* follow; return when there is room for more."""
        with self._news:
            if self._playback is playback:
                self._waiting += sound
                self._news.notify_all()
            self._news.wait_for(lambda: self._has_room(playback))
        if self._failed(playback):
            raise SoundUnavailableError(NO_SOUND)

    def finish(self, playback: "_AplayPlayback") -> None:
        """Return when all of *playback* was heard, or at once where it was cut."""
        with self._news:
            if self._playback is not playback:
                return
            self._ending = True
            self._news.notify_all()
        self.join()
        if self._failed(playback):
            raise SoundUnavailableError(NO_SOUND)

    def cut(self, playback: "_AplayPlayback") -> None:
        """Let *playback* fall silent."""
        with self._news:
            if self._playback is not playback or self._over:
                return
            self._playback = None
            self._waiting.clear()
            self._tail += self._fade.end()
            if self._until:
                self._gone = time.monotonic() + SILENT_MS / 1000
            else:
                # Nothing was heard yet, and nothing shall be.
                self._over = True
            self._news.notify_all()

    def _has_room(self, playback: "_AplayPlayback") -> bool:
        room = len(self._waiting) <= RATE_HZ * AHEAD_MS_MAX // 1000 * 2
        return room or self._over or self._playback is not playback

    def _failed(self, playback: "_AplayPlayback") -> bool:
        return self._playback is playback and self._over and not self._whole

    # --- the thread's own ----------------------------------------------------------------

    def run(self) -> None:
        """Hand over what is to be heard, just in time, until the last of it."""
        handed = False
        try:
            handed = self._begin() and self._feed()
        except OSError:
            # The child has ended before its sound.
            handed = False
        finally:
            self._end(handed=handed)

    def _begin(self) -> bool:
        """Return whether the card plays the first of the sound, so that time can be counted."""
        with self._news:
            self._news.wait_for(lambda: self._waiting or self._ending or self._over)
            first = self._taken(_FIRST_BYTES)
        if first:
            self._pipe.write(first)
        latest = time.monotonic() + START_SECONDS_MAX
        while _unread(self._pipe.fileno()):
            late = time.monotonic() > latest
            if self._over or late or self._child.poll() is not None:
                return False
            time.sleep(LOOK_SECONDS)
        self._until = time.monotonic() + pcm.seconds(first, RATE_HZ)
        return True

    def _feed(self) -> bool:
        """Hand over piece after piece; return whether the child may play to its end."""
        while True:
            with self._news:
                while (seconds := self._early()) > 0:
                    self._news.wait(seconds)
                piece, last = self._piece()
            if piece and not (self._is_level() and self._handed(piece)):
                return False
            if last:
                return self._ending

    def _early(self) -> float:
        """Return how many seconds it is too early for another piece."""
        now = time.monotonic()
        if self._over or self._tail:
            return 0
        if self._playback is None:
            return self._gone - now
        # Where words are still being made silence follows, at the last moment.
        ahead_ms = FED_AHEAD_MS - PIECE_MS if self._waiting or self._ending else PIECE_MS
        return self._until - now - ahead_ms / 1000

    def _piece(self) -> tuple[bytes, bool]:
        """Return what is heard next, and whether that is the last of it."""
        if self._over:
            return b"", True
        if self._tail:
            # Silence after it, since aplay holds back what is no whole period.
            tail, self._tail = self._tail + _FLUSH, b""
            return tail, False
        if self._playback is None:
            return b"", True
        if self._waiting:
            return self._taken(_PIECE_BYTES), False
        if self._ending:
            return self._fade.end(), True
        return self._fade.end() or _FLUSH, False

    def _taken(self, count: int) -> bytes:
        sound = bytes(self._waiting[:count])
        del self._waiting[:count]
        self._news.notify_all()
        return self._fade.through(sound)

    def _is_level(self) -> bool:
        """Wait until the child has read what it was given, but for a piece; return whether it did.

        A card that was once late stays behind the clock, and what waits for it adds to a cut.
        """
        while _unread(self._pipe.fileno()) >= _PIECE_BYTES:
            if self._over or self._is_stalled() or self._child.poll() is not None:
                return False
            if self._playback is None:
                # A cut cannot wait: what falls silent comes now.
                return True
            time.sleep(LOOK_SECONDS)
        return True

    def _handed(self, piece: bytes) -> bool:
        """Return whether the child took *piece*, for which a card that stalls has it wait."""
        while self._pipe.write(piece) is None:
            # Read once: words that follow a cut take it back.
            gone = self._gone
            if self._over or self._is_stalled() or (gone and time.monotonic() > gone):
                return False
            time.sleep(LOOK_SECONDS)
        self._until = max(self._until, time.monotonic()) + pcm.seconds(piece, RATE_HZ)
        return True

    def _is_stalled(self) -> bool:
        return time.monotonic() > self._until + STALLED_SECONDS_MAX

    def _end(self, *, handed: bool) -> None:
        """Let the child play what was *handed* over, or end it at once."""
        if not handed:
            self._child.kill()
        with suppress(OSError):
            # What a dead child has not read is gone with it.
            self._pipe.close()
        with self._news:
            while self._child.poll() is None:
                if self._is_stalled() or (self._gone and time.monotonic() > self._gone):
                    self._child.kill()
                self._news.wait(LOOK_SECONDS)
            self._whole = handed and self._child.returncode == 0
            self._over = True
            self._news.notify_all()


class _AplayPlayback:
    """One utterance through a stream."""

    def __init__(self, stream: _Stream) -> None:
        self._stream = stream

    def write(self, sound: bytes) -> None:
        self._stream.add(self, sound)

    def drain(self) -> None:
        self._stream.finish(self)

    def cut(self) -> None:
        self._stream.cut(self)


def _unread(pipe: int) -> int:
    """Return how many bytes of *pipe* nobody has read yet."""
    told = fcntl.ioctl(pipe, termios.FIONREAD, bytes(4))
    return int.from_bytes(told, sys.byteorder)
