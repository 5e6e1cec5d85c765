"""`python -m hub phrases`: what it says to a technician."""

import json

import pytest

from hub.app import upgrade
from tests.hub.catalogue.cast import make_catalogue
from tests.hub.test_cli import SETTINGS, said

PHRASES = '\n[phrases]\nfolder = "phrases"\n'
ESPEAK = '[[phrases.voice]]\nlanguage = "en"\nengine = "espeak"\n'


@pytest.fixture
def hub(tmp_path):
    upgrade(f"sqlite:///{tmp_path}/hub.sqlite")
    make_catalogue(tmp_path / "hub.sqlite").dispose()
    return tmp_path


def setting(hub, text):
    (hub / "hub.toml").write_text(SETTINGS + text, encoding="utf-8")


def test_a_region_without_neural_voices_is_told_so_plainly(hub):
    setting(hub, PHRASES + ESPEAK)

    rendered = said(hub, "phrases", "render")
    status = said(hub, "phrases", "status")

    assert rendered.returncode == status.returncode == 0
    assert rendered.stdout == "0 sentences rendered, 0 were ready.\n"
    for ran in (rendered, status):
        assert "There is no neural voice for Swedish" in ran.stderr
    assert "spoken by eSpeak at the station" in status.stdout
    assert (hub / "phrases" / "offers.json").exists()


def test_a_voice_that_is_missing_is_named(hub):
    lost = '[[phrases.voice]]\nlanguage = "sv"\nfile = "/nowhere/sv.onnx"\n'
    setting(hub, PHRASES + ESPEAK + lost)

    status = said(hub, "phrases", "status")

    assert "voice sv: /nowhere/sv.onnx is missing" in status.stderr


def test_status_is_also_one_json_list(hub):
    setting(hub, PHRASES)

    told = {each["language"]: each for each in json.loads(
        said(hub, "phrases", "status", "--json").stdout
    )}  # fmt: skip

    assert told["sv"]["voice"] == "espeak"
    assert told["en"]["voice"] == "piper"
    assert told["en"]["lufs"] == pytest.approx(-24.3, abs=0.5)
    assert told["en"]["ready"] == 0 < told["en"]["wanted"]


def test_without_a_folder_it_says_what_is_missing(hub):
    setting(hub, "")

    ran = said(hub, "phrases", "status")

    assert ran.returncode == 78
    assert "`[phrases] folder` is not set" in ran.stderr
