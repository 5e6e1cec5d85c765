import pytest

from circulation.phrases.languages import _SCRIPTS, voice_for, voice_language
from speech.espeak import speaks


@pytest.mark.parametrize(
    ("marc", "voice"),
    [
        ("swe", "sv"), ("eng", "en"), ("fin", "fi"), ("sme", "se"), ("ara", "ar"),
        ("nob", "nb"), ("nno", "nb"), ("dan", "da"),
    ],
)  # fmt: skip
def test_each_language_has_its_voice(marc, voice):
    assert voice_language(marc, "sv") == voice


@pytest.mark.parametrize("marc", ["mul", "und", "zxx", "mis", "", "qqq"])
def test_an_unknown_language_is_read_in_the_visitors(marc):
    assert (voice_language(marc, "sv"), voice_language(marc, "en")) == ("sv", "en")


@pytest.mark.parametrize(
    ("text", "marc", "voice"),
    [
        ("Röda rummet", "swe", "sv"),
        ("1984", "eng", "en"),
        ("", "fin", "fi"),
        ("كتاب الحيوان", "ara", "ar"),
        # What the record says is not what is written.
        ("كتاب الحيوان", "swe", "ar"),
        ("كتاب الحيوان", "und", "ar"),
        ("کتاب", "per", "fa"),
        ("Война и мир", "swe", "ru"),
        ("Війна і мир", "ukr", "uk"),
        ("Η Ελλάδα", "", "el"),
        ("ספר", "heb", "he"),
        ("日本の本", "jpn", "cmn"),
        ("にほんご", "jpn", "ja"),
        # Put into Latin letters by a cataloguer: no Arabic voice reads those.
        ("Kitāb al-Ḥayawān", "ara", "sv"),
        ("Vojna i mir", "rus", "sv"),
        # Languages that are written in both.
        ("Na Drini ćuprija", "srp", "sr"),
        ("На Дрини ћуприја", "srp", "sr"),
        ("Mem û Zîn", "kur", "ku"),
        # Most letters have the say.
        ("Röda rummet كتاب", "swe", "sv"),
        ("👩‍👧", "swe", "sv"),
    ],
)
def test_what_a_title_is_written_in_has_the_say_over_what_its_record_says(text, marc, voice):
    assert voice_for(text, marc, "sv") == voice


def test_every_script_has_a_voice():
    for languages in _SCRIPTS.values():
        assert speaks(languages[0])
