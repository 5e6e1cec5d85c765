"""Power that goes in the midst of it, and machines that do not answer: play again."""

import time

import pytest

from tests.hosts import builds
from tests.hosts.region import AUTHORITY

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(2400)]

CUTS = (
    ("base : Programs from Debian", 0),
    ("base : Folders of the program and its settings", 0),
    ("base : The source tree", 1),
    ("base : The Python packages it is locked to", 4),
    ("base : All of it is there", 0),
    ("station : This machine joins", 1),
    ("station : Settings", 0),
    ("base : This version is in force, or the last good one again", 2),
    ("station : The station runs", 0),
)
"""Tasks, and how many seconds of each have gone when the power goes."""


def test_power_may_go_in_each_step_of_a_blank_machine(region):
    station = region.admit("bjurholm-1")
    dpkg = station.root / "var/lib/dpkg/updates"
    for task, seconds in CUTS:
        running = region.begin_play("--limit", station.name)
        running.until(task)
        if "Debian" in task:
            region.until(lambda: half_installed(dpkg), "packages are being installed")
        time.sleep(seconds)
        station.pull_plug()
        running.kill()
        station.boot()

    made = region.play("--limit", station.name)

    assert made.status == 0, made.said
    again = region.play("--limit", station.name)
    assert again.changed == {station.name: 0}, again.said
    item = region.borrow("bjurholm-1")
    region.until(lambda: region.has(item), "it lends")
    region.hub.module("provisioning", "revoke", "bjurholm-1", *AUTHORITY)
    region.dismiss("bjurholm-1")


def half_installed(updates):
    """Return whether dpkg has changes in the folder *updates*, that are not in its list yet."""
    return any(each.name.isdigit() for each in updates.iterdir())


def test_a_technicians_machine_that_goes_dark_leaves_what_can_be_played_again(region, tmp_path):
    new = builds.archive(tmp_path / "dark.tar.gz", added="# A version that is left half.\n")
    station = region.stations["umea-1"]
    running = region.begin_play("--limit", station.name, base_archive=new)
    running.until("base : The Python packages it is locked to")
    time.sleep(4)
    running.kill()
    item = region.borrow("umea-1")
    region.until(lambda: region.has(item), "it lends as before")

    again = region.play("--limit", station.name, base_archive=new)

    assert again.status == 0, again.said
    item = region.borrow("umea-1")
    region.until(lambda: region.has(item), "it lends by the new version")


def test_a_host_that_does_not_answer_keeps_the_others_from_nothing(region):
    station, other = region.stations["umea-1"], region.stations["vindeln-1"]
    # Not its ssh alone: a session that is kept open would go on.
    station.power_off()
    try:
        played = region.play("--limit", "stations")
    finally:
        station.boot()

    assert played.unreachable == {station.name}
    assert played.done == {other.name}
