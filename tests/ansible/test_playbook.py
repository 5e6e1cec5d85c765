"""The playbook is held to its linter's strictest profile, and its example region to the roles."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from provisioning.inventory import groups, written
from provisioning.region_new import make_region
from provisioning.region_told import Told

ANSIBLE = Path(__file__).parents[2] / "ansible"
BIN = Path(sys.executable).parent
MUNICIPALITIES = {"bjurholm", "nordmaling", "robertsfors", "umea", "vindeln", "vannas"}


@pytest.fixture
def run(tmp_path):
    """Return a function that runs an Ansible program as a technician would, in its folder."""

    def run(*command):
        environment = {
            **os.environ,
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
        }
        return subprocess.run(  # noqa: PLW1510 - a failure is looked at
            command, cwd=ANSIBLE, env=environment, capture_output=True, text=True, timeout=100
        )

    return run


def test_the_playbook_passes_the_production_profile(run):
    linted = run("ansible-lint", "--offline", "-q", "site.yml")

    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_the_playbook_can_be_read_by_ansible_itself(run):
    checked = run("ansible-playbook", "--syntax-check", "site.yml")

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_example_region_has_six_municipalities_and_each_station_what_it_needs(run):
    listed = run("ansible-inventory", "--list")
    inventory = json.loads(listed.stdout)
    told = inventory["_meta"]["hostvars"]

    assert set(inventory["stations"]["children"]) == MUNICIPALITIES
    numbers = []
    for municipality in MUNICIPALITIES:
        for host in inventory[municipality]["hosts"]:
            assert told[host]["station_municipality"] == municipality
            assert told[host]["station_branch"]
            numbers.append(told[host]["station_number"])
    assert len(numbers) == len(set(numbers)) >= 8, "a proof names a station by its number"


def test_a_new_regions_folder_is_an_inventory_and_its_keys_are_not_read(run, tmp_path):
    region = tmp_path / "ours"
    told = Told("Umeåregionen", "hub.example.org", "broker.example.org", "sqlite:///hub.db")
    make_region(region, told, datetime.now(UTC))
    stations = {
        f"{name}.example.org": {"station_number": number, "station_municipality": town}
        for number, (name, town) in enumerate({"umea-1": "umea", "vindeln-1": "vindeln"}.items())
    }
    common = {"station_sealing_id": "2026-1"}
    (region / "stations.json").write_text(json.dumps(written(stations, common)))

    listed = run("ansible-inventory", "-i", region, "--list")

    assert listed.stderr == ""
    assert (region / "hub/secret").read_text().strip() not in listed.stdout
    inventory = json.loads(listed.stdout)
    assert inventory["hubs"]["hosts"] == ["hub.example.org"]
    assert inventory["brokers"]["hosts"] == ["broker.example.org"]
    asked = groups(stations, common)
    for name, values in stations.items():
        found = inventory["_meta"]["hostvars"][name]
        assert found.items() >= (values | common).items()
        assert found["station_site"] == "https://hub.example.org"
        assert inventory[values["station_municipality"]]["hosts"] == [name]
    assert set(inventory["stations"]["children"]) == set(asked["stations"]["children"])


def tasks():
    """Yield each task of every role and playbook, but for what a check leaves out whole."""
    files = [*ANSIBLE.glob("*.yml"), *ANSIBLE.glob("roles/*/tasks/*.yml")]
    for file in files:
        if file.name not in ("version.yml", "open.yml"):
            yield from flat(yaml.safe_load(file.read_text()))


def flat(listed):
    for each in listed:
        inner = [task for part in ("tasks", "block", "rescue") for task in each.get(part, [])]
        if inner:
            yield from flat(inner)
        else:
            yield each


COMMANDS = {f"ansible.builtin.{name}" for name in ("command", "script", "shell", "raw")}


def test_what_a_check_does_not_run_no_other_task_asks_for():
    """A command is left out by --check: who reads what it says fails on any host."""
    every = list(tasks())
    asked = {each["register"]: each for each in every if "register" in each}
    assert len(asked) > 10

    for name, asking in asked.items():
        left_out = not COMMANDS.isdisjoint(asking) and asking.get("check_mode") is not False
        readers = [each for each in every if each is not asking and name in str(each)]
        if left_out:
            assert not readers, f"{name} of {asking['name']!r}"
