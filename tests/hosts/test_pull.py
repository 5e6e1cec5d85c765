"""Stations that nobody can reach fetch newer programs by themselves, and tell the hub."""

import pytest

from tests.hosts import builds

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(2400)]

WALL = """
table inet wall {
  chain input {
    type filter hook input priority 0; policy drop;
    ct state established,related accept
    iif lo accept
  }
}
"""


@pytest.fixture
def walled(region):
    """Let nothing come in to vindeln-1 that it has not asked for; yield the station."""
    station = region.stations["vindeln-1"]
    with station.behind(WALL):
        yield station


def publish(region, folder, archive, *wave):
    """Sign a bundle of *archive*, and put it on the hub."""
    updates = region.bundle(folder, archive, *wave)
    played = region.play("--limit", "hubs", book="publish.yml", publish_from=updates)
    assert played.status == 0, played.said


def told(region, station):
    (found,) = [each for each in region.hub.hub("stations") if each["id"] == station]
    return found["update"]


def pull(station):
    """Have the station look for what is new, as its timer does."""
    ran = station.run("systemctl start fingertopp-pull.service; echo $?", seconds=900)
    return int(ran.split()[-1])


def test_a_station_behind_a_wall_fetches_what_is_signed_for_it_and_tells(region, walled, tmp_path):
    new = builds.archive(tmp_path / "pulled.tar.gz", added="# A version that is fetched.\n")
    publish(region, tmp_path, new, "vindeln-1")
    before = walled.run("readlink /opt/fingertopp/current")

    assert pull(walled) == 0

    after = walled.run("readlink /opt/fingertopp/current").strip()
    assert after != before.strip()
    report = told(region, "vindeln-1")
    assert report["version"] == after.removeprefix("versions/")
    assert (report["changed"] > 0, report["failed"]) == (True, 0)
    item = region.borrow("vindeln-1")
    region.until(lambda: region.has(item), "loans go on")

    broken = builds.archive(tmp_path / "broken.tar.gz", broken="raise SystemExit(1)\n")
    publish(region, tmp_path, broken, "vindeln-1")
    assert pull(walled) != 0
    assert walled.run("readlink /opt/fingertopp/current").strip() == after
    report = told(region, "vindeln-1")
    assert report["version"] == after.removeprefix("versions/")
    assert report["failed"] > 0
    item = region.borrow("vindeln-1")
    region.until(lambda: region.has(item), "loans go on")
