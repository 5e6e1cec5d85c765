"""A hub whose rows are on PostgreSQL, made of a blank machine, backed up and brought back."""

import re
import shutil

import pytest

from tests.hosts import builds
from tests.hosts.region import SECOND_HUB, Region

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(2400)]

TITLES = "SELECT count(*) FROM title"
PAGE = (
    "python3 -c 'import urllib.request as u; "
    'print(u.urlopen("http://127.0.0.1:8000/").read().decode())\''
)
LOST = "CREATE TABLE since (what text); INSERT INTO since VALUES ('after the backup')"


@pytest.fixture
def second(lab, tmp_path):
    """Yield a region of a hub alone, on PostgreSQL."""
    guest = lab.guests[SECOND_HUB]
    lab.begin(guest)
    region = Region(lab, tmp_path)
    region.hub, region.stations = guest, {}
    region.begin("--database", "postgresql+psycopg:///fingertopp")
    yield region
    guest.wipe()


def ask(region, query, *, user="fingertopp", database="fingertopp", **options):
    """Return what PostgreSQL answers to *user* of the machine."""
    as_user = f"setpriv --reuid={user} --regid={user} --init-groups"
    command = f'cd / && {as_user} psql -qXAt -c "{query}" {database} 2>&1'
    return region.hub.run(command, **options).strip()


def test_a_hub_on_postgresql_is_made_without_a_password_and_comes_back_from_its_backup(
    second, tmp_path
):
    hub = second.hub
    made = second.play("--limit", "hubs")
    assert made.status == 0, made.said
    again = second.play("--limit", "hubs")
    assert again.changed == {hub.name: 0}, again.said
    second.load()
    titles = ask(second, TITLES)
    assert int(titles) > 100
    for user in ("fingertopp-web", "root"):
        assert ask(second, "SELECT current_user", user=user) == "fingertopp"
    assert "does not exist" in ask(second, TITLES, user="www-data", may_fail=True)

    hub.run("systemctl start fingertopp-backup.service")
    told = hub.run("journalctl -u fingertopp-backup -n 20 --no-pager -o cat")
    assert re.search(r"\.dump opens, with \d+ stations", told)
    databases = "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database"
    assert ask(second, databases) == "fingertopp postgres template0 template1"
    newest = max((hub.root / "var/backups/fingertopp").glob("hub-*.dump"))
    backup = shutil.copy(newest, tmp_path / "backup.dump")

    # Another version: the database is copied before, and stays as it is.
    new = builds.archive(tmp_path / "new.tar.gz", added="# Another version.\n")
    upgraded = second.play("--limit", "hubs", base_archive=new)
    assert upgraded.status == 0, upgraded.said
    copy = hub.root / "var/lib/fingertopp/hub/before-version.copy"
    assert copy.read_bytes().startswith(b"PGDMP")
    hub.run("/opt/fingertopp/bin/undo-version another")
    assert ask(second, TITLES) == titles

    ask(second, LOST)
    name = "SELECT value FROM hub_meta WHERE name = 'hub'"
    before = ask(second, name)
    restored = second.play(
        "--limit", "hubs,localhost", book="restore.yml", restore_from=backup, base_archive=new
    )

    assert restored.status == 0, restored.said
    assert ask(second, TITLES) == titles
    assert ask(second, name) != before
    assert "does not exist" in ask(second, "SELECT * FROM since", may_fail=True)
    assert ask(second, "SELECT what FROM since", database="fingertopp_set_aside")
    # The hub is ready before its pages are.
    second.until(lambda: "<html" in hub.run(PAGE, may_fail=True), "its pages are served again")
