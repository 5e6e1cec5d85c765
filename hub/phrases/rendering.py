"""Renders sentences in several processes; what is here already is left as it is."""

import hashlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from importlib.metadata import version
from multiprocessing.connection import wait
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from hub.errors import HubError
from hub.phrases.wanted import Sentence
from speech import loudness, opus, pcm
from speech.engine import RATE_HZ, Cut, Engine, SpeechError
from speech.piper import Piper
from speech.stored import WPM_STORED
from speech.voice_setting import VoiceSetting
from speech.voices import Voices

FORM = f"opus {opus.OPUS_HZ} {opus.COMPRESSION} {loudness.TARGET_LUFS} {WPM_STORED}"
"""What besides the voice a file depends on."""
SAYS_NOTHING = "the voice says nothing"
Settings = tuple[VoiceSetting, ...]
_AT_ONCE = 4
_NICE = 10


class Voice(Struct, frozen=True):
    """A neural voice of the region: another *name* where it would sound otherwise."""

    name: str
    lufs: float
    """How loud it is by itself."""


class Work(NamedTuple):
    """A sentence to be rendered by the voice of its language, which is so loud by itself."""

    sentence: Sentence
    lufs: float


class Done(NamedTuple):
    """A sentence and its file; no file, and why."""

    sentence: Sentence
    file: bytes
    problem: str = ""


def neural(settings: Settings, languages: Iterable[str]) -> tuple[dict[str, Voice], list[str]]:
    """Return who speaks which of *languages* better than every station can, and what is wrong."""
    voices, found, problems = Voices(settings), {}, []
    for language in sorted(set(languages)):
        engine = voices.engine(language)
        if not isinstance(engine, Piper):
            continue
        try:
            lufs = loudness.of_voice(engine, language, WPM_STORED)
        except SpeechError as error:
            problems.append(f"voice {language}: {error}")
        else:
            found[language] = Voice(_name(engine.model), round(lufs, 1))
    return found, sorted(voices.faults() + problems)


def _name(model: Path) -> str:
    whole = hashlib.sha256(f"{version('piper-tts')} {FORM}".encode())
    for path in (model, model.with_name(f"{model.name}.json")):
        with path.open("rb") as file:
            whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()[:32]


def render(work: list[Work], settings: Settings, *, processes: int) -> Iterator[Done]:
    """Give each sentence of *work* once it is done, by so many *processes* with such voices."""
    # Spawned, not forked: an engine's threads would not survive a fork.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        processes, mp_context=context, initializer=_begin, initargs=(settings,)
    ) as pool:
        try:
            yield from pool.map(_render, work, chunksize=_AT_ONCE)
        except BrokenProcessPool as error:
            raise HubError("a process that rendered has died; begin again to go on") from error
        finally:
            pool.shutdown(cancel_futures=True)


class _Process:
    """What a process that renders has; nothing in the process that began it."""

    voices: Voices


def _begin(settings: Settings) -> None:
    # The hub's own work comes first; who began this decides when it ends.
    os.nice(_NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    _Process.voices = Voices(settings)


def _end_with_parent() -> None:
    """End this process when the one that began it is gone, however that ended."""
    parent = multiprocessing.parent_process()
    assert parent is not None, "only a process that was begun renders"
    wait([parent.sentinel])
    os._exit(1)


def _render(work: Work) -> Done:
    engine = _Process.voices.engine(work.sentence.language)
    try:
        return Done(work.sentence, rendered(engine, work.sentence, work.lufs))
    except SpeechError as error:
        return Done(work.sentence, b"", str(error))


def rendered(engine: Engine, sentence: Sentence, lufs: float) -> bytes:
    """Return *sentence* as an Opus file at the level of all voices.

    Raises `SpeechError` where the engine says nothing.
    """
    said = b"".join(engine.speak(sentence.text, sentence.language, WPM_STORED, Cut()))
    if not said:
        raise SpeechError(SAYS_NOTHING)
    levelled = pcm.gained(said, loudness.gain_db(lufs))
    return opus.encoded(pcm.resampled(levelled, engine.rate_hz, RATE_HZ))
