"""A whole listening station: touch to first sound, memory, rest, a shelf of 200,000 titles.

Each figure is of a station in a process of its own, real but for its chips and its sound card:
the touch is told to its decider as a reader tells it, looked up on the shelf, decided on, and
measured until the first of its sound is given to the sink.
"""

import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from circulation.messages import ShelfTitle
from circulation.phrase_list import Entry
from circulation.shelf_rows import Kind
from circulation.tags.content import TagContent, Usage
from hub.phrases.wanted import Wording
from speech import opus
from speech.engine import Cut
from speech.stored import WPM_STORED
from speech.voices import PACKAGED, Voices
from station.config import load
from station.events import HeadphonesChanged, Place
from station.parts import TagCame
from station.phrases.store import PhraseStore
from station.shelf import ShelfStore
from station.shelf import rows as shelf_rows
from tests.station.machine import running, stock, write_station
from tests.station.shelves import item_row, row

TOUCHES = {"swe": 200, "stored": 200, "eng": 60}
"""Piper takes a tenth of a second and more for each; `stored` is Swedish from stored phrases."""
FEW, MANY = 200, 200_000
REST_SECONDS = 10.0
LOOKS = 2000
WORDS = (
    "Resan", "till", "det", "stora", "huset", "vid", "den", "röda", "stugan", "nära", "en", "lång",
    "väg", "genom", "skogen",
)  # fmt: skip


def title(number: int, language: str) -> ShelfTitle:
    """Return one of the titles of a shelf, each its own words."""
    words = [WORDS[(number * step + step) % len(WORDS)] for step in (1, 3, 5, 7)]
    name = " ".join(words) if language == "swe" else f"The house by the {number} roads"
    return ShelfTitle(
        id=f"t{number}",  # type: ignore[arg-type]
        title=name.capitalize(),
        author=f"Eva {words[0].capitalize()}",
        language=language,
        kind="talking_book" if number % 3 == 0 else "book",
        narrator="Jan Ek" if number % 3 == 0 else "",
        length_minutes=number % 700,
    )


def fill(path: Path, count: int, language: str) -> None:
    """Lay *count* titles with a copy each on the shelf of the station at *path*."""
    stock(path)
    db = shelf_rows.connect(load(path).data / "shelf.sqlite")
    with db:
        for number in range(count):
            kept = row(Kind.TITLE, f"t{number}", title(number, language))
            shelf_rows.lay_on(db, [kept, item_row(f"{40_000_000 + number}", f"t{number}")])
        db.execute("UPDATE shelf SET version = ?", (shelf_rows.version(db),))
    db.close()


def store(path: Path, count: int) -> None:
    """Give the station at *path* the sound of all that it says of *count* titles at a touch.

    By eSpeak: what a stored phrase sounds like makes it no quicker.
    """
    voices, phrases = Voices(), PhraseStore(load(path).data / "phrases.sqlite")
    spoken = (Wording().of_title(title(number, "swe")) for number in range(count))
    files = {}
    for sentence in {each for title_ in spoken for each in title_.touch}:
        said = voices.speak(sentence.text, "sv", WPM_STORED, Cut())
        files[sentence.words] = opus.encoded(b"".join(each.pcm for each in said))
    phrases.want(files)
    phrases.put(
        (Entry(words, hashlib.sha256(file).digest(), len(file)), file)
        for words, file in files.items()
    )
    phrases.close()


def touch(number: int) -> TagCame:
    """Return the touch of the copy *number*, at this moment."""
    content = TagContent(
        uid=f"e0{number:014x}",
        format="28560-3",
        number=f"{40_000_000 + number}",
        usage=Usage.CIRCULATING,
        crc_held=True,
    )
    return TagCame(Place.FINGER, content, time.monotonic())


