import numpy as np
import pytest

from speech import pcm
from speech.engine import RATE_HZ
from station.mouth.fades import FALL_MS, RISE_MS, Fade

LOUD = np.full(RATE_HZ // 10, 16_000, np.int16).tobytes()


def samples_in(ms):
    return RATE_HZ * ms // 1000


def steps(sound):
    """Return each step from silence through *sound* and back to silence."""
    return np.abs(np.diff(np.concatenate([[0], pcm.samples(sound).astype(int), [0]])))


@pytest.mark.parametrize("piece", [2, 30, 400, 4410])
def test_sound_in_pieces_of_any_size_has_two_soft_edges_and_is_whole_between(piece):
    fade = Fade()

    heard = b"".join(fade.through(LOUD[at : at + piece]) for at in range(0, len(LOUD), piece))
    heard += fade.end()

    assert len(heard) == len(LOUD)
    assert steps(heard).max() < 400
    assert set(pcm.samples(heard)[samples_in(RISE_MS) : -samples_in(FALL_MS)]) == {16_000}


def test_it_ends_at_once_wherever_it_is_ended():
    fade = Fade()
    heard = fade.through(LOUD)

    heard += fade.end()

    assert steps(heard).max() < 400
    assert fade.end() == b""


def test_what_follows_an_end_rises_from_silence_again():
    fade = Fade()
    fade.through(LOUD)
    fade.end()

    assert steps(fade.through(LOUD) + fade.end()).max() < 400


@pytest.mark.parametrize("ms", [0, 1, 5])
def test_sound_shorter_than_its_fall_ends_softly_too(ms):
    sound = LOUD[: samples_in(ms) * 2]
    fade = Fade()

    heard = fade.through(sound) + fade.end()

    assert len(heard) == len(sound)
    assert steps(heard).max() < 1000


def test_a_fade_is_well_within_a_cut():
    assert FALL_MS <= 10
