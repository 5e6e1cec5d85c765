import pytest

from circulation.phrases.languages import voice_language


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
