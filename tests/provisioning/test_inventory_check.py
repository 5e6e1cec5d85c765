"""A typo in an inventory is named with file, line and what was meant."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from provisioning.inventory_check import ROLES, settings

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
    ],
)
def test_a_misspelt_setting_is_named_with_its_line_and_what_was_meant(inventory, line, meant):
    file = inventory / "group_vars/vindeln.yml"
    file.write_text(f"---\n# Here.\n{line}\n")

    checked = check(inventory)

    assert checked.returncode == 78
    name = line.partition(":")[0]
    assert f"{file}, line 3: no such setting: `{name}`; did you mean `{meant}`?" in checked.stderr


def test_two_stations_of_one_number_are_named_both(inventory):
    hosts = inventory / "hosts.yml"
    hosts.write_text(hosts.read_text().replace("station_number: 2", "station_number: 1"))

    checked = check(inventory)

    assert checked.returncode == 78
    assert "station number 1 is taken" in checked.stderr
    assert checked.stderr.count("hosts.yml, line ") == 2


def test_what_is_ansibles_or_somebody_elses_is_let_be(inventory):
    (inventory / "group_vars/all.yml").write_text("ansible_user: root\nbranch_wifi_password: x\n")

    assert check(inventory).returncode == 0


def test_every_role_has_settings_to_compare_with():
    known = settings(ROLES)

    assert {"base_archive", "broker_site", "hub_mail_to", "station_kit", "monitoring_every"} < known
