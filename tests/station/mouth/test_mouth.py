import statistics
import threading
import time

import numpy as np
import pytest

from circulation.utterances import Chunk
from speech import pcm
from speech.engine import RATE_HZ, SpeechError
from speech.voices import Sound, Voices
from station.mouth.earcons import earcon
from station.mouth.fades import FALL_MS, RISE_MS
from station.mouth.mouth import Mouth
from station.mouth.port import SoundUnavailableError
from station.mouth.sinks import NullSink, PluggedSink, WavSink

RED = (Chunk("Röda rummet.", "sv"), Chunk("av August Strindberg.", "sv"))
HOBBIT = (Chunk("Hobbiten.", "sv"),)
LONG = (Chunk("Den som läser högt för sina barn. " * 20, "sv"),)

ENGLISH = (Chunk("Once. " + "Whoever reads aloud gives a language to live in, and " * 4, "en"),)


@pytest.fixture
def open_mouth():
    mouths = []

    def opened(voices=None, sink=None, **settings):
        mouth = Mouth(voices or Voices([]), sink or WavSink(), **settings)
        mouths.append(mouth)
        mouth.start()
        return mouth

    yield opened
    for mouth in mouths:
        mouth.stop()


def until(true, seconds=5.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.002)


def test_words_are_heard_and_remembered(open_mouth):
    sink = WavSink()
    mouth = open_mouth(sink=sink)

    spoken = mouth.say(RED, ui_language="sv", touched_mono=time.monotonic() - 0.5)

    assert mouth.wait_silent(5)
    heard = mouth.heard()[0]
    assert (heard.id, heard.text) == (spoken, "Röda rummet. av August Strindberg.")
    assert (heard.lang, heard.engine, heard.cut) == ("sv", "espeak", False)
    assert 500 < heard.ms_to_first_sound < 1500
    assert mouth.wav(spoken) is not None
    assert mouth.wav(999) is None
    assert len(sink.played) == 1


@pytest.mark.parametrize(
    ("old", "sink"), [(LONG, NullSink()), (ENGLISH, WavSink())], ids=["in speech", "in synthesis"]
)
def test_new_words_cut_the_old_within_fifty_milliseconds(old, sink, open_mouth):
    mouth = open_mouth(voices=Voices(), sink=sink)
    for touch in range(5):
        mouth.say(old, ui_language="sv")
        # The first touch loads the voice.
        until(lambda: len(mouth.heard()) == 2 * touch + 1, 30)  # noqa: B023
        time.sleep(0.05)  # with nothing to wait for, Piper is now making the long sentence
        mouth.say(HOBBIT, ui_language="sv", touched_mono=time.monotonic())
        until(lambda: len(mouth.heard()) == 2 * touch + 2)  # noqa: B023

    assert mouth.wait_silent(5)
    cut, new = mouth.heard()[::2], mouth.heard()[1::2]
    assert all(heard.cut for heard in cut)
    assert not new[-1].cut
    # The median: a machine that runs other tests beside this one may stumble once.
    assert statistics.median(heard.ms_to_first_sound for heard in new) < 50


def test_of_many_touches_only_the_newest_is_spoken_to_its_end(open_mouth):
    sink = WavSink()
    mouth = open_mouth(sink=sink)
    sink.flowing.clear()
    for _ in range(50):
        last = mouth.say(RED, ui_language="sv")
    sink.flowing.set()

    assert mouth.wait_silent(5)
    assert [one.id for one in mouth.heard() if not one.cut] == [last]


def test_a_cut_utterance_is_never_heard_again(open_mouth):
    sink = WavSink()
    mouth = open_mouth(sink=sink)
    sink.flowing.clear()
    mouth.say(LONG, ui_language="sv")
    until(mouth.heard)
    mouth.say(HOBBIT, ui_language="sv")
    sink.flowing.set()

    assert mouth.wait_silent(5)
    old, new = sink.played
    assert (old.cut, new.cut) == (True, False)
    assert pcm.seconds(old.pcm, RATE_HZ) < 0.1


