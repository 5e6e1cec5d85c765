"""Arithmetic on 16-bit mono PCM: rate, loudness, silence, WAV."""

import io
import wave
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

SILENCE_PEAK = 300
"""Samples under this are taken for silence (-41 dBFS)."""
LEAD_MS = 5
CHUNK_MS = 40


def samples(pcm: bytes) -> NDArray[np.int16]:
    """Return *pcm* as numbers."""
    return np.frombuffer(pcm, np.int16)


def resampled(pcm: bytes, from_hz: int, to_hz: int) -> bytes:
    """Return *pcm* at another rate, by straight lines between samples."""
    if from_hz == to_hz:
        return pcm
    old = samples(pcm)
    count = round(len(old) * to_hz / from_hz)
    new = np.interp(np.arange(count) * from_hz / to_hz, np.arange(len(old)), old)
    return new.astype(np.int16).tobytes()


def gained(pcm: bytes, gain_db: float) -> bytes:
    """Return *pcm* louder by *gain_db*, clipped rather than wrapped."""
    if gain_db == 0:
        return pcm
    louder: NDArray[np.floating[Any]] = samples(pcm) * 10 ** (gain_db / 20)
    clipped: NDArray[np.int16] = np.clip(louder, -32768, 32767).astype(np.int16)
    return clipped.tobytes()


def turned(pcm: bytes, from_db: float, to_db: float) -> bytes:
    """Return *pcm* with a gain that goes evenly from one to the other, clipped likewise."""
    if from_db == to_db:
        return gained(pcm, to_db)
    rising = np.linspace(10 ** (from_db / 20), 10 ** (to_db / 20), len(pcm) // 2)
    clipped: NDArray[np.int16] = np.clip(samples(pcm) * rising, -32768, 32767).astype(np.int16)
    return clipped.tobytes()


def without_lead(pcm: bytes, rate_hz: int) -> bytes:
    """Return *pcm* from where its sound begins; silence alone comes back empty."""
    loud = np.flatnonzero(np.abs(samples(pcm).astype(np.int32)) > SILENCE_PEAK)
    if not len(loud):
        return b""
    start = max(0, int(loud[0]) - rate_hz * LEAD_MS // 1000)
    return pcm[start * 2 :]


def chunked(pcm: bytes, rate_hz: int) -> Iterator[bytes]:
    """Give *pcm* in pieces short enough to be cut between."""
    size = rate_hz * CHUNK_MS // 1000 * 2
    for start in range(0, len(pcm), size):
        yield pcm[start : start + size]


def loudness_db(pcm: bytes) -> float:
    """Return the root mean square of *pcm* in dB below full scale."""
    mean = float(np.mean(samples(pcm).astype(np.float64) ** 2)) if pcm else 0.0
    return 10 * float(np.log10(mean / 32768**2)) if mean else float("-inf")


def seconds(pcm: bytes, rate_hz: int) -> float:
    """Return how long *pcm* lasts."""
    return len(pcm) / 2 / rate_hz


def wav(pcm: bytes, rate_hz: int) -> bytes:
    """Return *pcm* as the bytes of a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate_hz)
        writer.writeframes(pcm)
    return file.getvalue()
