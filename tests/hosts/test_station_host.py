"""One station, set up by the playbook on a booted Debian system, as a technician would."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hosts.conftest import TREE
from tests.provisioning.demo.test_supervisor import eventually

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(900)]

READY = "/run/fingertopp-station/ready.json"
EXPOSURE_MAX = 20
"""Tenths on systemd's scale from 0 (locked up) to 100; a plain unit has 96."""


@pytest.fixture
def playbook(host, archive, identity, tmp_path):
    """Return a function that runs site.yml and returns the host's (changed, failed)."""
    variables = {
        "ansible_user": "root",
        "ansible_host": "host",
        "ansible_ssh_common_args": " ".join(f"'{option}'" for option in host.ssh_options),
        "base_archive": str(archive),
        "base_wheelhouse": "/srv/wheels",
        "station_kit": "simulated-loan",
        "station_bench_tags": str(identity / "tags.json"),
        "station_identity": str(identity),
        "station_number": 6,
        "station_municipality": "vindeln",
        "station_branch": "VIN",
        "station_broker_host": "127.0.0.1",
        "station_broker_tls": False,
        "station_sealing_id": "2026-1",
        "station_sealing_public": (identity / "sealing.public").read_text(),
    }
    inventory = tmp_path / "inventory.json"
    stations = {"hosts": {"vindeln-1": variables}}
    inventory.write_text(json.dumps({"all": {"children": {"stations": stations}}}))

    def play():
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "ANSIBLE_NOCOLOR": "1"}
        program = Path(sys.executable).parent / "ansible-playbook"
        command = [program, "-i", inventory, "--diff", "site.yml"]
        ran = subprocess.run(  # noqa: PLW1510 - its failure is shown whole
            command, cwd=TREE / "ansible", env=environment, capture_output=True, text=True
        )
        recap = re.search(r"vindeln-1 .*changed=(\d+).*failed=(\d+)", ran.stdout)
        assert recap, ran.stdout + ran.stderr
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return int(recap[1])

    return play


def test_a_plain_debian_becomes_a_station_and_a_second_run_changes_nothing(host, playbook):
    assert playbook() > 0
    assert playbook() == 0

    unit = "/etc/systemd/system/fingertopp-station.service"
    assert host.run("systemd-analyze", "verify", unit) == ""
    host.run("systemd-analyze", "security", f"--threshold={EXPOSURE_MAX}", "fingertopp-station")

    assert eventually(lambda: host.holds(READY), 30), host.run("journalctl", "-u", "fingertopp-*")
    page = host.run("python3", "-c", _fetch(json.loads(host.run("cat", READY))["url"]))
    assert "<html" in page.lower()
    assert host.run("systemctl", "is-active", "fingertopp-station.service").strip() == "active"


def _fetch(url):
    return f"'import urllib.request; print(urllib.request.urlopen(\"{url}\").read().decode())'"
