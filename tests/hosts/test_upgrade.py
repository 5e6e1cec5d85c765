"""New versions in waves; one that fails gives way, and loans go on."""

import threading

import pytest

from tests.hosts import builds

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(2400)]

FIRST = "vindeln-1.example.org"
BROKEN = "raise SystemExit('this version cannot start')\n"


def in_force(guest):
    return guest.run("readlink /opt/fingertopp/current").strip()


def test_a_version_that_fails_stops_the_wave_and_gives_way_while_loans_go_on(region, tmp_path):
    good = {name: in_force(guest) for name, guest in region.stations.items()}
    broken = builds.archive(tmp_path / "broken.tar.gz", broken=BROKEN)
    played = []

    def upgrade():
        played.append(
            region.play(book="upgrade.yml", base_archive=broken, upgrade_first_station=FIRST)
        )

    running = threading.Thread(target=upgrade)
    running.start()
    lent = []
    while running.is_alive() and len(lent) < 4:
        lent.append(region.borrow("umea-1", 10 + len(lent)))
        running.join(5)
    running.join()

    assert played[0].status != 0
    assert played[0].failed == {FIRST}
    assert "back to" in played[0].said
    assert {name: in_force(guest) for name, guest in region.stations.items()} == good
    lent.append(region.borrow("vindeln-1", 8))
    for item in lent:
        region.until(lambda item=item: region.has(item), f"{item} is in the catalogue")


def test_a_version_that_serves_goes_to_all_stations_in_waves(region, tmp_path):
    new = builds.archive(tmp_path / "new.tar.gz", added="# Another version.\n")

    played = region.play(book="upgrade.yml", base_archive=new, upgrade_first_station=FIRST)

    assert played.status == 0, played.said
    assert len({in_force(guest) for guest in region.stations.values()}) == 1
    item = region.borrow("vindeln-1", 9)
    region.until(lambda: region.has(item), "loans go on")
    back = region.play("--limit", "stations")
    assert back.status == 0, back.said


def test_a_full_disk_is_said_and_changes_nothing(region, tmp_path):
    station = region.stations["vindeln-1"]
    before = in_force(station)
    new = builds.archive(tmp_path / "newer.tar.gz", added="# Yet another version.\n")

    played = region.play(
        "--limit", station.name, base_archive=new, base_room_min=10**9, base_proof_seconds=1
    )

    assert played.failed == {station.name}
    assert "nothing was changed" in played.said
    assert in_force(station) == before


def test_a_plug_that_is_pulled_in_an_installation_is_made_good_by_playing_again(region, tmp_path):
    station = region.stations["umea-1"]
    before = in_force(station)
    new = builds.archive(tmp_path / "cut.tar.gz", added="# A version that is cut short.\n")
    versions = station.root / "opt/fingertopp/versions"
    known = {each.name for each in versions.iterdir()}
    running = threading.Thread(
        target=region.play, args=("--limit", station.name), kwargs={"base_archive": new}
    )
    running.start()
    region.until(
        lambda: any((each / "venv/bin/pip").exists() for each in fresh(versions, known)),
        "packages are being installed",
        300,
    )

    station.pull_plug()
    running.join()
    station.boot()

    assert in_force(station) == before
    assert not any((each / "whole").exists() for each in fresh(versions, known))
    region.until(lambda: region.alive("umea-1"), "it lends by the version of before")
    again = region.play("--limit", station.name, base_archive=new)
    assert again.status == 0, again.said
    assert in_force(station) != before
    item = region.borrow("umea-1", 14)
    region.until(lambda: region.has(item), "loans go on")


def fresh(versions, known):
    """Return the folders in *versions* that were not *known*."""
    return [each for each in versions.iterdir() if each.name not in known]