def child(language: str, count: int) -> dict[str, Any]:
    """Be a station with *count* titles in *language*, and return what was measured of it."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_station(Path(folder), "simulated-listening")
        fill(path, count, "eng" if language == "eng" else "swe")
        if language == "stored":
            store(path, count)
        looks = list(looked_up(path, count))
        with running(path) as station:
            app = station.app
            app.decider.tell(HeadphonesChanged(plugged=True))
            took = list(touched(station, min(count, TOUCHES[language])))
            rested = at_rest()
            by = {each.engine for each in app._mouth.heard()[1 - count :]}
            assert by == {"stored"} or language != "stored", f"said by {by}"
            told = {"first_ms": took[0], "touch_ms": took[1:], "cpu_percent": rested}
            return told | {"look_ms": looks, "rss_mb": rss_mb()}


def touched(station: Any, count: int) -> Iterator[float]:
    """Give milliseconds from each touch to its first sound."""
    mouth = station.app._mouth
    for number in range(count):
        seen = mouth.heard()[-1].id if mouth.heard() else 0
        station.app.decider.tell(touch(number))
        end = time.monotonic() + 60
        while not (mouth.heard() and mouth.heard()[-1].id > seen):
            assert time.monotonic() < end, "a touch that was never heard"
            time.sleep(0.001)
        yield mouth.heard()[-1].ms_to_first_sound
    mouth.hush()


def looked_up(path: Path, count: int) -> Iterator[float]:
    """Give milliseconds to find a copy and its title on the shelf, here and there on it."""
    shelf = ShelfStore(load(path).data / "shelf.sqlite")
    for look in range(LOOKS):
        number = look * 7919 % count
        before = time.perf_counter()
        item = shelf.item(f"{40_000_000 + number}")  # type: ignore[arg-type]
        assert item
        assert shelf.title(item.title)
        yield (time.perf_counter() - before) * 1000
    shelf.close()


def at_rest() -> float:
    """Return how much of a core the station takes while nobody touches it, in percent."""
    time.sleep(1)
    before, began = time.process_time(), time.monotonic()
    time.sleep(REST_SECONDS)
    return (time.process_time() - before) / (time.monotonic() - began) * 100


def rss_mb() -> float:
    """Return how much memory this process has now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def bare_engine(language: str) -> list[float]:
    """Return milliseconds in which the engine alone has the first sound of each title."""
    engine = Voices().engine("sv" if language == "swe" else "en")
    voice, took = "sv" if language == "swe" else "en", []
    next(iter(engine.speak("Ett.", voice, 160, Cut())))
    for number in range(1, TOUCHES[language]):
        said = f"{title(number, language).title}."
        before = time.perf_counter()
        next(iter(engine.speak(said, voice, 160, Cut())))
        took.append((time.perf_counter() - before) * 1000)
    return took


def in_a_process_of_its_own(language: str, count: int) -> dict[str, Any]:
    """Return what `child` measured."""
    command = [sys.executable, "-m", "benchmarks.listening_station", language, str(count)]
    quiet = {**os.environ, "PYTHONWARNINGS": "ignore"}
    told = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=quiet).stdout
    answer: dict[str, Any] = json.loads(told.splitlines()[-1])
    return answer


def say(name: str, took: list[float], floor: list[float] | None = None) -> None:
    """Print the median and the 95th percentile of *took*, and how they stand to *floor*."""
    middle, p95 = median(took), quantiles(took, n=20)[-1]
    ratio = f"{middle / median(floor):6.2f} x the bare engine" if floor else ""
    print(f"{name:44} median {middle:8.3f}  p95 {p95:8.3f}  {ratio}")


def main() -> None:
    """Print each figure beside its floor."""
    if len(sys.argv) == 3 and sys.argv[1] in TOUCHES:
        print(json.dumps(child(sys.argv[1], int(sys.argv[2]))))
        return
    few = in_a_process_of_its_own("swe", FEW)
    bare = bare_engine("swe")
    print(f"ms from a touch to its first sound at the sink, {TOUCHES} titles by language")
    say("eSpeak alone, the title's first sound", bare)
    say("a station, Swedish by eSpeak", few["touch_ms"], bare)
    stored = in_a_process_of_its_own("stored", FEW)
    say("a station, Swedish from stored phrases", stored["touch_ms"], bare)
    print(f"memory {few['rss_mb']:.0f} MB, at rest {few['cpu_percent']:.2f} % of a core")
    if Voices().engine(PACKAGED.language).name == "piper":
        with_piper, bare = in_a_process_of_its_own("eng", FEW), bare_engine("eng")
        say("Piper alone, the title's first sound", bare)
        say("a station, English by Piper", with_piper["touch_ms"], bare)
        print(f"(the first touch, which loads the voice: {with_piper['first_ms']:.0f} ms)")
        print(
            f"memory {with_piper['rss_mb']:.0f} MB, "
            f"at rest {with_piper['cpu_percent']:.2f} % of a core"
        )
    many = in_a_process_of_its_own("swe", MANY)
    say(f"a copy and its title found among {FEW}", few["look_ms"])
    say(f"a copy and its title found among {MANY}", many["look_ms"])
    print(f"memory with {MANY} titles: {many['rss_mb']:.0f} MB")


if __name__ == "__main__":
    main()
