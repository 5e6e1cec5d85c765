import io
import wave

import numpy as np
import pytest

from speech import pcm


def tone(seconds=0.1, rate=22050, height=8000):
    at = np.arange(int(seconds * rate)) / rate
    return (np.sin(2 * np.pi * 440 * at) * height).astype(np.int16).tobytes()


def test_resampled_sound_lasts_as_long():
    slow = tone(rate=16000)

    assert pcm.seconds(pcm.resampled(slow, 16000, 22050), 22050) == pytest.approx(0.1, abs=1e-3)
    assert pcm.resampled(slow, 16000, 16000) is slow


def test_six_decibels_down_is_half_as_high():
    softer = pcm.samples(pcm.gained(tone(), -6.02))

    assert softer.max() == pytest.approx(4000, abs=10)
    assert pcm.loudness_db(tone()) - pcm.loudness_db(softer.tobytes()) == pytest.approx(6, abs=0.1)


def test_a_gain_that_changes_makes_no_step():
    even = np.full(880, 10_000, np.int16).tobytes()

    turned = pcm.samples(pcm.turned(even, -6, 0)).astype(int)

    assert (turned[0], turned[-1]) == (5011, 10_000)
    assert np.abs(np.diff(turned)).max() <= 7
    assert pcm.turned(even, 0, 0) == even


def test_too_loud_is_clipped_and_never_wraps():
    loud = pcm.samples(pcm.gained(tone(height=30000), 12))

    assert (loud.max(), loud.min()) == (32767, -32768)


def test_the_silence_before_words_is_taken_away():
    silence = bytes(22050)

    trimmed = pcm.without_lead(silence + tone(), 22050)

    assert pcm.seconds(trimmed, 22050) == pytest.approx(0.105, abs=2e-3)
    assert pcm.without_lead(silence, 22050) == b""


def test_chunks_are_short_and_lose_nothing():
    chunks = list(pcm.chunked(tone(), 22050))

    assert b"".join(chunks) == tone()
    assert max(pcm.seconds(chunk, 22050) for chunk in chunks) <= 0.05


def test_a_wav_can_be_opened_by_anyone():
    with wave.open(io.BytesIO(pcm.wav(tone(), 22050))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (22050, 1, 2)
        assert file.readframes(9999) == tone()
