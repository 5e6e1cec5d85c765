"""A hub, a broker and two stations of blank machines, as a technician would set them up."""

import shutil

import pytest

from tests.hosts.region import HUB, SITE

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(2400)]

AUTHORITY = ("--authority", "/etc/fingertopp/authority")
OUT_SECONDS_MAX = 20
UNITS = {
    HUB: ("fingertopp-hub", "fingertopp-backup", "fingertopp-alarm", "fingertopp-figures"),
    "broker.example.org": ("mosquitto", "fingertopp-broker-watch"),
    "vindeln-1.example.org": ("fingertopp-station", "fingertopp-renew"),
}


def test_a_second_run_changes_nothing_anywhere_nor_would_a_third(region):
    again = region.play()
    assert again.status == 0, again.said
    assert again.changed == dict.fromkeys(region.lab.guests, 0), again.said

    checked = region.play("--check")
    assert checked.status == 0, checked.said
    assert checked.changed == dict.fromkeys(region.lab.guests, 0), checked.said


def test_units_are_shut_in_and_nothing_is_said_of_them(region):
    for name, units in UNITS.items():
        guest = region.lab.guests[name]
        for unit in units:
            verified = guest.run(f"systemd-analyze verify {unit}.service 2>&1", may_fail=True)
            assert verified == "", f"{unit} on {name}"
            guest.run(f"systemd-analyze security --threshold=20 {unit}.service")


def test_a_loan_goes_from_a_station_to_the_hub(region):
    item = region.borrow("vindeln-1", 0)

    region.until(lambda: region.has(item), "the loan is in the catalogue")


def test_nobody_reaches_the_broker_without_a_certificate(region):
    hub = region.hub
    told = hub.run(
        "openssl s_client -connect broker.example.org:8883 -CAfile /etc/fingertopp/ca.pem "
        "</dev/null 2>&1",
        may_fail=True,
    )
    assert "certificate required" in told or "alert" in told


def test_the_site_is_served_over_tls_and_figures_are_written(region):
    page = region.stations["vindeln-1"].run(
        f"curl -sS --cacert /etc/fingertopp/claim/ca.pem {SITE}/ || "
        f"python3 -c \"import ssl, urllib.request as u; print(u.urlopen('{SITE}/', "
        "context=ssl.create_default_context(cafile='/var/lib/fingertopp/identity/ca.pem'))"
        '.read().decode())"'
    )
    assert "<html" in page
    for guest, name, figure in (
        (region.hub, "hub", 'fingertopp_station_alive{station="vindeln-1"} 1'),
        (region.broker, "broker", "fingertopp_broker_answers 1"),
    ):
        guest.run("systemctl start fingertopp-figures.service")
        told = guest.run(f"cat /var/lib/prometheus/node-exporter/fingertopp-{name}.prom")
        assert figure in told.splitlines()
        told = guest.python(
            "import urllib.request as u; "
            "print(u.urlopen('http://127.0.0.1:9100/metrics').read().decode())"
        )
        assert figure in told


def test_a_revoked_station_is_out_within_seconds_and_a_reissued_one_is_another(region, tmp_path):
    station = region.stations["umea-1"]
    old = region.borrow("umea-1", 1)
    region.until(lambda: region.has(old), "the loan of before")

    region.hub.module("provisioning", "revoke", "umea-1", *AUTHORITY)

    region.until(lambda: not region.alive("umea-1"), "its session has ended", OUT_SECONDS_MAX)
    kept = region.borrow("umea-1", 2)
    item = region.borrow("vindeln-1", 3)
    region.until(lambda: region.has(item), "another station's loan goes on")
    assert not region.has(kept)

    # Its card is swapped: a blank journal, a new identity, a new epoch.
    region.hub.module("provisioning", "reissue", "umea-1", *AUTHORITY, "--to", "/root/again")
    identity = region.folder / "identities" / "umea-1"
    shutil.copytree(region.hub.root / "root/again", identity)
    region.hub.run("rm -r /root/again")
    station.run("systemctl stop fingertopp-station; rm -r /var/lib/fingertopp/station")
    region.joins["umea-1"] = False
    region.name_stations()
    played = region.play("--limit", station.name)
    assert played.status == 0, played.said

    region.until(lambda: region.alive("umea-1"), "it is in again")
    new = region.borrow("umea-1", 4)
    region.until(lambda: region.has(new), "its loans arrive")
    facts = [each for each in region.hub.hub("facts") if each["station"] == "umea-1"]
    epochs = {each["item"]: each["epoch"] for each in facts if each["item"]}
    assert epochs[old] < epochs[new]
    assert not [each for each in region.hub.hub("exceptions") if each["kind"] == "epoch_fork"]


def test_a_hub_that_is_destroyed_is_restored_and_stations_send_what_it_lacks(region, tmp_path):
    before = region.borrow("vindeln-1", 5)
    region.until(lambda: region.has(before), "a loan before the backup")
    region.hub.run("systemctl start fingertopp-backup.service")
    told = region.hub.run("journalctl -u fingertopp-backup -n 20 --no-pager -o cat")
    assert "opens, with 2 stations" in told
    (newest,) = sorted((region.hub.root / "var/backups/fingertopp").glob("hub-*.sqlite"))[-1:]
    backup = shutil.copy(newest, tmp_path / "backup.sqlite")
    after = region.borrow("vindeln-1", 6)
    region.until(lambda: region.has(after), "a loan after the backup")

    region.hub.wipe()
    meanwhile = region.borrow("vindeln-1", 7)
    region.lab.begin(region.hub)
    restored = region.play("--limit", "hubs,localhost", book="restore.yml", restore_from=backup)
    assert restored.status == 0, restored.said

    for item in (before, after, meanwhile):
        region.until(lambda item=item: region.has(item), f"{item} is in the catalogue", 120)


def test_a_host_that_does_not_answer_keeps_the_others_from_nothing(region):
    station = region.stations["umea-1"]
    station.run("systemctl stop ssh.socket ssh.service 2>/dev/null & exit 0")
    try:
        played = region.play("--limit", "stations")
    finally:
        station.start_ssh()

    assert played.unreachable == {station.name}
    assert played.changed[region.stations["vindeln-1"].name] == 0
    assert station.name not in played.failed
