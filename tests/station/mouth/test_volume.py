import itertools

import numpy as np
import pytest

from speech import pcm
from station.mouth.volume import DEFAULT_STEP, STEPS, Volume


def test_the_range_is_wide_enough_and_has_a_step_twelve_above_the_lowest():
    assert max(STEPS) - min(STEPS) >= 20
    assert min(STEPS) + 12 in STEPS
    assert {louder - softer for softer, louder in itertools.pairwise(STEPS)} == {3}


def test_the_loudest_is_heard_so_much_louder_than_the_softest():
    tone = (np.sin(np.arange(22050) / 10) * 20000).astype(np.int16).tobytes()

    softest, loudest = (pcm.loudness_db(pcm.gained(tone, db)) for db in (STEPS[0], STEPS[-1]))

    assert loudest - softest == pytest.approx(24, abs=0.2)


def test_the_volume_stops_at_its_ends_and_says_so():
    volume = Volume()

    assert volume.change(1)
    assert not volume.change(100)
    assert volume.gain_db == max(STEPS)
    assert not volume.change(-100)
    assert volume.gain_db == min(STEPS)


def test_the_next_visitor_meets_the_safe_volume():
    volume = Volume()
    volume.change(4)

    assert volume.change(0)
    assert volume.step == DEFAULT_STEP
    assert volume.gain_db == -12
