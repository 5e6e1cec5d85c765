"""Stations that are believed no more, that are believed again, and that are taken out of use."""

import shutil

import pytest

from tests.hosts.region import AUTHORITY, BROKER

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(2400)]

OUT_SECONDS_MAX = 20
UNITS = ("fingertopp-station.service", "fingertopp-renew.timer", "fingertopp-pull.timer")
SESSION = f"""
import socket, ssl, time
folder = "/var/lib/fingertopp/identity/"
tls = ssl.create_default_context(cafile=folder + "ca.pem")
tls.load_cert_chain(folder + "certificate.pem", "/var/lib/fingertopp/secrets/key.pem")

def session(name):
    line = tls.wrap_socket(
        socket.create_connection(("{BROKER}", 8883), 20), server_hostname="{BROKER}"
    )
    # MQTT 3.1.1: CONNECT with a clean session and no keep-alive, so that nothing need be said.
    told = b"\\x00\\x04MQTT\\x04\\x02\\x00\\x00" + len(name).to_bytes(2, "big") + name
    line.sendall(bytes([0x10, len(told)]) + told)
    assert line.recv(4) == b"\\x20\\x02\\x00\\x00", "refused"
    line.settimeout(120)
    return line

line = session(b"somebody else")
print("in")
try:
    assert line.recv(1) == b""
except ConnectionError:
    pass
print("out")
try:
    session(b"somebody else")
except (AssertionError, OSError):
    print("and not in again")
"""
"""Whoever has a station's key and certificate, with a session of their own that says nothing."""


@pytest.fixture
def thief(region):
    """Yield a running program that has an open session with the key of umea-1."""
    running = region.stations["umea-1"].begin_python(SESSION)
    assert running.stdout.readline() == "in\n"
    yield running
    running.kill()
    running.communicate()


def active(guest):
    """Return what systemd says of a station's units."""
    return guest.run(f"systemctl is-active {' '.join(UNITS)}", may_fail=True).split()


def facts_of(region, item):
    """Return the loans of *item* that the hub's ledger has."""
    return [
        each
        for each in region.hub.hub("facts")
        if each["item"] == item and each["kind"] in {"asked", "checkout"}
    ]


def test_a_revoked_station_and_its_open_session_are_out_within_seconds(region, thief):
    old = region.borrow("umea-1")
    region.until(lambda: region.has(old), "the loan of before")

    region.hub.module("provisioning", "revoke", "umea-1", *AUTHORITY)

    region.until(lambda: thief.poll() is not None, "the session is cut", OUT_SECONDS_MAX)
    assert thief.stdout.read() == "out\nand not in again\n"
    region.until(lambda: not region.alive("umea-1"), "it is heard no more", OUT_SECONDS_MAX)
    kept = region.borrow("umea-1")
    item = region.borrow("vindeln-1")
    region.until(lambda: region.has(item), "another station's loan goes on")
    assert not region.has(kept)

    # It is found, whole: with another identity and its old journal.
    region.reissue("umea-1")

    region.until(lambda: region.has(old, kept), "what it owed has come")
    new = region.borrow("umea-1")
    region.until(lambda: region.has(new), "it lends")
    assert [len(facts_of(region, each)) for each in (old, kept, new)] == [1, 1, 1]
    assert not region.exceptions("epoch_fork", "unreadable", "lost")


def test_a_swapped_cards_old_facts_are_counted_once_and_not_mistaken(region):
    station = region.stations["umea-1"]
    old = region.borrow("umea-1")
    region.until(lambda: region.has(old), "the loan of before")
    with station.offline():
        owed = region.borrow("umea-1")
        station.run("systemctl stop fingertopp-station")
    journal = station.root / "var/lib/fingertopp/station"
    card = station.root / "var/lib/fingertopp/old-card"
    shutil.copytree(journal, card)
    shutil.copytree(station.root / "var/lib/fingertopp/identity", card / "identity")
    shutil.rmtree(journal)

    region.reissue("umea-1")

    new = region.borrow("umea-1")
    region.until(lambda: region.has(new), "the new card lends")
    assert not region.has(owed)
    # The old card is read on the bench, with the settings of the new one.
    settings = (station.root / "etc/fingertopp/station.toml").read_text(encoding="utf-8")
    bench = card / "bench.toml"
    moved = settings.replace("/var/lib/fingertopp/station", "/var/lib/fingertopp/old-card")
    bench.write_text(moved.replace('"tags.json"', '"/etc/fingertopp/tags.json"'))
    export = "/var/lib/fingertopp/old-card/old.export"
    inside = "/var/lib/fingertopp/old-card/bench.toml"
    station.module("station", "--config", inside, "journal", "export", export)
    shutil.copy(card / "old.export", region.hub.root / "root/old.export")
    hub = ("hub", "--config", "/etc/fingertopp/hub.toml", "take", "/root/old.export")
    first, second = region.hub.module(*hub), region.hub.module(*hub)

    assert " 0 unreadable; no gap is left." in first
    assert "umea-1: 0 new facts" in second
    assert "umea-1: 0 new" not in first
    region.until(lambda: region.has(old, owed, new), "all three are in the catalogue")
    assert [len(facts_of(region, each)) for each in (old, owed, new)] == [1, 1, 1]
    assert facts_of(region, owed)[0]["epoch"] < facts_of(region, new)[0]["epoch"]
    assert not region.exceptions("epoch_fork", "unreadable", "lost")
    shutil.rmtree(card)


def test_a_station_goes_out_of_use_when_it_owes_nothing_and_only_where_it_is_named(region):
    station = region.admit("vannas-1")
    blank = region.play("--check", "--limit", station.name)
    assert blank.status == 0, blank.said
    assert blank.changed[station.name] > 0
    assert not (station.root / "opt/fingertopp").exists()
    made = region.play("--limit", station.name)
    assert made.status == 0, made.said
    assert made.changed[station.name] >= blank.changed[station.name]
    assert active(station) == ["active"] * len(UNITS)
    with station.offline():
        owed = region.borrow("vannas-1")
        # Stopped by hand, as the play will be before the line is back.
        station.run("systemctl stop fingertopp-station")

    unnamed = region.play("--limit", "stations", book="decommission.yml")
    assert unnamed.status != 0
    assert "name the station: --limit" in unnamed.said
    owing = region.play("--limit", station.name, book="decommission.yml")
    assert owing.failed == {station.name}
    assert "owes facts, and nothing was deleted" in owing.said
    assert (station.root / "var/lib/fingertopp/secrets/key.pem").exists()

    station.run("systemctl start fingertopp-station")
    region.until(lambda: region.has(owed), "what it owed has come")
    gone = region.play("--limit", station.name, book="decommission.yml")

    assert gone.status == 0, gone.said
    region.until(lambda: not region.alive("vannas-1"), "it is out", OUT_SECONDS_MAX)
    for each in ("identity", "secrets", "station"):
        assert not (station.root / "var/lib/fingertopp" / each).exists()
    assert not (station.root / "etc/fingertopp").exists()
    station.power_off()
    station.boot()
    assert active(station) == ["inactive"] * len(UNITS)
    assert region.has(owed)
    region.dismiss("vannas-1")
