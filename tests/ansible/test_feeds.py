"""Lists that lie in the hub's folder are taken each night; a bad one stays, and is told of."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from hub.catalogue import tables
from hub.database import open_database
from tests.hub.test_cli import ROOT, SETTINGS
from tests.hub.test_feed_cli import folder

__all__ = ["folder"]
TEMPLATE = ROOT / "ansible/roles/hub/templates/feeds.j2"


@pytest.fixture
def feeds(folder):
    """Return the folder, and what takes the lists in it."""
    (folder / "hub.toml").write_text(SETTINGS, encoding="utf-8")
    lists = folder / "feeds"
    lists.mkdir()
    text = TEMPLATE.read_text()
    for told, here in (
        ("{{ ansible_managed }}", ""),
        ("{{ hub_feeds_folder }}", lists),
        ("/opt/fingertopp/venv/bin/python", f"env PYTHONPATH={ROOT} {sys.executable}"),
        ("/etc/fingertopp/hub.toml", folder / "hub.toml"),
    ):
        assert told in text
        text = text.replace(told, str(here))
    script = folder / "take"
    script.write_text(text)

    def take():
        return subprocess.run(["sh", script], capture_output=True, text=True, check=False)

    return lists, take


def states(folder: Path):
    engine = open_database(f"sqlite:///{folder / 'hub.sqlite'}")
    with engine.connect() as db:
        found = dict(
            tuple(row)
            for row in db.execute(select(tables.loan_card.c.number, tables.loan_card.c.state))
        )
    engine.dispose()
    return found


def test_lists_are_taken_in_their_order_and_a_bad_one_stays(feeds, folder):
    lists, take = feeds
    (lists / "cards.csv").write_text("card,patron,state\nK9,p9,active\n")
    (lists / "patrons.csv").write_text("patron,name\np9,Nina\n")
    (lists / "items.csv").write_bytes(b"item\xff,title\n")

    ran = take()

    assert ran.returncode == 1
    assert "items.csv was not taken" in ran.stderr
    assert states(folder)["K9"] == "active"
    assert sorted(each.name for each in lists.iterdir()) == ["items.csv", "taken"]
    assert sorted(each.name for each in (lists / "taken").iterdir()) == ["cards.csv", "patrons.csv"]


def test_a_whole_list_takes_away_and_an_empty_folder_is_nothing(feeds, folder):
    lists, take = feeds
    assert (take().returncode, take().stdout) == (0, "")
    known = sorted(states(folder))
    (lists / "cards-whole.csv").write_text(f"card,patron\n{known[0]},p1\n")

    assert take().returncode == 0
    assert sorted(states(folder)) == known[:1]
