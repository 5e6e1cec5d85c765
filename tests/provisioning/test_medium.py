"""The first start of a card, read by the program that will carry it out: Debian's cloud-init."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from provisioning.medium import network, user_data
from tests.hub.test_cli import ROOT

UNPACKED = ROOT / ".venv" / "cloud-init" / "usr" / "lib" / "python3" / "dist-packages"
INSTALLED = Path("/usr/lib/python3/dist-packages/cloudinit")
pytestmark = pytest.mark.skipif(
    not (UNPACKED.exists() or INSTALLED.exists()), reason="Debian's cloud-init, see .ci/cloud-init"
)
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHx tekniker"


def cloud_init(*words):
    """Run Debian's cloud-init by Debian's Python, which has what it needs."""
    return subprocess.run(
        ["/usr/bin/python3", "-m", "cloudinit.cmd.main", *map(str, words)],
        cwd="/",
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(UNPACKED), "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def checked(path, text):
    path.write_text(text, encoding="utf-8")
    return cloud_init("schema", "--config-file", path)


@pytest.mark.parametrize("station", ["vindeln-1", "umea-12"])
def test_cloud_init_finds_its_orders_in_order(tmp_path, station):
    said = checked(tmp_path / "user-data", user_data(station, KEY, "https://bibliotek.example.org"))

    assert said.returncode == 0, said.stdout + said.stderr
    assert "Valid cloud-config" in said.stdout


@pytest.mark.parametrize(
    ("right", "wrong"),
    [('"users"', '"users": 5, "was"'), ('"write_files": [', '"write_files": [{"pth": "/x"}, ')],
)
def test_what_is_not_in_order_would_be_noticed(tmp_path, right, wrong):
    text = user_data("vindeln-1", KEY, "https://bibliotek.example.org").replace(right, wrong)

    said = checked(tmp_path / "user-data", text)

    assert said.returncode == 1
    assert "schema errors" in said.stdout + said.stderr


@pytest.mark.parametrize("wifi", [None, {"ssid": "Biblioteket", "password": "en lång mening"}])
def test_the_network_is_read_as_netplan(tmp_path, wifi):
    told = None
    if wifi:
        told = tmp_path / "wifi.json"
        told.write_text(json.dumps(wifi))
    (tmp_path / "network-config").write_text(json.dumps(network(told)))

    said = cloud_init(
        "devel", "net-convert", "--network-data", tmp_path / "network-config", "--kind", "yaml",
        "-d", tmp_path / "out", "-D", "debian", "-O", "netplan",
    )  # fmt: skip

    assert said.returncode == 0, said.stderr
    (made,) = [path for path in (tmp_path / "out").rglob("*.yaml") if path.is_file()]
    text = made.read_text()
    assert "dhcp4: true" in text
    assert ("Biblioteket" in text) is bool(wifi)
