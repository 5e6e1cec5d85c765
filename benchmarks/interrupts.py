"""New words in the middle of old ones, a thousand times: how soon the old are silent.

At moments drawn by lot between the first sound and 80 ms later. The sound goes to a program in
aplay's place that takes it as a sound card does, and notes when the last of the old words was
heard: what is fed ahead, and the fade, are in the figure.
"""

import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

import numpy as np

from circulation.utterances import Chunk
from speech import pcm
from speech.engine import Cut
from speech.voices import Sound, Voices
from station.mouth.aplay import SILENT_MS, AplaySink
from station.mouth.mouth import Mouth

INTERRUPTS = 1000
MOMENT_SECONDS_MAX = 0.08
OLD = (Chunk("Den som läser högt för sina barn ger dem ett språk att leva i. " * 3, "sv"),)
NEW = (Chunk("Hobbiten.", "sv"),)
HEIGHT = 8000
STARTED_SECONDS = 0.08
"""Until the old words follow the new ones before them, in the same child."""
CARD = """
import array, os, sys, time
free, old = time.monotonic(), False
log = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
while sound := os.read(0, 220):
    begins = max(free, time.monotonic())
    for at, sample in enumerate(array.array("h", sound)):
        if old and sample <= 0:
            os.write(log, f"{begins + at / 22050}\\n".encode())
        old = sample > 0
    free = begins + len(sound) / 2 / 22050
    # As a card does it takes 25 ms ahead, and no more.
    time.sleep(max(0.0, free - time.monotonic() - 0.025))
"""


class Signed:
    """Voices whose old words are above the middle and whose new ones are below it."""

    def __init__(self) -> None:
        self._voices = Voices([])

    def speak(self, text: str, language: str, wpm: int, cut: Cut) -> Iterator[Sound]:
        """Give *text* as long, and as late, as it is spoken."""
        height = HEIGHT if text == OLD[0].text else -HEIGHT
        for sound in self._voices.speak(text, language, wpm, cut):
            level = np.full(len(pcm.samples(sound.pcm)), height, np.int16).tobytes()
            yield Sound(sound.engine, level)

    def faults(self) -> list[str]:
        """Return what is wrong with the voices."""
        return self._voices.faults()


def measured(folder: Path, count: int) -> tuple[list[float], list[float], int]:
    """Return milliseconds to silence, and to new sound at the sink; and how often a child died.

    One that was killed before its old words had ended was silent by that; none is left out.
    """
    lot, log = random.Random(1), folder / "log"
    sink = AplaySink(program=_card(folder, log))
    mouth = Mouth(Signed(), sink)
    mouth.start()
    asked, sound = [], []
    try:
        for _ in range(count):
            mouth.say(OLD, ui_language="sv")
            _until_begun(mouth)
            _until_heard(sink)
            time.sleep(lot.random() * MOMENT_SECONDS_MAX + STARTED_SECONDS)
            asked.append(time.monotonic())
            mouth.say(NEW, ui_language="sv", touched_mono=asked[-1])
            _until_begun(mouth)
            sound.append(mouth.heard()[-1].ms_to_first_sound)
    finally:
        mouth.stop()
    ended = [float(line) for line in log.read_text(encoding="ascii").splitlines()]
    silence = [first_after(ended, moment, SILENT_MS) for moment in asked]
    return silence, sound, silence.count(SILENT_MS)


def first_after(ended: list[float], moment: float, otherwise: float) -> float:
    """Return milliseconds from *moment* to the next of *ended* before the next words."""
    after = (1000 * (each - moment) for each in ended if 0 <= each - moment < STARTED_SECONDS)
    return next(after, otherwise)


def _card(folder: Path, log: Path) -> str:
    script, program = folder / "card.py", folder / "aplay"
    script.write_text(CARD, encoding="ascii")
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "{script}" "{log}"\n', "ascii")
    program.chmod(0o755)
    return str(program)


def _until_begun(mouth: Mouth) -> None:
    """Wait until what was said last has begun."""
    end = time.monotonic() + 10
    wanted = mouth._next or mouth._now
    while wanted is not None and not wanted.begun:
        assert time.monotonic() < end, "words that never began"
        time.sleep(0.0005)


def _until_heard(sink: AplaySink) -> None:
    """Wait until the program in aplay's place has begun: what is cut before is never heard."""
    end = time.monotonic() + 10
    while not (sink._stream and sink._stream._until):
        assert time.monotonic() < end, "a program that never began"
        time.sleep(0.0005)


def say(name: str, took: list[float]) -> None:
    """Print median, 99th percentile and worst."""
    p99 = quantiles(took, n=100)[-1]
    print(f"{name:44} median {median(took):7.2f}  p99 {p99:7.2f}  worst {max(took):7.2f}")


def main(count: int) -> None:
    """Print how soon."""
    with tempfile.TemporaryDirectory() as folder:
        silence, sound, killed = measured(Path(folder), count)
    print(f"ms from new words to the silence of the old, {count} at random moments")
    say("to silence, as a sound card plays it", silence)
    say("to the first of the new words at the sink", sound)
    print(f"{killed} of them because a child that was late was killed at {SILENT_MS} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else INTERRUPTS)
