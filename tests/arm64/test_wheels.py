"""Each wheel that a station is locked to installs on its own kind of machine, and loads there."""

import json
import os
import re
import struct
import subprocess
import sys

import pytest

from tests.arm64 import guest

pytestmark = [pytest.mark.arm64, pytest.mark.timeout(7200)]
LOCK = guest.TREE / "requirements" / "station.txt"
WHEELS = guest.TREE / "build" / "wheelhouse" / "3.13-aarch64"
VENV = "/opt/fingertopp/venv"
NOT_LOADED = {"mfrc522", "_sodium"}
"""The first imports RPi.GPIO, for which Raspberry Pi OS has rpi-lgpio; the other lies within nacl,
whose list of what it has names it as if it did not."""
AARCH64 = 183
LOADED = """
import importlib, importlib.metadata, json, platform
told = {"machine": platform.machine(), "python": platform.python_version(), "failed": {}}
told["versions"] = {d.name: d.version for d in importlib.metadata.distributions()}
told["tops"] = sorted(importlib.metadata.packages_distributions())
for name in told["tops"]:
    try:
        if name.isidentifier() and name not in %r:
            importlib.import_module(name)
    except BaseException as error:
        told["failed"][name] = repr(error)
import nacl.public
told["sealing"] = len(bytes(nacl.public.PrivateKey.generate()))
print("TOLD", json.dumps(told))
"""


def plain(name):
    """Return *name* as PEP 503 compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Return a Debian 13 for arm64 with a station's packages, installed as the playbook does."""
    assert os.geteuid() == 0, "a system with its users is unpacked, and so needs root"
    subprocess.run([guest.TREE / ".ci/wheelhouse", "3.13-aarch64"], check=True, timeout=1800)
    root = tmp_path_factory.mktemp("arm64")
    guest.unpack(root)
    # Without --no-compile an emulated Python would compile all of it, for no use here.
    pip = f"{VENV}/bin/pip install --no-compile --disable-pip-version-check"
    status, said = guest.run(
        root,
        f"python3 -m venv --system-site-packages {VENV}\n"
        f"{pip} --no-index --no-deps --require-hashes --find-links {WHEELS} -r {LOCK}",
        seconds=3600,
    )
    assert status == 0, said[-3000:]
    return root


@pytest.fixture(scope="module")
def told(root):
    """Return what a Python in it tells of its packages."""
    (root / "loaded.py").write_text(LOADED % NOT_LOADED)
    status, said = guest.run(root, f"{VENV}/bin/python /loaded.py", seconds=3000)
    assert status == 0, said[-3000:]
    return json.loads(said.rpartition("TOLD ")[2])


def test_it_is_the_machine_and_the_python_of_a_station(told):
    assert told["machine"] == "aarch64"
    assert told["python"].startswith("3.13.")


def test_every_locked_package_is_there_in_its_version(told):
    chosen = [sys.executable, guest.TREE / ".ci/locked-for", "3.13", "aarch64", LOCK]
    lines = subprocess.run(chosen, check=True, capture_output=True, text=True).stdout.splitlines()
    pinned = filter(None, (re.match(r"([A-Za-z0-9._-]+)==([^ ;\\]+)", line) for line in lines))
    locked = {plain(found[1]): found[2] for found in pinned}
    there = {plain(name): version for name, version in told["versions"].items()}

    assert len(locked) > 30
    assert {name: there.get(name) for name in locked} == locked


def test_every_package_loads(told):
    assert told["failed"] == {}
    assert {"msgspec", "nacl", "cryptography", "onnxruntime"} <= set(told["tops"])
    assert told["sealing"] == 32


def test_what_is_compiled_is_for_this_machine_alone(root):
    machines = {}
    for path in (root / VENV.lstrip("/")).rglob("*.so*"):
        with path.open("rb") as file:
            head = file.read(20)
        if head.startswith(b"\x7fELF"):
            machines[path.name] = struct.unpack_from("<H", head, 18)[0]

    assert len(machines) > 20
    assert set(machines.values()) == {AARCH64}


def test_the_program_itself_starts(root):
    status, said = guest.run(
        root, f"cd {guest.TREE}; {VENV}/bin/python -m station --help", seconds=600
    )

    assert status == 0, said
    assert "Run a talking library station." in said
