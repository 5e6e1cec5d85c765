import numpy as np
import pytest

from speech import pcm
from speech.engine import RATE_HZ
from station.mouth.earcons import EARCON_MS_MAX, SCORES, earcon
from station.mouth.port import AHEAD_MS_MAX


@pytest.mark.parametrize("name", ["found", "done", "problem", "digit", "end"])
def test_an_earcon_is_short_and_heard(name):
    assert pcm.seconds(earcon(name), RATE_HZ) <= EARCON_MS_MAX / 1000
    assert -40 < pcm.loudness_db(earcon(name)) < -6


def test_the_words_of_a_touch_do_not_wait_for_its_earcon_to_be_taken():
    assert pcm.seconds(earcon("found"), RATE_HZ) <= AHEAD_MS_MAX / 1000


@pytest.mark.parametrize("name", list(SCORES))
def test_an_earcon_neither_begins_nor_ends_with_a_click(name):
    sound = np.abs(pcm.samples(earcon(name)).astype(int))

    assert max(sound[0], sound[-1]) < 200


WINDOW_MS = 5
AUDIBLE = 500


def pitches(name):
    """Return what is heard of the earcon in each `WINDOW_MS`: its pitch in Hz, 0 for silence."""
    size = RATE_HZ * WINDOW_MS // 1000
    sound = pcm.samples(earcon(name)).astype(int)
    found = []
    for start in range(0, len(sound) - size + 1, size):
        window = sound[start : start + size]
        if np.abs(window).max() < AUDIBLE:
            found.append(0)
            continue
        # The sharpest of a long transform: a window this short has few periods.
        spectrum = np.abs(np.fft.rfft(window * np.hanning(size), 1 << 14))
        found.append(round(int(spectrum.argmax()) * RATE_HZ / (1 << 14)))
    return found


def tones(name):
    """Return each tone that is heard, as its pitch and its length, with the silences between."""
    heard = []
    for pitch in pitches(name):
        if heard and abs(pitch - heard[-1][0]) <= max(40, heard[-1][0] * 0.08):
            heard[-1][1] += WINDOW_MS
        else:
            heard.append([pitch, WINDOW_MS])
    return [tuple(tone) for tone in heard if tone[1] >= 3 * WINDOW_MS]


def test_no_two_earcons_are_heard_alike_in_contour_or_in_rhythm():
    names = list(SCORES)
    assert len(names) <= 5
    contours, rhythms = {}, {}
    for name in names:
        rising = [pitch for pitch, _ in tones(name) if pitch]
        contours[name] = tuple(np.sign(np.diff(rising)))
        rhythms[name] = tuple((bool(pitch), round(ms / 20)) for pitch, ms in tones(name))

    assert len(set(contours.values())) == len(names), contours
    assert len(set(rhythms.values())) == len(names), rhythms


def test_the_measure_hears_what_is_there():
    assert [pitch > 800 for pitch, _ in tones("found")] == [False, True]
    assert [pitch for pitch, _ in tones("problem")][1] == 0


def test_a_misspelt_earcon_is_a_programmers_mistake():
    with pytest.raises(AssertionError, match="no earcon is called fuond"):
        earcon("fuond")
