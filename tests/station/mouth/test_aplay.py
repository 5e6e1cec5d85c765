import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from speech import pcm
from speech.engine import RATE_HZ
from station.mouth import aplay
from station.mouth.aplay import AplaySink
from station.mouth.fades import FALL_MS
from station.mouth.port import SoundUnavailableError
from tests.station.mouth.children import card, program

SECOND = np.full(RATE_HZ, 8000, np.int16).tobytes()
FIFTH = SECOND[: len(SECOND) // 5 // 2 * 2]
NEW = np.full(RATE_HZ // 5, -8000, np.int16).tobytes()


@pytest.fixture(autouse=True)
def no_child_is_left():
    yield
    end = time.monotonic() + 5
    while any(thread.name == "aplay" for thread in threading.enumerate()):
        assert time.monotonic() < end, "a child that plays on"
        time.sleep(0.005)


@pytest.fixture
def patient(monkeypatch):
    """A sink that lets a machine busy with other tests be late, and kills nothing for it."""
    monkeypatch.setattr(aplay, "SILENT_MS", 600)


def heard_of(path):
    return pcm.samples(path.read_bytes()).astype(int)


def steps(heard):
    return np.abs(np.diff(np.concatenate([[0], heard, [0]])))


def playing(sink, sound):
    """Return a playback that plays *sound*, and the thread that gives it."""
    playback = sink.open()
    giver = threading.Thread(target=playback.write, args=(sound,))
    giver.start()
    return playback, giver


def said(playback):
    playback.write(FIFTH + FIFTH)
    playback.drain()


def until_heard(path, seconds=0.15):
    """Wait until *seconds* of sound have come to *path*."""
    end = time.monotonic() + 10
    while not path.exists() or path.stat().st_size < seconds * RATE_HZ * 2:
        assert time.monotonic() < end, "nothing was heard"
        time.sleep(0.005)


def cut_short(sink, path):
    """Return a playback of a second's sound that was cut once some of it had come to *path*."""
    playback, giver = playing(sink, SECOND)
    until_heard(path)
    playback.cut()
    giver.join()
    return playback


def test_the_card_is_given_every_sample_and_two_soft_edges(tmp_path):
    command, path = card(tmp_path)
    playback = AplaySink(program=command).open()

    playback.write(FIFTH)
    playback.write(FIFTH)
    playback.drain()

    heard = heard_of(path)
    # Where this machine was late there is silence between, with soft edges too.
    assert 2 * len(FIFTH) // 2 - 600 < np.count_nonzero(heard) <= 2 * len(FIFTH) // 2
    assert steps(heard).max() < 200


@pytest.mark.usefixtures("patient")
def test_a_cut_is_soft_and_nearly_nothing_follows_it(tmp_path):
    command, path = card(tmp_path)
    playback, giver = playing(AplaySink(program=command), SECOND)
    until_heard(path)

    playback.cut()
    before = len(heard_of(path))
    giver.join()
    playback.drain()
    time.sleep(0.3)

    heard = heard_of(path)
    # What the card had was heard of besides: at most what is fed ahead.
    assert np.count_nonzero(heard[before:]) / RATE_HZ <= 0.05
    assert steps(heard).max() < 200


def test_a_cut_is_silence_within_fifty_milliseconds_of_its_own_clock():
    assert aplay.FED_AHEAD_MS + FALL_MS <= aplay.SILENT_MS <= 50


def test_a_card_that_is_late_is_silenced_at_the_latest(tmp_path):
    sink = AplaySink(program=program(tmp_path, "head -c 3000 > /dev/null; exec sleep 60"))
    playback, giver = playing(sink, SECOND)
    time.sleep(0.4)
    before = time.monotonic()

    playback.cut()
    giver.join()
    while any(thread.name == "aplay" for thread in threading.enumerate()):
        time.sleep(0.001)

    assert aplay.SILENT_MS / 1000 - 0.01 < time.monotonic() - before < 0.5


@pytest.mark.usefixtures("patient")
def test_new_words_follow_a_cut_in_the_same_child_and_neither_clicks(tmp_path):
    command, path = card(tmp_path)
    sink = AplaySink(program=command)
    old = cut_short(sink, path)
    old.drain()

    new = sink.open()
    new.write(NEW)
    new.drain()

    heard = heard_of(path)  # of one child: another would have its sound after this one's end
    fell, rose = np.flatnonzero(heard > 0)[-1], np.flatnonzero(heard < 0)[0]
    assert 0 < (rose - fell) / RATE_HZ < 0.1
    assert np.count_nonzero(heard < 0) > len(NEW) / 2 * 0.9
    assert steps(heard).max() < 200


@pytest.mark.usefixtures("patient")
def test_words_that_follow_at_once_leave_the_old_their_fall_to_silence(tmp_path):
    command, path = card(tmp_path)
    sink = AplaySink(program=command)
    playback, giver = playing(sink, SECOND)
    until_heard(path)
    for sound in (NEW, SECOND, NEW):
        playback.cut()
        playback = sink.open()
        threading.Thread(target=playback.write, args=(sound,), daemon=True).start()
        time.sleep(0.06)
    giver.join()
    playback.cut()
    time.sleep(0.2)

    heard = heard_of(path)
    assert heard.max() == -heard.min() == 8000
    assert steps(heard).max() < 200


@pytest.mark.usefixtures("patient")
def test_words_that_come_while_the_cut_child_ends_have_a_child_of_their_own(tmp_path, monkeypatch):
    command, path = card(tmp_path)
    sink = AplaySink(program=command)
    old, giver = playing(sink, SECOND)
    until_heard(path)
    dying, kill = threading.Event(), subprocess.Popen.kill

    def slow(child):
        dying.set()
        time.sleep(0.1)
        kill(child)

    monkeypatch.setattr(subprocess.Popen, "kill", slow)
    old.cut()
    giver.join()
    assert dying.wait(5)

    new = sink.open()
    new.write(NEW)
    new.drain()

    assert np.count_nonzero(heard_of(path) < 0) > len(NEW) / 2 * 0.9


@pytest.mark.usefixtures("patient")
def test_a_card_behind_the_clock_is_given_no_more_than_it_takes(tmp_path):
    slow, heard = tmp_path / "slow.py", tmp_path / "heard"
    slow.write_text(
        "import os, sys, time\n"
        "out = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)\n"
        "while sound := os.read(0, 220):\n"
        "    os.write(out, sound)\n"
        "    time.sleep(len(sound) / 2 / 22050 * 1.5)\n"
    )
    command = program(tmp_path, f'exec "{sys.executable}" "{slow}" "{heard}"')
    playback, giver = playing(AplaySink(program=command), SECOND)
    until_heard(heard, 0.6)

    playback.cut()
    before = len(heard_of(heard))
    giver.join()
    time.sleep(0.4)

    assert np.count_nonzero(heard_of(heard)[before:]) / RATE_HZ < 0.05


@pytest.mark.usefixtures("patient")
def test_a_late_sample_of_what_was_cut_is_never_heard(tmp_path):
    command, path = card(tmp_path)
    sink = AplaySink(program=command)
    old = cut_short(sink, path)
    new = sink.open()
    new.write(NEW)

    old.write(SECOND)
    old.cut()
    new.drain()

    heard = heard_of(path)
    assert np.flatnonzero(heard > 0)[-1] < np.flatnonzero(heard < 0)[0]
    assert np.count_nonzero(heard < 0) > len(NEW) / 2 * 0.9


def test_what_is_cut_before_its_first_sample_leaves_no_child(tmp_path):
    sink = AplaySink(program=program(tmp_path, "exec sleep 60"))
    before = time.monotonic()
    for _ in range(3):
        sink.open().cut()

    playback, giver = playing(sink, SECOND)  # waits for a reader that never reads
    time.sleep(0.05)
    playback.cut()
    giver.join()
    playback.drain()

    assert time.monotonic() - before < 1


def test_a_card_that_stops_in_the_middle_is_let_go_at_the_cut(tmp_path):
    playback, giver = playing(
        AplaySink(program=program(tmp_path, "head -c 9000 > /dev/null; exec sleep 60")), SECOND
    )
    time.sleep(0.5)
    before = time.monotonic()

    playback.cut()
    giver.join()
    playback.drain()

    assert time.monotonic() - before < 0.5


def test_a_card_that_never_ends_is_let_go_at_the_cut(tmp_path):
    sink = AplaySink(program=program(tmp_path, "cat > /dev/null; exec sleep 60"))
    playback = sink.open()
    playback.write(FIFTH)
    threading.Timer(0.4, playback.cut).start()
    before = time.monotonic()

    playback.drain()

    assert time.monotonic() - before < 1


def test_a_card_that_never_begins_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(aplay, "START_SECONDS_MAX", 0.05)
    playback = AplaySink(program=program(tmp_path, "exec sleep 60")).open()

    with pytest.raises(SoundUnavailableError, match="would not play"):
        playback.write(SECOND)


@pytest.mark.parametrize("taken", ["head -c 9000", "cat"])
def test_a_card_that_stalls_and_is_never_cut_is_told(tmp_path, monkeypatch, taken):
    monkeypatch.setattr(aplay, "STALLED_SECONDS_MAX", 0.2)
    playback = AplaySink(program=program(tmp_path, f"{taken} > /dev/null; exec sleep 60")).open()
    # Where nothing bounds the wait this test ends too, and is red.
    too_late = threading.Timer(5, playback.cut)
    too_late.start()

    with pytest.raises(SoundUnavailableError, match="would not play"):
        said(playback)
    too_late.cancel()


def test_a_device_that_will_not_play_is_told(tmp_path):
    playback = AplaySink(program=program(tmp_path, "exit 1")).open()

    with pytest.raises(SoundUnavailableError, match="would not play"):
        playback.write(SECOND)


def test_a_device_that_goes_in_the_middle_is_told(tmp_path):
    playback = AplaySink(program=program(tmp_path, "head -c 9000 > /dev/null; exit 0")).open()

    with pytest.raises(SoundUnavailableError, match="would not play"):
        playback.write(SECOND)


def test_a_device_that_fails_after_the_last_word_is_told_too(tmp_path):
    playback = AplaySink(program=program(tmp_path, "cat > /dev/null; exit 1")).open()
    playback.write(FIFTH)

    with pytest.raises(SoundUnavailableError, match="would not play"):
        playback.drain()


def test_what_has_no_sound_ends(tmp_path):
    command, path = card(tmp_path)
    playback = AplaySink(program=command).open()

    playback.write(b"")
    playback.drain()

    assert not path.exists() or not np.count_nonzero(heard_of(path))


def test_a_machine_without_aplay_is_told(tmp_path):
    with pytest.raises(SoundUnavailableError, match="cannot be started"):
        AplaySink(program=str(tmp_path / "none")).open()
