"""New versions in waves; one that fails gives way, and loans go on."""

import contextlib

import pytest

from tests.hosts import builds

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(2400)]

FIRST = "vindeln-1.example.org"
ROOM_MIB = 60
BROKEN = "raise SystemExit('this version cannot start')\n"


def in_force(guest):
    return guest.run("readlink /opt/fingertopp/current").strip()


def test_a_version_that_fails_stops_the_wave_and_gives_way_while_loans_go_on(region, tmp_path):
    good = {name: in_force(guest) for name, guest in region.stations.items()}
    broken = builds.archive(tmp_path / "broken.tar.gz", broken=BROKEN)
    running = region.begin_play(
        book="upgrade.yml", base_archive=broken, upgrade_first_station=FIRST
    )
    running.until("This version is in force, or the last good one again")
    lent = [region.borrow("umea-1") for _ in range(3)]
    played = running.end()

    assert played.status != 0
    assert played.failed == {FIRST}
    assert "back to" in played.said
    assert {name: in_force(guest) for name, guest in region.stations.items()} == good
    lent.append(region.borrow("vindeln-1"))
    for item in lent:
        region.until(lambda item=item: region.has(item), f"{item} is in the catalogue")


def test_a_version_that_serves_goes_to_all_stations_in_waves(region, tmp_path):
    new = builds.archive(tmp_path / "new.tar.gz", added="# Another version.\n")

    played = region.play(book="upgrade.yml", base_archive=new, upgrade_first_station=FIRST)

    assert played.status == 0, played.said
    assert len({in_force(guest) for guest in region.stations.values()}) == 1
    item = region.borrow("vindeln-1")
    region.until(lambda: region.has(item), "loans go on")
    back = region.play("--limit", "stations")
    assert back.status == 0, back.said


def test_a_full_disk_is_said_and_changes_nothing(region, tmp_path):
    station = region.stations["vindeln-1"]
    before = in_force(station)
    new = builds.archive(tmp_path / "newer.tar.gz", added="# Yet another version.\n")

    with nearly_full(station):
        told = region.play("--limit", station.name, base_archive=new)
        assert told.failed == {station.name}
        assert "MiB free under" in told.said
        assert "nothing was changed" in told.said
        # Somebody says that less is enough, and it is not: the disk is full on the way.
        full = region.play("--limit", station.name, base_archive=new, base_room_min=1)
        assert full.failed == {station.name}
        assert "because the disk is full" in full.said
        assert f"{before.removeprefix('versions/')} is in force as before" in full.said
        assert in_force(station) == before
        item = region.borrow("vindeln-1")
        region.until(lambda: region.has(item), "loans go on")

    again = region.play("--limit", station.name, base_archive=new)
    assert again.status == 0, again.said
    assert in_force(station) != before
    item = region.borrow("vindeln-1")
    region.until(lambda: region.has(item), "it lends by the new version")


@contextlib.contextmanager
def nearly_full(guest):
    """Have the guest's programs on a disk of their own with a few MiB left."""
    disk = "/opt/fingertopp"
    guest.run(
        f"cp -a {disk} /opt/copy; used=$(du -sm /opt/copy | cut -f1); "
        f"mount -t tmpfs -o size=$((used + {ROOM_MIB}))m tmpfs {disk} && "
        f"cp -a /opt/copy/. {disk}/ && rm -r /opt/copy"
    )
    try:
        yield
    finally:
        guest.run(f"umount -l {disk}; systemctl restart fingertopp-station")


def test_a_plug_that_is_pulled_in_an_installation_is_made_good_by_playing_again(region, tmp_path):
    station = region.stations["umea-1"]
    before = in_force(station)
    new = builds.archive(tmp_path / "cut.tar.gz", added="# A version that is cut short.\n")
    versions = station.root / "opt/fingertopp/versions"
    known = {each.name for each in versions.iterdir()}
    running = region.begin_play("--limit", station.name, base_archive=new)
    region.until(
        lambda: any((each / "venv/bin/pip").exists() for each in fresh(versions, known)),
        "packages are being installed",
        300,
    )

    station.pull_plug()
    running.kill()
    station.boot()

    assert in_force(station) == before
    assert not any((each / "whole").exists() for each in fresh(versions, known))
    region.until(lambda: region.alive("umea-1"), "it lends by the version of before")
    again = region.play("--limit", station.name, base_archive=new)
    assert again.status == 0, again.said
    assert in_force(station) != before
    item = region.borrow("umea-1")
    region.until(lambda: region.has(item), "loans go on")


def fresh(versions, known):
    """Return the folders in *versions* that were not *known*."""
    return [each for each in versions.iterdir() if each.name not in known]
