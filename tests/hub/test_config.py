"""The hub's settings: what is wrong is answered in one sentence that helps."""

import pytest

from circulation.errors import ConfigError
from hub.config import OwnSetting, Sip2Setting, load
from tests.hub.test_cli import SETTINGS


def catalogue(folder, text):
    path = folder / "hub.toml"
    path.write_text(f"{SETTINGS}\n[catalogue]\n{text}\n", encoding="utf-8")
    return load(path).catalogue


def test_without_a_word_the_catalogue_is_the_hubs_own(tmp_path):
    (tmp_path / "hub.toml").write_text(SETTINGS, encoding="utf-8")

    assert load(tmp_path / "hub.toml").catalogue == OwnSetting()
    assert catalogue(tmp_path, 'kind = "own"') == OwnSetting()


def test_a_library_system_needs_no_more_than_a_host(tmp_path):
    found = catalogue(tmp_path, 'kind = "sip2"\nhost = "sip.example"')

    assert isinstance(found, Sip2Setting)
    assert (found.port, found.encoding, found.language) == (6001, "utf-8", "006")


def test_a_password_file_lies_beside_the_settings(tmp_path):
    found = catalogue(tmp_path, 'kind = "sip2"\nhost = "h"\nuser = "fingertopp"\npassword = "sip2"')

    assert found.password == tmp_path / "sip2"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ('kind = "sip3"\nhost = "h"', "sip3"),
        ('kind = "sip2"', "`host`"),
        ('kind = "sip2"\nhost = "h"\nencodng = "cp850"', "did you mean `encoding`"),
        ('kind = "sip2"\nhost = "h"\nencoding = "cp85o"', "cp850 or latin-1"),
        ('kind = "sip2"\nhost = "h"\nencoding = "hex"', "is not an encoding"),
        ('kind = "sip2"\nhost = "h"\nencoding = "utf-16"', "is not an encoding"),
        ('kind = "sip2"\nhost = "h"\nuser = "u"', "set both or none"),
        ('kind = "sip2"\nhost = "h"\npassword = "f"', "set both or none"),
        ('kind = "sip2"\nhost = "h"\nca = "ca.pem"', "without `tls = true`"),
        ('kind = "sip2"\nhost = "h"\ninstitution = "SE|Um"', "SIP2 cannot say"),
        ('kind = "sip2"\nhost = "h"\nlanguage = "sv"', "language"),
        ('kind = "sip2"\nhost = "h"\nconnections = 1', "connections"),
        ('kind = "sip2"\nhost = "h"\nport = 0', "port"),
    ],
)
def test_a_wrong_setting_is_named_with_what_would_be_right(tmp_path, text, answer):
    with pytest.raises(ConfigError) as wrong:
        catalogue(tmp_path, text)

    assert answer in str(wrong.value)
    assert "\n" not in str(wrong.value)


def test_phrases_and_voices_lie_beside_the_settings(tmp_path):
    voice = '[[phrases.voice]]\nlanguage = "sv"\nfile = "voices/sv.onnx"\n'
    path = tmp_path / "hub.toml"
    path.write_text(f'{SETTINGS}\n[phrases]\nfolder = "phrases"\n{voice}', encoding="utf-8")

    phrases = load(path).phrases

    assert phrases.folder == tmp_path / "phrases"
    assert phrases.voice[0].file == tmp_path / "voices" / "sv.onnx"
