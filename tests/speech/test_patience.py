import threading
import time

import pytest

from speech.engine import Cut, SpeechError
from speech.patience import Attempt, TooSlowError


class Slow:
    """An engine that takes its time, and can be called off while it does."""

    name, rate_hz, ready = "slow", 22050, True

    def __init__(self, seconds, *, hears=True):
        self.seconds, self.hears = seconds, hears
        self.called_off = threading.Event()

    def lufs(self, language):
        return -23.0

    def speak(self, text, language, wpm, cut):
        self.called_off = threading.Event()
        cut.then(self.called_off.set)
        (self.called_off if self.hears else threading.Event()).wait(self.seconds)
        if not cut.made:
            yield bytes(200)


class Mute(Slow):
    def speak(self, text, language, wpm, cut):
        raise SpeechError("no voice left")
        yield


def test_a_sentence_that_comes_in_time_is_given_whole():
    assert Attempt(Slow(0.01), "Hej", "sv", (160, Cut())).sound(5) == [bytes(200)]


def test_a_sentence_that_is_late_is_called_off():
    engine = Slow(30)
    attempt = Attempt(engine, "Hej", "sv", (160, Cut()))

    with pytest.raises(TooSlowError, match=r"not ready in 0\.05 s"):
        attempt.sound(0.05)

    attempt.join(5)
    assert engine.called_off.is_set()
    assert not attempt.is_alive()


def test_who_cuts_does_not_wait_for_an_engine_that_hears_nothing():
    cut = Cut()
    threading.Timer(0.05, cut.make).start()
    began = time.monotonic()

    assert Attempt(Slow(3, hears=False), "Hej", "sv", (160, cut)).sound(30) == []
    assert time.monotonic() - began < 2


def test_an_engine_that_fails_says_why():
    with pytest.raises(SpeechError, match="no voice left"):
        Attempt(Mute(0), "Hej", "sv", (160, Cut())).sound(5)
