"""A station's settings: complete, strict, and helpful where they are wrong."""

import pytest

from circulation.errors import ConfigError
from station.config import load

WHOLE = """
station = "vindeln-1"
number = 3
partition = "vindeln"
branch = "VIN"
kit = "simulated-loan"
data = "data"

[hub]
name = "hub"
certificate = "hub.pem"
ca = "ca.pem"

[sealing]
id = "2026-1"
public = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

[identity]
key = "key.pem"
certificate = "certificate.pem"
card_key = "card.key"

[broker]
host = "127.0.0.1"
port = 1883
tls = false
"""


def test_a_whole_file_is_read_with_its_paths_beside_it(tmp_path):
    path = tmp_path / "station.toml"
    path.write_text(WHOLE, encoding="utf-8")

    config = load(path)

    assert config.station == "vindeln-1"
    assert config.identity.key == tmp_path / "key.pem"
    assert config.data == tmp_path / "data"
    assert config.sealing.public == bytes(32)
    assert config.bench is None


def test_a_misspelt_broker_host_is_answered_like_a_colleague_would(tmp_path):
    path = tmp_path / "station.toml"
    path.write_text(WHOLE.replace("host =", "hots ="), encoding="utf-8")

    with pytest.raises(ConfigError, match=r"station\.toml:24: .*`hots`; did you mean `host`\?"):
        load(path)


def test_phrases_have_a_budget_and_a_site_that_may_be_the_hubs(tmp_path):
    path = tmp_path / "station.toml"
    path.write_text(WHOLE, encoding="utf-8")
    assert (load(path).phrases.site, load(path).phrases.budget_mb) == ("", 500)

    path.write_text(f"{WHOLE}\n[phrases]\nbudget_mb = -1\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="budget_mb"):
        load(path)


def test_a_branch_says_whose_code_39_labels_carry_a_check_character(tmp_path):
    path = tmp_path / "station.toml"
    path.write_text(f'{WHOLE}\n[barcodes]\ncode39_check = ["item"]\n', encoding="utf-8")
    assert load(path).barcodes.code39_check == ("item",)

    path.write_text(f'{WHOLE}\n[barcodes]\ncode39_check = ["isbn"]\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="code39_check"):
        load(path)


def test_what_systemd_hands_over_takes_the_place_of_files_that_are_roots(tmp_path, monkeypatch):
    path, given = tmp_path / "station.toml", tmp_path / "credentials"
    path.write_text(f'tag_keys = "tags.key"\n{WHOLE}', encoding="utf-8")
    given.mkdir()
    for name in ("key.pem", "tags.key", "certificate.pem"):
        (given / name).write_text("a secret")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(given))

    config = load(path)

    assert (config.identity.key, config.tag_keys) == (given / "key.pem", given / "tags.key")
    # What is not handed over is where the settings say, and so is what is renewed meanwhile.
    assert config.identity.card_key == tmp_path / "card.key"
    assert config.identity.certificate == tmp_path / "certificate.pem"
