import itertools

import msgspec
import numpy as np
import pytest

from speech import pcm
from station.config import SpeechSetting
from station.mouth.volume import DEFAULT_STEP, SPEAKER_DBA, SPEAKER_DBA_MAX, STEPS, Volume


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


def test_the_settings_take_every_loudspeaker_that_can_be_used_and_no_other():
    for dba in (SPEAKER_DBA, SPEAKER_DBA_MAX):
        msgspec.convert({"speaker_dba": dba}, SpeechSetting)
    for dba in (SPEAKER_DBA - 0.1, SPEAKER_DBA_MAX + 0.1):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"speaker_dba": dba}, SpeechSetting)


@pytest.mark.parametrize("dba", [65, 70, 77, 77.1, 80, SPEAKER_DBA_MAX])
def test_a_loudspeaker_falls_back_to_sixty_five_dba_at_most_and_reaches_them(dba):
    volume = Volume(dba)
    volume.change(100)
    assert dba + volume.gain_db >= 65

    volume.change(0)

    assert dba + volume.gain_db <= 65
    assert volume.step <= DEFAULT_STEP
    # No softer than it must be.
    assert volume.step == DEFAULT_STEP or dba + STEPS[volume.step + 1] > 65
