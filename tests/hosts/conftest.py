"""One region on booted systems for all host tests, thrown away after the run."""

import os

import pytest

from tests.hosts import builds, secrets
from tests.hosts.lab import Lab
from tests.hosts.region import BROKER, DOMAIN, HUB, NAMES, STATIONS, Region


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """Yield a network with four blank machines, switched on."""
    assert os.geteuid() == 0, "the host tests boot systems and so need root"
    system = builds.rootfs_tar()
    binds = {builds.mirror(): "/srv/debian", builds.wheels(): "/srv/wheels"}
    lab = Lab(tmp_path_factory.mktemp("lab"), system, binds, NAMES)
    try:
        lab.open()
        for name in (HUB, BROKER, *(f"{each}.{DOMAIN}" for each in STATIONS)):
            lab.begin(lab.guests[name])
        yield lab
    finally:
        lab.close()


@pytest.fixture(scope="session")
def region(lab, tmp_path_factory):
    """Yield the region, made by site.yml of blank machines; no secret may be told meanwhile."""
    region = Region(lab, tmp_path_factory.mktemp("region"))
    region.begin()
    servers = region.play("--limit", "hubs:brokers")
    assert servers.status == 0, servers.said
    region.load()
    for station, (branch, kit) in STATIONS.items():
        region.expect(station, branch, kit)
    region.name_stations()
    whole = region.play()
    assert whole.status == 0, whole.said
    yield region
    found, looked_for = secrets.told(region)
    assert looked_for >= 10
    assert not found, f"secrets were told: {found}"
