"""New words in the middle of old ones, a thousand times: how soon the old are silent.

At moments drawn by lot between the first sound and 80 ms later; from the call until the sink was
told to be silent, and until the first sound of the new words was given to it.
"""

import random
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from circulation.utterances import Chunk
from speech.voices import Voices
from station.mouth.mouth import Mouth
from station.mouth.sinks import AplaySink, AudioSink, NullSink, Playback

INTERRUPTS = 1000
APLAY_INTERRUPTS = 200
MOMENT_SECONDS_MAX = 0.08
OLD = (Chunk("Den som läser högt för sina barn ger dem ett språk att leva i. " * 3, "sv"),)
NEW = (Chunk("Hobbiten.", "sv"),)
AS_SLOW_AS_SPEECH = """#!/bin/sh
while [ "$(head -c 4410 | wc -c)" -gt 0 ]; do sleep 0.1; done
"""


class Timed:
    """A sink that notes when each of its playbacks fell silent."""

    def __init__(self, sink: AudioSink) -> None:
        self._sink = sink
        self.silent_at: list[float] = []

    def open(self) -> Playback:
        """Begin an utterance."""
        return _TimedPlayback(self._sink.open(), self.silent_at)


class _TimedPlayback:
    def __init__(self, playback: Playback, silent_at: list[float]) -> None:
        self._playback, self._silent_at = playback, silent_at
        self._noted = False

    def write(self, sound: bytes) -> None:
        self._playback.write(sound)

    def drain(self) -> None:
        self._playback.drain()

    def cut(self) -> None:
        self._playback.cut()
        if not self._noted:
            self._noted = True
            self._silent_at.append(time.monotonic())


def measured(sink: AudioSink, count: int) -> tuple[list[float], list[float]]:
    """Return milliseconds to silence, and to the first sound of the new words."""
    lot, timed = random.Random(1), Timed(sink)
    mouth = Mouth(Voices([]), timed)
    mouth.start()
    silence, sound = [], []
    try:
        for _ in range(count):
            mouth.say(OLD, ui_language="sv")
            _until_begun(mouth)
            time.sleep(lot.random() * MOMENT_SECONDS_MAX)
            timed.silent_at.clear()
            asked = time.monotonic()
            mouth.say(NEW, ui_language="sv", touched_mono=asked)
            _until_begun(mouth)
            silence.append((timed.silent_at[0] - asked) * 1000)
            sound.append(mouth.heard()[-1].ms_to_first_sound)
    finally:
        mouth.stop()
    return silence, sound


def _until_begun(mouth: Mouth) -> None:
    """Wait until what was said last has begun."""
    end = time.monotonic() + 10
    wanted = mouth._next or mouth._now
    while wanted is not None and not wanted.begun:
        assert time.monotonic() < end, "words that never began"
        time.sleep(0.0005)


def say(name: str, took: list[float]) -> None:
    """Print median, 99th percentile and worst."""
    p99 = quantiles(took, n=100)[-1]
    print(f"{name:44} median {median(took):7.2f}  p99 {p99:7.2f}  worst {max(took):7.2f}")


def main() -> None:
    """Print how soon."""
    silence, sound = measured(NullSink(), INTERRUPTS)
    print(f"ms from new words to the silence of the old, {INTERRUPTS} at random moments")
    say("to silence, a paced sink", silence)
    say("to the first of the new words", sound)
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "aplay"
        program.write_text(AS_SLOW_AS_SPEECH, encoding="ascii")
        program.chmod(0o755)
        silence, sound = measured(AplaySink(program=str(program)), APLAY_INTERRUPTS)
    say(f"a child in aplay's place killed, {APLAY_INTERRUPTS}", silence)
    say("to the first of the new words, a new child", sound)


if __name__ == "__main__":
    main()
