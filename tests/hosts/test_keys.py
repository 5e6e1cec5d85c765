"""The hub's sealing key is replaced, and the hub itself: no fact is lost."""

import re
import secrets as chance
import shutil

import pytest

from tests.hosts import secrets

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(2400)]

COPY, PASSPHRASE = "/root/keys.escrow", "/root/passphrase"


def keys(region, *words):
    """Return what the hub's command for sealing keys says."""
    return region.hub.module("hub", "--config", "/etc/fingertopp/hub.toml", "keys", *words)


def rotate(region):
    """Replace the sealing key; return the new one's id."""
    said = keys(region, "rotate", "--authority", "/etc/fingertopp/authority")
    return said.split()[2]


def has_heard(station, key):
    """Return whether *station* goes by settings that name *key*."""
    settings = station.root / "var/lib/fingertopp/station/settings.json"
    return f'"{key}"' in settings.read_text(encoding="utf-8")


def users(region, key):
    """Return the stations that have facts under *key*."""
    (found,) = [each for each in region.hub.hub("keys") if each["id"] == key]
    return set(found["stations"])


def test_a_new_sealing_key_while_a_station_is_away_loses_nothing(region):
    away = region.stations["vindeln-1"]
    with away.offline():
        before = region.borrow("vindeln-1")
        new = rotate(region)
        region.until(lambda: has_heard(region.stations["umea-1"], new), "umea-1 has heard", 120)
        here = region.borrow("umea-1")
        region.until(lambda: region.has(here), "a fact under the new key opens")
        after = region.borrow("vindeln-1")
        assert not has_heard(away, new)

    region.until(lambda: region.has(before, after), "facts under the old key open", 120)
    region.until(lambda: has_heard(away, new), "vindeln-1 has heard", 120)
    late = region.borrow("vindeln-1")
    region.until(lambda: region.has(late), "it lends under the new key")
    region.until(lambda: "vindeln-1" in users(region, new), "the hub keeps it for vindeln-1")
    assert not region.exceptions("unreadable", "lost", "epoch_fork")


def test_a_hub_on_a_new_machine_opens_all_with_the_escrow_copy_and_stations_resend(
    region, tmp_path
):
    hub = region.hub
    before = region.borrow("vindeln-1")
    region.until(lambda: region.has(before), "a loan before the backup")
    hub.run("systemctl start fingertopp-backup.service")
    told = hub.run("journalctl -u fingertopp-backup -n 20 --no-pager -o cat")
    assert re.search(r"opens, with \d+ stations", told)
    newest = max((hub.root / "var/backups/fingertopp").glob("hub-*.sqlite"))
    backup = shutil.copy(newest, tmp_path / "backup.sqlite")
    # Neither the backup nor the inventory has this key; the copy under a passphrase alone has.
    new = rotate(region)
    stations = region.stations.values()
    region.until(lambda: all(has_heard(each, new) for each in stations), "all have heard", 120)
    after = region.borrow("vindeln-1")
    region.until(lambda: region.has(after), "a loan after the backup")
    (hub.root / PASSPHRASE.lstrip("/")).write_text(f"{chance.token_hex(12)}\n")
    keys(region, "escrow", COPY, "--passphrase-file", PASSPHRASE)
    copies = [
        shutil.copy(hub.root / each.lstrip("/"), tmp_path) for each in (COPY, PASSPHRASE)
    ]  # fmt: skip
    region.secrets[(tmp_path / "passphrase").read_text().strip()] = "passphrase"
    secrets.keep(region)

    hub.wipe()
    meanwhile = region.borrow("umea-1")
    region.lab.begin(hub)
    blank = region.play("--check", "--limit", "hubs")
    assert blank.status == 0, blank.said
    assert blank.changed[hub.name] > 0
    assert not (hub.root / "opt/fingertopp").exists()
    restored = region.play("--limit", "hubs,localhost", book="restore.yml", restore_from=backup)
    assert restored.status == 0, restored.said
    region.until(lambda: region.exceptions("unreadable"), "facts come that it cannot open", 120)
    for each in copies:
        shutil.copy(each, hub.root / "root")
    said = keys(region, "restore", COPY, "--passphrase-file", PASSPHRASE)

    assert f"Put back: {new}" in said or f", {new}" in said
    region.until(lambda: region.has(before, after, meanwhile), "all of it is there", 120)
    region.until(lambda: not region.exceptions("unreadable"), "every fact opens")
    assert not region.exceptions("lost", "epoch_fork")
    item = region.borrow("umea-1")
    region.until(lambda: region.has(item), "loans go on")
