"""Touch to first sound by path, against a spawned `espeak-ng` as the peer.

From the moment words are asked for until the first of their sound is given to the sink; the
sink's own delay and the device's come on top. Run as `python -m benchmarks.touch_to_sound`.
"""

import shutil
import statistics
import subprocess
import time
from collections.abc import Callable

from circulation.messages import ShelfTitle
from circulation.phrases.titles import spoken_title
from circulation.utterances import Utterance, text_of
from speech.voice_files import PACKAGED
from speech.voices import Voices
from station.mouth.mouth import Mouth
from station.mouth.sinks import WavSink

TOUCHES = 40
WAV_HEADER_BYTES = 44
FIRST_SOUND_BYTES = 2 * 22_050 * 60 // 1000

BOOKS = {
    "swe": [("Röda rummet", "August Strindberg"), ("Gösta Berlings saga", "Selma Lagerlöf")],
    "eng": [("Pride and prejudice", "Jane Austen"), ("The time machine", "H. G. Wells")],
}


def touched(language: str) -> list[Utterance]:
    """Return what is said at each touch."""
    titles = [
        ShelfTitle(id=name, title=name, author=author, language=language)  # type: ignore[arg-type]
        for name, author in BOOKS[language]
    ]
    return [spoken_title(titles[touch % len(titles)], "sv") for touch in range(TOUCHES)]


def through_the_mouth(language: str) -> list[float]:
    """Return milliseconds from touch to sound through a station's own mouth."""
    mouth = Mouth(Voices(), WavSink())
    mouth.start()
    try:
        for utterance in [touched(language)[0], *touched(language)]:
            mouth.say(utterance, ui_language="sv", touched_mono=time.monotonic())
            assert mouth.wait_silent(30), "the mouth fell silent"
    finally:
        mouth.stop()
    # The first touch loads the voice; it is told apart, not averaged away.
    loading, *rest = [heard.ms_to_first_sound for heard in mouth.heard()]
    print(f"  (first touch in {language}, which loads the voice: {loading:.0f} ms)")
    return rest


def spawned(language: str) -> list[float]:
    """Return milliseconds to the first sound of an `espeak-ng` started for each touch."""
    voice = "sv" if language == "swe" else "en"
    return [_spawn(voice, text_of(utterance)) for utterance in touched(language)]


def _spawn(voice: str, text: str) -> float:
    before = time.perf_counter()
    command = ["espeak-ng", "--stdout", "-v", voice, text]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.read(WAV_HEADER_BYTES + FIRST_SOUND_BYTES)
        took = time.perf_counter() - before
        child.stdout.read()
    return took * 1000


def paths() -> dict[str, Callable[[], list[float]]]:
    """Return what can be measured here, the peer first."""
    found: dict[str, Callable[[], list[float]]] = {}
    if shutil.which("espeak-ng"):
        found["espeak-ng spawned, sv (peer)"] = lambda: spawned("swe")
    found["eSpeak in process, sv"] = lambda: through_the_mouth("swe")
    if Voices().engine(PACKAGED.language).name == "piper":
        found["Piper in process, en"] = lambda: through_the_mouth("eng")
    return found


def main() -> None:
    """Print medians, 95th percentiles and ratios to the peer."""
    print(f"Touch to first sound given to the sink, ms, {TOUCHES} touches each")
    peer = 0.0
    for name, measure in paths().items():
        took = measure()
        median, p95 = statistics.median(took), statistics.quantiles(took, n=20)[-1]
        peer = peer or (median if "peer" in name else 0.0)
        ratio = f"{median / peer:6.2f} x peer" if peer else "no peer installed"
        print(f"{name:30} median {median:7.2f}  p95 {p95:7.2f}  {ratio}")


if __name__ == "__main__":
    main()
