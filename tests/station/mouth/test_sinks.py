import threading
import time

import numpy as np
import pytest

from circulation.errors import ConfigError
from speech import pcm
from speech.engine import RATE_HZ
from station.mouth.port import SoundUnavailableError
from station.mouth.sinks import NullSink, WavSink, choose_sink, has_card
from tests.station.mouth.children import program

SECOND = bytes(RATE_HZ * 2)
LOUD = np.full(RATE_HZ // 5, 8000, np.int16).tobytes()


class Hours:
    """A clock that only waiting moves."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def wait(self, cut, seconds):
        if not cut.is_set():
            self.now += seconds
        return cut.is_set()


def test_silence_takes_as_long_as_speech_would():
    hours = Hours()
    playback = NullSink(hours, hours.wait).open()

    playback.write(SECOND)
    assert hours.now == pytest.approx(0.9)
    playback.write(SECOND)
    playback.drain()

    assert hours.now == pytest.approx(2.0)


def test_silence_that_is_cut_takes_no_time():
    hours = Hours()
    playback = NullSink(hours, hours.wait).open()
    playback.cut()

    playback.write(SECOND)
    playback.drain()

    assert hours.now == 0


def test_a_cut_wakes_silence_that_waits():
    playback = NullSink().open()
    threading.Timer(0.05, playback.cut).start()
    before = time.monotonic()

    playback.write(SECOND * 5)

    assert time.monotonic() - before < 1


def test_a_wav_keeps_what_was_played_until_it_was_cut():
    sink = WavSink()
    playback = sink.open()
    playback.write(LOUD)
    playback.cut()
    playback.write(LOUD)
    playback.drain()

    ((sound, cut),) = sink.played
    assert (len(sound), cut) == (len(LOUD), True)
    assert max(pcm.samples(sound)) == 8000
    assert sink.played[0].wav().startswith(b"RIFF")


CARD = " 0 [Headphones     ]: bcm2835_headpho - bcm2835 Headphones\n"


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine with an aplay that plays, whose kernel lists what *cards* says."""
    heard = tmp_path / "heard"
    program(tmp_path, f'echo "$@" > "{tmp_path}/how"; cat > "{heard}"')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path / "cards"


def test_a_station_speaks_through_the_card_and_device_that_are_set(machine):
    machine.write_text(CARD)
    sink, fault = choose_sink("auto", "plughw:Headphones", cards=machine)

    playback = sink.open()
    playback.write(LOUD)
    playback.drain()

    assert fault == ""
    assert (machine.parent / "heard").stat().st_size >= len(LOUD)
    assert "-D plughw:Headphones" in (machine.parent / "how").read_text()


@pytest.mark.parametrize("cards", [None, "--- no soundcards ---\n", ""])
def test_without_a_card_it_says_so_until_one_is_put_in(machine, cards):
    if cards is not None:
        machine.write_text(cards)
    sink, fault = choose_sink("auto", cards=machine)
    assert fault == "no sound device"
    with pytest.raises(SoundUnavailableError, match="no sound device"):
        sink.open()

    machine.write_text(CARD)

    sink.open().drain()


def test_a_card_is_of_no_use_without_aplay(machine, monkeypatch, tmp_path):
    machine.write_text(CARD)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))

    assert not has_card(machine)


def test_a_busy_device_is_told(machine):
    program(machine.parent, "echo 'audio open error: Device or resource busy' >&2; exit 1")
    machine.write_text(CARD)
    playback = choose_sink("auto", cards=machine)[0].open()

    with pytest.raises(SoundUnavailableError, match="would not play"):
        playback.write(SECOND * 100)


def test_a_misspelt_sink_is_answered_with_what_there_is():
    with pytest.raises(ConfigError, match="it can be auto, aplay, null"):
        choose_sink("alpay")


def test_a_machine_without_aplay_has_no_card(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    assert not has_card()
    assert choose_sink("null")[1] == ""
