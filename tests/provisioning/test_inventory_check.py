"""A typo in an inventory is named with file, line and what was meant."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from circulation.errors import ConfigError
from provisioning.inventory_check import ROLES, inventory_check, settings

EXAMPLE = Path(__file__).parents[2] / "ansible/inventory/example"


@pytest.fixture
def inventory(tmp_path):
    """Return the example's inventory, to be written in."""
    folder = tmp_path / "inventory"
    shutil.copytree(EXAMPLE, folder)
    return folder


def check(folder):
    command = [sys.executable, "-m", "provisioning", "inventory-check", folder]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)  # noqa: PLW1510


def test_the_example_is_as_it_should_be():
    checked = check(EXAMPLE)

    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("station_brnch: VIN", "station_branch"),
        ("hub_backup_folde: /mnt", "hub_backup_folder"),
        ("sation_kit: loan-pi4-mfrc522", "station_kit"),
        ("station-kit: loan-pi4-mfrc522", "station_kit"),
        ("Station_Kit: loan-pi4-mfrc522", "station_kit"),
        ("stationkit: loan-pi4-mfrc522", "station_kit"),
    ],
)
def test_a_misspelt_setting_is_named_with_its_line_and_what_was_meant(inventory, line, meant):
    file = inventory / "group_vars/vindeln.yml"
    file.write_text(f"---\n# Here.\n{line}\n")

    checked = check(inventory)

    assert checked.returncode == 78
    name = line.partition(":")[0]
    assert f"{file}, line 3: no such setting: `{name}`; did you mean `{meant}`?" in checked.stderr


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("station_pull: ture", "`station_pull` is `ture`; did you mean `true`?"),
        ("station_pull: 2", "`station_pull` is `2`, and must be true or false"),
        ("broker_port: 88e3", "`broker_port` is `88e3`, and must be a number"),
        ("station_number: -1", "`station_number` is `-1`, and must be a number"),
        (
            "station_kit: loan-pi4-mfrc52",
            "no kit is called `loan-pi4-mfrc52`; did you mean `loan-pi4-mfrc522`?",
        ),
    ],
)
def test_a_value_that_cannot_be_is_named_with_its_line(inventory, line, wrong):
    told = said(inventory, "group_vars/vindeln.yml", f"---\n{line}\n")

    assert told.startswith(f"{inventory / 'group_vars/vindeln.yml'}, line 2: ")
    assert told.endswith(wrong)


@pytest.mark.parametrize(
    "line",
    [
        'broker_port: "8883"',
        'station_pull: "{{ pulls }}"',
        "station_pull: Yes # at last",
        "station_number: !vault |",
        "station_kit: ./kits/ours.toml",
        "station_kit: simulated-loan",
        "hub_mail_to: 5",
    ],
)
def test_a_value_that_may_be_is_let_be(inventory, line):
    (inventory / "group_vars/vindeln.yml").write_text(f"---\n{line}\n")

    inventory_check.main([str(inventory)], standalone_mode=False)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("group_vars/vindelnn.yml", "there is no group `vindelnn`; did you mean `vindeln`?"),
        ("group_vars/Vindeln/own.yml", "there is no group `Vindeln`; did you mean `vindeln`?"),
        ("group_var/vindeln.yml", "is not read by Ansible; did you mean `group_vars`?"),
        ("hosts_vars/x.yml", "is not read by Ansible; did you mean `host_vars`?"),
    ],
)
def test_a_file_that_ansible_never_looks_at_is_named(inventory, name, wrong):
    assert wrong in said(inventory, name, "---\nstation_kit: simulated-loan\n")


def test_two_stations_of_one_number_are_named_both(inventory):
    hosts = inventory / "hosts.yml"
    hosts.write_text(hosts.read_text().replace("station_number: 2", "station_number: 1"))

    checked = check(inventory)

    assert checked.returncode == 78
    assert "station number 1 is taken" in checked.stderr
    assert checked.stderr.count("hosts.yml, line ") == 2


def said(folder, name, text):
    """Return what is said of *folder* with another file in it."""
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    with pytest.raises(ConfigError) as wrong:
        inventory_check.main([str(folder)], standalone_mode=False)
    return str(wrong.value)


@pytest.mark.parametrize(
    "name", ["group_vars/vindeln.yaml", "group_vars/vindeln", "group_vars/all/own.yml", "more.yaml"]
)
def test_each_file_that_ansible_reads_is_looked_at(inventory, name):
    (inventory / name).parent.mkdir(exist_ok=True, parents=True)
    if name.startswith("group_vars/all/"):
        (inventory / "group_vars/all.yml").unlink()

    told = said(inventory, name, "---\nstation_brnch: VIN\n")

    assert f"{inventory / name}, line 2: no such setting: `station_brnch`" in told


def test_what_the_hub_wrote_of_its_stations_is_looked_at(inventory):
    hosts = {"umea-5.example.org": {"station_number": 4, "station_kti": "loan-pi4-mfrc522"}}
    told = said(
        inventory,
        "stations.json",
        json.dumps({"all": {"children": {"stations": {"hosts": hosts}}}}, indent=1),
    )

    assert "stations.json, line 8: no such setting: `station_kti`" in told
    assert "stations.json, line 7: station number 4 is taken" in told


@pytest.mark.parametrize(
    ("host", "number", "wrong"),
    [
        ("vindeln-1.example.org", 6, ""),
        ("vindeln-1.example.org", 60, "there is another station called vindeln-1"),
        ("vindeln-1.vindeln.se", 60, "there is another station called vindeln-1"),
        ("vindeln-9.example.org", 60, ""),
        ("vindeln-9.example.org", 6, "station number 6 is taken"),
        ("vindeln-9.example.org", '"6"', "station number 6 is taken"),
        ("vindeln-9.example.org", "06", "station number 6 is taken"),
        ("Vindeln-1.example.org", 60, "there is another station called vindeln-1"),
    ],
)
def test_two_stations_of_one_name_are_told(inventory, host, number, wrong):
    told = said(inventory, f"host_vars/{host}.yml", f"station_number: {number}\nstation_brnch: x\n")

    assert wrong in told
    assert len(told.splitlines()) == (2 if wrong else 1)


def test_a_folder_that_is_no_inventory_is_told(tmp_path):
    (tmp_path / "key.pem").write_text("a: b")

    checked = check(tmp_path)

    assert checked.returncode == 78
    assert "is no inventory" in checked.stderr


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("inventory.json", b'{"all": {"children": {"stations": {"hosts": {}}}}}'),
        ("hosts", b"[stations]\nvindeln-1.example.org station_number=1\n"),
        ("hosts", bytes(range(256))),
    ],
)
def test_an_inventory_of_another_form_is_let_be(tmp_path, name, body):
    """A bundle's own inventory is one line; Ansible reads INI too."""
    (tmp_path / name).write_bytes(body)

    inventory_check.main([str(tmp_path)], standalone_mode=False)


def test_what_is_ansibles_or_somebody_elses_is_let_be(inventory):
    (inventory / "group_vars/all.yml").write_text("ansible_user: root\nbranch_wifi_password: x\n")

    assert check(inventory).returncode == 0


def test_every_role_has_settings_to_compare_with():
    known = set(settings(ROLES))

    assert {"base_archive", "broker_site", "hub_mail_to", "station_kit", "monitoring_every"} < set(
        known
    )
