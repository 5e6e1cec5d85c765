import threading
import time

import pytest

from circulation.errors import ConfigError
from speech.engine import RATE_HZ
from station.mouth.sinks import (
    AplaySink,
    NullSink,
    SoundUnavailableError,
    WavSink,
    choose_sink,
    has_card,
)

SECOND = bytes(RATE_HZ * 2)


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


def program(folder, text):
    path = folder / "aplay"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


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


def test_aplay_is_given_every_sample_of_what_is_said(tmp_path):
    heard = tmp_path / "heard"
    playback = AplaySink(program=program(tmp_path, f'cat > "{heard}"')).open()

    playback.write(SECOND)
    playback.write(SECOND)
    playback.drain()

    assert heard.stat().st_size == 2 * len(SECOND)


def test_a_cut_silences_aplay_at_once_and_leaves_no_process(tmp_path):
    playback = AplaySink(program=program(tmp_path, "exec sleep 60")).open()
    threading.Timer(0.05, playback.cut).start()
    before = time.monotonic()

    playback.write(SECOND)  # more than the pipe holds: waits for a reader that never reads
    playback.drain()

    assert time.monotonic() - before < 1


def test_a_device_that_will_not_play_is_told(tmp_path):
    playback = AplaySink(program=program(tmp_path, "exit 1")).open()

    with pytest.raises(SoundUnavailableError, match="would not play"):
        playback.write(SECOND * 100)


def test_a_device_that_fails_after_the_last_word_is_told_too(tmp_path):
    playback = AplaySink(program=program(tmp_path, "cat > /dev/null; exit 1")).open()
    playback.write(SECOND)

    with pytest.raises(SoundUnavailableError, match="would not play"):
        playback.drain()


def test_a_machine_without_aplay_is_told(tmp_path):
    with pytest.raises(SoundUnavailableError, match="cannot be started"):
        AplaySink(program=str(tmp_path / "none")).open()


def test_a_wav_keeps_what_was_played_until_it_was_cut():
    sink = WavSink()
    playback = sink.open()
    playback.write(b"\1\0")
    playback.cut()
    playback.write(b"\2\0")

    assert [(one.pcm, one.cut) for one in sink.played] == [(b"\1\0", True)]
    assert sink.played[0].wav().startswith(b"RIFF")


@pytest.mark.parametrize(
    ("aplay", "sink", "fault"),
    [
        ("echo 'card 0: Headphones'", AplaySink, ""),
        ("echo 'no soundcards found...'; exit 1", NullSink, "no sound device"),
        ("echo '**** List of PLAYBACK ****'", NullSink, "no sound device"),
    ],
)
def test_a_station_speaks_through_the_card_it_has_or_says_it_has_none(
    aplay, sink, fault, tmp_path, monkeypatch
):
    program(tmp_path, aplay)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    chosen, said = choose_sink("auto")

    assert (type(chosen), said) == (sink, fault)


def test_a_misspelt_sink_is_answered_with_what_there_is():
    with pytest.raises(ConfigError, match="it can be auto, aplay, null"):
        choose_sink("alpay")


def test_a_machine_without_aplay_has_no_card(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    assert not has_card()
    assert choose_sink("null")[1] == ""
