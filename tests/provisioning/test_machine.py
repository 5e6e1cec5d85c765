"""What the playbook asks for: a folder of system files, and what they are."""

import json

import pytest
from click.testing import CliRunner

from firmware_config.units import STATION
from provisioning.machine import machine


def run(folder, *options):
    return CliRunner().invoke(machine, ["--to", str(folder), *options])


def test_the_folder_holds_what_the_answer_names(tmp_path):
    told = json.loads(run(tmp_path, "--kit", "loan-pi4-mfrc522", "--port", "8123").output)

    there = {f"/{path.relative_to(tmp_path)}" for path in tmp_path.rglob("*") if path.is_file()}
    assert there == set(told["files"])
    assert (
        "127.0.0.1:8123" in (tmp_path / "etc/chromium/policies/managed/fingertopp.json").read_text()
    )
    assert (told["simulated"], told["screen"]) == (False, True)
    assert "overlayroot=tmpfs:recurse=0" in told["cmdline"]


def test_a_second_time_nothing_is_different(tmp_path):
    first = run(tmp_path, "--kit", "simulated-loan").output
    before = (tmp_path / STATION.lstrip("/")).read_bytes()

    assert run(tmp_path, "--kit", "simulated-loan").output == first
    assert (tmp_path / STATION.lstrip("/")).read_bytes() == before


def test_networks_and_clocks_of_the_place_are_told(tmp_path):
    run(
        tmp_path, "--kit", "loan-pi4-mfrc522",
        "--management", "10.20.0.0/16", "--time-server", "tid.example.org",
    )  # fmt: skip

    assert "ip saddr 10.20.0.0/16" in (tmp_path / "etc/nftables.conf").read_text()
    clock = (tmp_path / "etc/chrony/conf.d/fingertopp.conf").read_text()
    assert "server tid.example.org iburst" in clock


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        (["--kit", "simulated-loam"], "did you mean `simulated-loan`?"),
        (["--kit", "simulated-loan", "--management", "10.20.0.1/16"], "written like 10.20.0.0/16"),
    ],
)
def test_what_cannot_be_meant_is_answered(tmp_path, options, answer):
    told = run(tmp_path, *options)

    assert told.exit_code != 0
    assert answer in f"{told.output}{told.exception}"
