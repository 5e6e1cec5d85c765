"""What is played is heard back: by a recogniser, as loud, as long and as silent as it should be."""

import difflib
import re

import numpy as np
import pytest
from pocketsphinx import Decoder

from circulation.phrases.texts import phrase
from circulation.utterances import Chunk
from speech import pcm
from speech.engine import RATE_HZ, WPM_DEFAULT
from speech.voices import Voices
from station.mouth.mouth import Mouth
from station.mouth.sinks import WavSink

HEARD_HZ = 16_000
"""What the recogniser's model was made from."""
KEYS = (
    "menu.heading", "browse.title_heading", "say.as_talking_book", "browse.called",
    "hours.today_closed", "reason.not_for_loan", "help.line2",
)  # fmt: skip
FILLERS = {"branch": "the library"}


def words(text):
    return re.findall(r"[a-z']+", text.lower())


def alike(said, heard):
    """Return how much of *said* is in *heard*, in its order."""
    blocks = difflib.SequenceMatcher(None, words(said), words(heard), autojunk=False)
    return sum(block.size for block in blocks.get_matching_blocks()) / len(words(said))


@pytest.fixture(scope="module")
def recogniser():
    # Each utterance by itself: what was heard before must not colour it.
    return Decoder(samprate=HEARD_HZ, cmn="batch", loglevel="FATAL")


def heard(recogniser, sound):
    """Return what a recogniser that expects nothing makes of *sound*."""
    quiet = bytes(HEARD_HZ)
    recogniser.start_utt()
    slow = pcm.resampled(sound, RATE_HZ, HEARD_HZ)
    recogniser.process_raw(quiet + slow + quiet, no_search=False, full_utt=True)
    recogniser.end_utt()
    found = recogniser.hyp()
    return found.hypstr if found else ""


@pytest.fixture(scope="module")
def played():
    """What a mouth has played of each sentence of the station, at full loudness."""
    sink = WavSink()
    mouth = Mouth(Voices(), sink)
    mouth.start()
    mouth.volume(100)
    assert mouth.wait_silent(10)
    sounds = {}
    try:
        for key in KEYS:
            said = phrase("en", key, **FILLERS).said
            mouth.say((Chunk(said, "en"),), ui_language="en")
            assert mouth.wait_silent(60)
            sounds[said] = sink.played[-1].pcm
    finally:
        mouth.stop()
    return sounds


def test_english_is_understood_by_a_recogniser_that_expects_nothing(played, recogniser):
    understood = {said: heard(recogniser, sound) for said, sound in played.items()}

    mean = sum(alike(said, back) for said, back in understood.items()) / len(understood)
    assert mean > 0.5, understood
    for said, back in understood.items():
        nearest = max(understood, key=lambda other: alike(other, back))
        assert nearest == said, f"{said!r} was heard as {back!r}, which is nearer to {nearest!r}"


def test_what_is_played_lasts_as_long_as_its_words_and_is_as_loud_as_the_others(played):
    for said, sound in played.items():
        length = pcm.seconds(sound, RATE_HZ)
        expected = len(said.split()) / WPM_DEFAULT * 60
        assert expected * 0.4 < length < expected * 2 + 1, said
    levels = [pcm.loudness_db(sound) for sound in played.values()]
    assert max(levels) - min(levels) < 8
    assert all(-35 < level < -12 for level in levels)


def test_what_is_played_begins_at_once_and_clips_nowhere(played):
    for said, sound in played.items():
        samples = np.abs(pcm.samples(sound).astype(np.int32))
        loud = np.flatnonzero(samples > pcm.SILENCE_PEAK)
        assert loud[0] / RATE_HZ < 0.05, said
        assert (samples >= 32767).mean() < 0.0001, said


def test_a_recogniser_of_english_makes_nothing_of_swedish(recogniser):
    sink = WavSink()
    mouth = Mouth(Voices(), sink)
    mouth.start()
    try:
        said = phrase("sv", "listening.welcome").said
        mouth.say((Chunk(said, "sv"),), ui_language="sv")
        assert mouth.wait_silent(30)
    finally:
        mouth.stop()

    assert (
        alike(phrase("en", "listening.welcome").said, heard(recogniser, sink.played[-1].pcm)) < 0.4
    )
