import numpy as np
import pytest

from speech import pcm
from speech.engine import RATE_HZ
from station.mouth.earcons import EARCON_MS_MAX, SCORES, earcon


@pytest.mark.parametrize("name", ["found", "done", "problem", "digit", "end"])
def test_an_earcon_is_short_and_heard(name):
    assert pcm.seconds(earcon(name), RATE_HZ) <= EARCON_MS_MAX / 1000
    assert -40 < pcm.loudness_db(earcon(name)) < -6


@pytest.mark.parametrize("name", list(SCORES))
def test_an_earcon_neither_begins_nor_ends_with_a_click(name):
    sound = np.abs(pcm.samples(earcon(name)).astype(int))

    assert max(sound[0], sound[-1]) < 200


def test_no_two_earcons_are_alike_in_contour_and_rhythm():
    contours = {tuple(np.sign(np.diff([hz for hz, _ in score if hz]))) for score in SCORES.values()}
    rhythms = {tuple(ms for _, ms in score) for score in SCORES.values()}

    assert len(contours) == len(rhythms) == len(SCORES)


def test_a_misspelt_earcon_is_a_programmers_mistake():
    with pytest.raises(AssertionError, match="no earcon is called fuond"):
        earcon("fuond")
