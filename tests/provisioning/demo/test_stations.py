import tomllib
from pathlib import Path

import pytest

from circulation.proof import STATION_NUMBER_MAX
from firmware_config.kit import load_kit
from provisioning.demo.stations import STATIONS, partition

REGION = Path(__file__).parents[3] / "provisioning" / "umearegionen" / "region.toml"


def test_every_municipality_has_a_station_and_two_stations_only_talk():
    assert {station.municipality for station in STATIONS} == {
        "Umeå", "Bjurholm", "Nordmaling", "Robertsfors", "Vindeln", "Vännäs"
    }  # fmt: skip
    assert len(STATIONS) >= 8
    assert sum(station.kind == "listening" for station in STATIONS) == 2


def test_a_number_on_a_receipt_means_one_station():
    numbers = {station.number for station in STATIONS}

    assert len(numbers) == len(STATIONS)
    assert max(numbers) <= STATION_NUMBER_MAX


@pytest.mark.parametrize("station", STATIONS, ids=lambda station: station.id)
def test_each_stands_in_a_branch_of_its_municipality_with_a_kit_of_its_kind(station):
    branches = tomllib.loads(REGION.read_text(encoding="utf-8"))["branch"]

    assert load_kit(station.kit).kind == station.kind
    assert load_kit(station.kit).wholly_simulated
    assert (station.branch, station.partition) in [
        (branch["code"], branch["municipality"]) for branch in branches
    ]


def test_a_topic_spells_a_municipality_in_ascii():
    assert [partition(name) for name in ("Umeå", "Vännäs")] == ["umea", "vannas"]