def test_a_hush_is_silence_at_once_and_the_next_words_are_heard(open_mouth):
    mouth = open_mouth(sink=NullSink())
    mouth.say(LONG, ui_language="sv")
    until(mouth.heard)

    before = time.monotonic()
    mouth.hush()
    assert mouth.wait_silent(1)

    assert time.monotonic() - before < 0.5
    assert mouth.heard()[0].cut
    mouth.say(HOBBIT, ui_language="sv")
    until(lambda: len(mouth.heard()) == 2)


class Loud:
    """A voice that is one loud step from its first sample to its last."""

    STEP = np.full(RATE_HZ * 40 // 1000, 16_000, np.int16).tobytes()

    def speak(self, text, language, wpm, cut):
        del language, wpm
        for _ in text.split():
            if not cut.made:
                yield Sound("loud", self.STEP)

    def faults(self):
        return []


def test_nothing_that_is_heard_begins_ends_or_is_cut_with_a_click(open_mouth):
    sink = WavSink()
    mouth = open_mouth(Loud(), sink)
    sink.flowing.clear()
    mouth.say(LONG, ui_language="sv")
    until(mouth.heard)
    mouth.volume(1)
    mouth.say(HOBBIT, ui_language="sv")
    sink.flowing.set()
    assert mouth.wait_silent(5)

    assert [one.cut for one in sink.played] == [True, False]
    for one in sink.played:
        heard = pcm.samples(one.wav()[44:])
        assert heard.max() > 2000
        # A step of the volume's own is 3 dB at most: nothing falls from its height to nothing.
        steps = np.abs(np.diff(np.concatenate([[0], heard.astype(int), [0]])))
        assert steps.max() < heard.max() / 20


def test_the_volume_changes_in_mid_speech_without_a_click(open_mouth):
    sink = WavSink()
    mouth = open_mouth(Loud(), sink)
    sink.flowing.clear()
    mouth.say(HOBBIT + LONG, ui_language="sv")
    until(mouth.heard)
    mouth._volume.change(1)
    sink.flowing.set()
    assert mouth.wait_silent(5)

    heard = pcm.samples(sink.played[0].pcm).astype(int)
    assert heard.max() == pytest.approx(16_000 * 10 ** (-9 / 20), abs=2)
    assert np.abs(np.diff(heard)).max() < heard.max() / 50


def test_what_comes_after_lets_the_words_under_way_end(open_mouth):
    sink = WavSink()
    mouth = open_mouth(sink=sink)
    sink.flowing.clear()
    mouth.say(RED, ui_language="sv")
    until(mouth.heard)

    mouth.say(HOBBIT, ui_language="sv", after=True)
    sink.flowing.set()

    assert mouth.wait_silent(5)
    assert [(one.text, one.cut) for one in mouth.heard()] == [
        ("Röda rummet. av August Strindberg.", False),
        ("Hobbiten.", False),
    ]


def test_what_comes_after_is_forgotten_where_something_new_is_said(open_mouth):
    sink = WavSink()
    mouth = open_mouth(sink=sink)
    sink.flowing.clear()
    mouth.say(LONG, ui_language="sv")
    until(mouth.heard)
    mouth.say(HOBBIT, ui_language="sv", after=True)

    mouth.say(RED, ui_language="sv")
    sink.flowing.set()

    assert mouth.wait_silent(5)
    assert [one.cut for one in mouth.heard()] == [True, False]
    assert mouth.heard()[-1].text.startswith("Röda rummet")


def test_what_comes_after_with_nothing_under_way_is_spoken_and_nothing_is_no_hush(open_mouth):
    mouth = open_mouth()

    mouth.say(HOBBIT, ui_language="sv")
    mouth.say((), ui_language="sv", after=True)
    assert mouth.wait_silent(5)
    mouth.say(HOBBIT, ui_language="sv", after=True)

    assert mouth.wait_silent(5)
    assert [one.cut for one in mouth.heard()] == [False, False]


def test_private_words_without_a_loud_form_are_silence(open_mouth):
    sink = WavSink()
    mouth = open_mouth(sink=sink)

    mouth.say((), ui_language="sv")
    mouth.say((Chunk("  ", "sv"),), ui_language="sv")

    assert mouth.wait_silent(1)
    assert not sink.played
    assert not mouth.heard()


def amid(sound):
    """Return *sound* without the edges that the sink softens."""
    return sound[RATE_HZ * RISE_MS // 1000 * 2 : -(RATE_HZ * FALL_MS // 1000 * 2)]


def test_an_earcon_goes_before_its_words_and_is_not_cut_by_them(open_mouth):
    sink = WavSink()
    mouth = open_mouth(sink=sink)

    mouth.earcon("found")
    mouth.say(HOBBIT, ui_language="sv")

    assert mouth.wait_silent(5)
    (played,) = sink.played
    assert not played.cut
    tone = pcm.gained(earcon("found"), -12)
    assert amid(played.pcm[: len(tone)]) == amid(tone)
    assert len(played.pcm) > 3 * len(tone)
    assert mouth.heard()[0].ms_to_first_sound < 100


def test_an_earcon_alone_ends(open_mouth):
    sink = WavSink()
    mouth = open_mouth(sink=sink)

    mouth.earcon("digit")

    assert mouth.wait_silent(5)
    assert amid(sink.played[0].pcm) == amid(pcm.gained(earcon("digit"), -12))
    assert not mouth.heard()


def test_the_volume_is_heard_and_told_and_reset(open_mouth):
    sink = WavSink()
    mouth = open_mouth(sink=sink)

    mouth.volume(100)
    assert mouth.wait_silent(5)
    mouth.volume(0)
    mouth.earcon("end")
    assert mouth.wait_silent(5)

    loud, normal = (pcm.loudness_db(one.pcm) for one in sink.played)
    assert loud - normal == pytest.approx(12, abs=0.3)


def test_words_without_a_language_are_in_the_visitors(open_mouth):
    mouth = open_mouth()

    mouth.say((Chunk("Hej", ""), Chunk("Hei", "fi")), ui_language="sv")

    assert mouth.wait_silent(5)
    assert mouth.heard()[0].lang == "sv,fi"


def test_what_is_spoken_is_written_out_where_asked(open_mouth, tmp_path):
    mouth = open_mouth(speech_to=tmp_path)

    spoken = mouth.say(HOBBIT, ui_language="sv")

    assert mouth.wait_silent(5)
    assert mouth.wav(spoken) == (tmp_path / "000001.wav").read_bytes()


def test_a_disk_that_will_not_take_the_sound_does_not_stop_the_speaking(open_mouth, tmp_path):
    mouth = open_mouth(speech_to=tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    for _ in range(2):
        mouth.say(HOBBIT, ui_language="sv")
        assert mouth.wait_silent(5)

    assert len(mouth.heard()) == 2
    assert mouth.faults() == {"S1": "speech failed: FileNotFoundError"}


class Faltering:
    """Voices that fail as nobody foresaw, once."""

    def __init__(self, error):
        self.error = error

    def speak(self, text, language, wpm, cut):
        if self.error:
            error, self.error = self.error, None
            raise error
        yield Sound("espeak", bytes(200))

    def faults(self):
        return ["voice fi: gone"]


@pytest.mark.parametrize("error", [SpeechError("no"), OSError("gone"), ZeroDivisionError()])
def test_a_mouth_survives_whatever_fails_and_says_so(error, open_mouth):
    mouth = open_mouth(voices=Faltering(error))

    mouth.say(HOBBIT, ui_language="sv")
    assert mouth.wait_silent(5)
    assert mouth.faults() == {
        "S1": f"speech failed: {type(error).__name__}",
        "S2": "voice fi: gone",
    }

    mouth.say(HOBBIT, ui_language="sv")
    until(mouth.heard)
    assert mouth.wait_silent(5)
    assert mouth.faults() == {"S2": "voice fi: gone"}


def test_that_words_were_heard_to_their_end_is_told_once_they_were(open_mouth):
    sink, told = WavSink(), []
    sink.flowing.clear()
    mouth = open_mouth(sink=sink)
    mouth.say(RED, ui_language="sv", tell=lambda: told.append("red"))
    until(mouth.heard)
    mouth.say(HOBBIT, ui_language="sv", after=True, tell=lambda: told.append("hobbit"))
    mouth.say(HOBBIT, ui_language="sv", after=True, tell=lambda: told.append("again"))
    assert told == []

    sink.flowing.set()

    assert mouth.wait_silent(10)
    assert told == ["red", "hobbit", "again"]


def test_of_what_was_cut_or_never_begun_it_is_not_told(open_mouth):
    sink, told = WavSink(), []
    sink.flowing.clear()
    mouth = open_mouth(sink=sink)
    mouth.say(RED, ui_language="sv", tell=lambda: told.append("red"))
    until(mouth.heard)
    mouth.say(HOBBIT, ui_language="sv", after=True, tell=lambda: told.append("hobbit"))
    mouth.say((), ui_language="sv", after=True, tell=lambda: told.append("nothing"))

    mouth.say(HOBBIT, ui_language="sv", tell=lambda: told.append("new"))
    sink.flowing.set()

    assert mouth.wait_silent(10)
    assert told == ["new"]


def test_of_what_no_device_played_it_is_not_told(open_mouth):
    told = []
    mouth = open_mouth(sink=PluggedSink(WavSink(), lambda: False))
    for _ in range(2):
        mouth.say(HOBBIT, ui_language="sv", tell=lambda: told.append("hobbit"))
        until(mouth.faults)

    assert mouth.wait_silent(10)
    assert told == []


class Unplugged:
    """A sink whose device is gone until it is plugged in."""

    def __init__(self):
        self.plugged, self.kept = False, WavSink()

    def open(self):
        if not self.plugged:
            raise SoundUnavailableError("the sound device would not play")
        return self.kept.open()


def test_a_sound_device_that_goes_is_reported_and_tried_again(open_mouth):
    sink, clock = Unplugged(), time.monotonic
    ahead = [0.0]
    mouth = open_mouth(sink=sink, clock=lambda: clock() + ahead[0])

    mouth.say(HOBBIT, ui_language="sv")
    until(mouth.heard)
    assert mouth.faults() == {"S1": "the sound device would not play; tried again in 5 s"}
    mouth.hush()
    assert mouth.wait_silent(5)

    sink.plugged, ahead[0] = True, 6.0
    mouth.say(HOBBIT, ui_language="sv")
    until(lambda: not mouth.faults())
    assert sink.kept.played


def test_a_station_without_sound_says_so_and_goes_on(open_mouth):
    sink = PluggedSink(WavSink(), lambda: False)
    mouth = open_mouth(sink=sink, fault="no sound device")
    assert mouth.faults() == {"S1": "no sound device"}

    mouth.say(HOBBIT, ui_language="sv")

    until(mouth.heard)
    assert mouth.faults() == {"S1": "no sound device; tried again in 5 s"}


def test_a_loudspeaker_speaks_softly_to_whoever_comes_next(open_mouth):
    sink = WavSink()
    mouth = open_mouth(sink=sink, speaker_dba=83)
    mouth.volume(100)
    mouth.volume(0)
    mouth.earcon("end")

    assert mouth.wait_silent(5)
    full = pcm.loudness_db(earcon("end"))
    assert pcm.loudness_db(sink.played[-1].pcm[-len(earcon("end")) :]) - full == pytest.approx(
        -18, abs=0.5
    )


def test_a_stopped_mouth_is_gone_in_the_middle_of_a_word():
    mouth = Mouth(Voices([]), NullSink())
    mouth.start()
    mouth.say(LONG, ui_language="sv")
    until(mouth.heard)

    mouth.stop()

    assert not mouth.is_alive()
    assert "mouth" not in {thread.name for thread in threading.enumerate()}
