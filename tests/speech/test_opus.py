import numpy as np
import pytest

from speech import opus, pcm
from speech.engine import RATE_HZ, SpeechError
from speech.loudness import measured


def tone(seconds, hz=440.0, peak=0.3):
    at = np.arange(round(RATE_HZ * seconds)) / RATE_HZ
    return (np.sin(2 * np.pi * hz * at) * peak * 32767).astype(np.int16).tobytes()


def heard_hz(sound):
    samples = pcm.samples(sound).astype(float)
    return np.argmax(np.abs(np.fft.rfft(samples))) * RATE_HZ / len(samples)


def test_what_comes_back_is_as_long_as_loud_and_as_high():
    before = tone(2.0)

    after = b"".join(opus.decoded(opus.encoded(before)))

    assert pcm.seconds(after, RATE_HZ) == pytest.approx(2.0, abs=0.01)
    assert measured(after, RATE_HZ) == pytest.approx(measured(before, RATE_HZ), abs=0.3)
    assert heard_hz(after) == pytest.approx(440, abs=1)


def test_it_comes_in_blocks_short_enough_to_be_cut_between():
    blocks = list(opus.decoded(opus.encoded(tone(1.0))))

    assert max(pcm.seconds(block, RATE_HZ) for block in blocks) <= 0.05
    assert len(blocks[0]) > 0


def test_the_same_sound_is_the_same_file_so_that_no_station_fetches_it_again():
    one, two = opus.encoded(tone(0.5)), opus.encoded(tone(0.5))

    assert one == two
    assert opus.encoded(tone(0.6)) != one


def test_the_checksum_of_each_page_is_as_a_decoder_wants_it():
    file = bytearray(opus.encoded(tone(0.5)))
    assert b"".join(opus.decoded(bytes(file)))

    file[60] ^= 1  # of the second page: OpusTags

    with pytest.raises(SpeechError, match="no sound"):
        list(opus.decoded(bytes(file)))


@pytest.mark.parametrize("file", [b"", b"no sound", b"OggS" + bytes(100)])
def test_what_is_no_sound_is_told(file):
    with pytest.raises(SpeechError, match="no sound"):
        list(opus.decoded(file))


def test_two_channels_are_not_what_was_stored():
    import io

    import soundfile

    file = io.BytesIO()
    stereo = np.zeros((4800, 2), np.int16)
    soundfile.write(file, stereo, opus.OPUS_HZ, format="OGG", subtype="OPUS")

    with pytest.raises(SpeechError, match="2 channels"):
        list(opus.decoded(file.getvalue()))
