"""`make bench-hosts`: what it takes to make stations of blank machines, and to renew them (root).

Hub, broker and stations are Debian systems under systemd-nspawn that share this machine, so that
all of them together have no more than its cores. What no playbook could do without is measured
beside each: the same locked wheels put into a new virtual environment on the same guest, a play
that does nothing but look at its host, a request over TLS.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path

from tests.hosts import builds
from tests.hosts.lab import Guest, Lab
from tests.hosts.region import BROKER, DOMAIN, HUB, SITE, STATIONS, Region

STATIONS_TOLD = 6
KIT, BRANCHES = "simulated-loan", ("VIN", "UMS", "BJU", "VAN")
FLOOR = (
    "rm -rf /root/floor && python3 -m venv /root/floor && /root/floor/bin/pip install -q "
    "--no-deps --require-hashes --disable-pip-version-check --no-index --find-links /srv/wheels "
    "-r /opt/fingertopp/app/requirements/station.txt"
)
JOIN = (
    "cd /opt/fingertopp/app && rm -rf /root/joined && /opt/fingertopp/venv/bin/python -m station "
    f"join {{0}} --no-wait --url {SITE} --ca /etc/fingertopp/claim/ca.pem "
    "--token-file /root/{0}.token --to /root/joined"
)
START = "cd /opt/fingertopp/app && /opt/fingertopp/venv/bin/python -m station join --help"


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else STATIONS_TOLD
    assert count >= len(STATIONS), f"a region in a lab has {len(STATIONS)} stations at least"
    # It takes long: whoever ends it has what was measured until then.
    assert isinstance(sys.stdout, TextIOWrapper)
    sys.stdout.reconfigure(line_buffering=True)
    names = [*STATIONS, *(f"umea-{number}" for number in range(2, count))]
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder), names) as region:
        servers(region)
        one_station(region, names[0])
        enrolment(region, names[0])
        waves(region, names)
        sizes(region, Path(folder))


@contextmanager
def opened(folder: Path, names: list[str]) -> Iterator[Region]:
    """Yield a region of blank machines, all of them switched on."""
    for each in ("lab", "region"):
        (folder / each).mkdir()
    hosts = [HUB, BROKER, *(f"{each}.{DOMAIN}" for each in names)]
    binds = {builds.mirror(): "/srv/debian", builds.wheels(): "/srv/wheels"}
    lab = Lab(folder / "lab", builds.rootfs_tar(), binds, hosts)
    try:
        lab.open()
        for guest in lab.guests.values():
            lab.begin(guest)
        region = Region(lab, folder / "region")
        region.stations = {each: lab.guests[f"{each}.{DOMAIN}"] for each in names}
        region.joins = dict.fromkeys(names, True)
        region.begin()
        yield region
    finally:
        lab.close()


def servers(region: Region) -> None:
    """Make hub and broker."""
    played = region.play("--limit", "hubs:brokers")
    assert played.status == 0, played.said
    print(f"hub and broker, first run: {played.seconds:.0f} s")
    region.load()
    for number, station in enumerate(region.stations):
        region.expect(station, BRANCHES[number % len(BRANCHES)], KIT)
    region.name_stations()


def one_station(region: Region, name: str) -> None:
    """Make one station of a blank machine, and play again."""
    guest = region.stations[name]
    first = region.play("--limit", guest.name)
    again = region.play("--limit", guest.name)
    assert (first.status, again.changed) == (0, {guest.name: 0}), first.said + again.said
    wheels = timed(lambda: guest.run(FLOOR, seconds=900))
    looks = timed(lambda: region.ansible("ansible", guest.name, "-m", "setup"))
    print(
        f"station role, first run: {first.seconds:.0f} s, "
        f"{first.seconds / wheels:.1f} of its wheels alone ({wheels:.0f} s)"
    )
    print(
        f"station role, second run: {again.seconds:.1f} s, "
        f"{again.seconds / looks:.1f} of looking at the host alone ({looks:.1f} s)"
    )


def enrolment(region: Region, name: str) -> None:
    """Have one more machine ask for its identity."""
    guest: Guest = region.stations[name]
    region.hub.module(
        "provisioning", "station", "add", "vannas-9", "--branch", "VAN", "--kit", KIT,
        "--to", "/root/claims",
    )  # fmt: skip
    token = (region.hub.root / "root/claims/vannas-9.token").read_text()
    (guest.root / "root/vannas-9.token").write_text(token)
    joins = timed(lambda: guest.run(JOIN.format("vannas-9")))
    starts = timed(lambda: guest.run(START))
    print(f"enrolment: {joins:.1f} s, {joins / starts:.1f} of the program's start ({starts:.1f} s)")


def waves(region: Region, names: list[str]) -> None:
    """Make the other stations, and bring a new version to all of them in waves."""
    made = region.play("--limit", "stations")
    assert made.status == 0, made.said
    new = builds.archive(region.archive.with_name("new.tar.gz"), added="# Another version.\n")
    first = region.stations[names[0]].name
    played = region.play(book="upgrade.yml", base_archive=new, upgrade_first_station=first)
    assert played.status == 0, played.said
    guest = region.stations[names[0]]
    wheels = timed(lambda: guest.run(FLOOR, seconds=900))
    each = played.seconds / len(names)
    print(
        f"upgrade of {len(names)} stations in waves: {played.seconds:.0f} s, {each:.0f} s for "
        f"each, {each / wheels:.1f} of its wheels alone ({wheels:.0f} s)"
    )


def sizes(region: Region, folder: Path) -> None:
    """Write a medium and a bundle."""
    boot = folder / "boot"
    boot.mkdir()
    for each in ("config.txt", "cmdline.txt", "user-data", "meta-data"):
        (boot / each).write_text("")
    token = folder / "vannas-9.token"
    token.write_text((region.hub.root / "root/claims/vannas-9.token").read_text())
    region.provisioning(
        "medium", boot, "--token-file", token, "--ca", region.folder / "files/ca.pem",
        "--url", SITE, "--ssh-key", region.lab.key.with_suffix(".pub"),
    )  # fmt: skip
    updates = region.bundle(folder, region.archive)
    held, wheels = size(updates), size(builds.wheels())
    print(f"medium: {size(boot) / 1000:.1f} kB on the boot partition")
    print(f"bundle: {held / 1e6:.0f} MB, {held / wheels:.2f} of all wheels of hub and stations")


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds *work* takes."""
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


def size(folder: Path) -> int:
    """Return how many bytes the files in *folder* have."""
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())


if __name__ == "__main__":
    main()
