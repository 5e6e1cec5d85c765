"""A version that cannot be installed whole leaves nothing, and says why and what to do."""

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

TREE = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
ROLE = TREE / "ansible/roles/base"
PLAY = """
- hosts: localhost
  gather_facts: false
  vars_files: {defaults}
  tasks:
    - ansible.builtin.include_tasks: {tasks}
"""
NAME = "0123456789ab"
ROOM_MIB = 8
"""The programs of a virtual environment alone need more."""
SCRIPT = """
set -eu
mount -t tmpfs -o size={room}m tmpfs /opt
mkdir -p /opt/fingertopp/versions/before
ln -s versions/before /opt/fingertopp/current
{play} || echo "ended with $?"
ls /opt/fingertopp/versions
readlink /opt/fingertopp/current
"""
"""In a mount namespace of its own: this machine's /opt is not touched."""

needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root may have a small disk in the place of /opt"
)


@pytest.fixture
def install(tmp_path):
    """Return a function that installs an empty version on a disk of some MiB; what was said."""
    archive = tmp_path / "empty.tar.gz"
    requirements = tmp_path / "station.txt"
    requirements.write_text("not-there==1.0 --hash=sha256:" + "0" * 64 + "\n")
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(requirements, "requirements/station.txt")
    tasks = json.dumps(str(ROLE / "tasks/version.yml"))
    defaults = json.dumps([str(ROLE / "defaults/main.yml")])
    (tmp_path / "play.yml").write_text(PLAY.format(tasks=tasks, defaults=defaults))
    told = {
        "base_version": NAME,
        "base_archive": str(archive),
        "base_archive_told": {"stat": {"checksum": NAME * 5}},
        "base_requirements": "station",
        "base_wheelhouse": str(tmp_path),
        "base_room_min": 1,
    }
    (tmp_path / "told.json").write_text(json.dumps(told))
    play = f"{BIN}/ansible-playbook -i localhost, -c local {tmp_path}/play.yml"

    def install(room):
        script = SCRIPT.format(room=room, play=f"{play} -e @{tmp_path}/told.json")
        environment = os.environ | {"HOME": str(tmp_path), "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
        return subprocess.run(
            ["unshare", "--mount", "sh", "-c", script], cwd=TREE / "ansible", env=environment,
            check=True, capture_output=True, text=True, timeout=110,
        ).stdout  # fmt: skip

    return install


@needs_root
def test_a_disk_that_fills_on_the_way_is_named_with_what_to_do(install):
    said = install(ROOM_MIB)

    assert "ended with 2" in said
    assert f"version {NAME} was not installed, and nothing is left of it" in said
    assert "because the disk is full: 0 MiB on /opt" in said
    assert "make room, and play again" in said
    assert "before is in force as before." in said
    assert said.splitlines()[-2:] == ["before", "versions/before"]


@needs_root
def test_a_package_that_is_not_there_is_no_full_disk(install):
    said = install(ROOM_MIB * 20)

    assert "ended with 2" in said
    assert 'It failed at "The Python packages it is locked to"; ' in said
    assert "the disk is full" not in said
    assert said.splitlines()[-2:] == ["before", "versions/before"]
