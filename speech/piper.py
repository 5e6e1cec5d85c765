"""Piper: a neural voice from a file, loaded when it is first needed."""

import itertools
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from speech import pcm
from speech.engine import Cut, SpeechError, sentences
from speech.voice_setting import PIPER_LUFS

LENGTH_SCALES = (
    (379, 0.25),
    (286, 0.5),
    (210, 0.75),
    (172, 1.0),
    (149, 1.25),
    (124, 1.5),
)
"""Words a minute, measured over spoken titles, and the length scale that gives them."""
_DOUBLE_BRACKETS = re.compile(r"\[\[|\]\]")


class Piper:
    """One voice file (`X.onnx` beside `X.onnx.json`) through onnxruntime on one thread."""

    name = "piper"

    def __init__(self, model: Path, *, lufs: float = PIPER_LUFS) -> None:
        self.model, self._lufs = model, lufs
        self._lock = threading.Lock()
        self._voice: Any = None
        self._session: _Session | None = None
        self.rate_hz = _rate_hz(model)

    @property
    def ready(self) -> bool:
        """Whether the voice is in memory."""
        return self._voice is not None

    def lufs(self, language: str) -> float:
        """Return how loud the voice is as it was measured, whatever the *language*."""
        del language
        return self._lufs

    def speak(self, text: str, language: str, wpm: int, cut: Cut) -> Iterator[bytes]:
        """Give *text* a sentence at a time, without the silence that Piper begins with."""
        del language  # the voice file has one
        # Piper takes double brackets for raw phonemes.
        for sentence in sentences(_DOUBLE_BRACKETS.sub(" ", text)):
            sound = self._sentence(sentence, wpm, cut)
            if cut.made:
                return
            yield from pcm.chunked(sound, self.rate_hz)

    def _sentence(self, text: str, wpm: int, cut: Cut) -> bytes:
        with self._lock:
            if cut.made:
                return b""
            try:
                voice, session = self._loaded()
                session.until(cut)
                chunks = voice.synthesize(text, _manner(wpm))
                sound = b"".join(chunk.audio_int16_bytes for chunk in chunks)
            except Exception as error:
                if cut.made:
                    return b""
                raise SpeechError(f"Piper failed on {self.model.name}: {error}") from error
        return pcm.without_lead(sound, self.rate_hz)

    def _loaded(self) -> "tuple[Any, _Session]":
        if self._voice is None or self._session is None:
            # Imported here: 80 MB that a station without neural voices never pays for.
            from piper import PiperVoice  # noqa: PLC0415
            from piper.config import PiperConfig  # noqa: PLC0415

            self._session = _Session(self.model)
            config = PiperConfig.from_dict(_config(self.model))
            self._voice = PiperVoice(session=self._session, config=config)
        return self._voice, self._session


class _Session:
    """The model's session as Piper calls it, with a run that can be called off."""

    def __init__(self, model: Path) -> None:
        import onnxruntime  # noqa: PLC0415

        options = onnxruntime.SessionOptions()
        # Steadier tails than two threads, and a core left for the station.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(
                str(model), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise SpeechError(f"{model} is not a Piper voice: {error}") from error
        self._new_run = onnxruntime.RunOptions
        self._run: Any = None

    def until(self, cut: Cut) -> None:
        """Let the runs that follow end when *cut* is made."""
        run = self._run = self._new_run()
        cut.then(lambda: setattr(run, "terminate", True))

    def run(self, names: Any, inputs: Any) -> Any:
        """Return the model's answer, or raise where the run was called off."""
        return self._session.run(names, inputs, self._run)


def length_scale(wpm: int) -> float:
    """Return the length scale at which Piper speaks *wpm* words a minute."""
    fastest, slowest = LENGTH_SCALES[0], LENGTH_SCALES[-1]
    if wpm >= fastest[0]:
        return fastest[1]
    for (more, short), (less, long) in itertools.pairwise(LENGTH_SCALES):
        if wpm >= less:
            return short + (more - wpm) / (more - less) * (long - short)
    return slowest[1] * slowest[0] / wpm


def _manner(wpm: int) -> Any:
    from piper import SynthesisConfig  # noqa: PLC0415

    # Without noise the same words give the same sound, which a stored phrase needs.
    return SynthesisConfig(
        length_scale=length_scale(wpm), noise_scale=0.0, noise_w_scale=0.0, normalize_audio=False
    )


def _rate_hz(model: Path) -> int:
    try:
        return int(_config(model)["audio"]["sample_rate"])
    except (KeyError, TypeError, ValueError) as error:
        raise SpeechError(f"{model}.json is not a Piper voice's: no sample rate") from error


def _config(model: Path) -> dict[str, Any]:
    path = model.with_name(model.name + ".json")
    try:
        config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SpeechError(f"{path} cannot be read: {error}") from error
    return config
