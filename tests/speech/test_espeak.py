import threading

import pytest

from speech import pcm
from speech.engine import RATE_HZ, Cut
from speech.espeak import Espeak, speaks


def spoken(text, language="sv", wpm=160):
    return b"".join(Espeak().speak(text, language, wpm, Cut()))


@pytest.mark.parametrize("language", ["sv", "en", "fi", "ar", "nb", "da", "smj", "se"])
def test_every_promised_language_is_heard(language):
    assert speaks(language)
    assert pcm.loudness_db(spoken("Biblioteket 1", language)) > -40


def test_a_language_speaks_with_its_own_voice():
    lengths = {len(spoken("Biblioteket i Umeå", language)) for language in ("sv", "fi", "en")}

    assert len(lengths) == 3


def test_an_unknown_language_is_spoken_in_swedish_and_not_left_out():
    assert not speaks("qqq")
    known, unknown = spoken("Röda rummet", "sv"), spoken("Röda rummet", "qqq")
    assert len(unknown) == pytest.approx(len(known), rel=0.02)


def test_faster_is_shorter():
    text = "Den som läser högt för sina barn ger dem ett språk"

    slow, fast = len(spoken(text, wpm=110)), len(spoken(text, wpm=220))

    assert fast < slow * 0.6


def test_every_chunk_can_be_cut_after_within_fifty_milliseconds_or_so():
    chunks = list(Espeak().speak("Röda rummet. av August Strindberg.", "sv", 160, Cut()))

    assert max(pcm.seconds(chunk, RATE_HZ) for chunk in chunks) <= 0.061


def test_a_cut_ends_the_making_of_a_long_text():
    cut = Cut()
    speech = Espeak().speak("Röda rummet. " * 500, "sv", 160, cut)
    next(speech)

    cut.make()

    assert len(list(speech)) < 100


class Soon(Cut):
    """A cut that comes while the first sentence is being made."""

    asked = 0

    @property
    def made(self):
        self.asked += 1
        return self.asked > 5


def test_a_cut_ends_the_making_within_a_sentence():
    sentence = "en röd stuga och " * 50

    chunks = list(Espeak().speak(sentence, "sv", 160, Soon()))

    assert sum(pcm.seconds(chunk, RATE_HZ) for chunk in chunks) < 1


def test_two_threads_do_not_spoil_each_others_words():
    alone = len(spoken("Biblioteket i Umeå", "fi"))
    lengths = []
    threads = [
        threading.Thread(target=lambda: lengths.append(len(spoken("Biblioteket i Umeå", "fi")))),
        threading.Thread(target=lambda: spoken("Böcker att låna i Vindeln", "sv")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert lengths == [pytest.approx(alone, rel=0.01)]


def test_a_null_byte_does_not_end_the_sentence():
    assert len(spoken("Röda\0rummet")) > len(spoken("Röda"))
