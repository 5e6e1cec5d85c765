"""`python -m hub feed`: lists come in, and everything that is not kept is named."""

import pytest

from hub.app import upgrade
from hub.catalogue.region import load_region
from hub.database import open_database
from tests.hub.catalogue.cast import NOW_MS, TITLES, enter_title
from tests.hub.catalogue.test_region import FILES
from tests.hub.test_cli import said


@pytest.fixture
def folder(tmp_path):
    """Return the folder of a hub with a small region."""
    url = f"sqlite:///{tmp_path / 'hub.sqlite'}"
    upgrade(url)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    engine = open_database(url)
    with engine.begin() as db:
        enter_title(db, "t-novel", TITLES["t-novel"])
    load_region(engine, tmp_path, NOW_MS)
    engine.dispose()
    return tmp_path


def test_a_list_is_tried_and_then_taken(folder):
    file = folder / "feed.csv"
    file.write_text("card,patron,state\nK1,p1,blocked\nK2,p1,active\nK3,nobody,active\n")

    tried = said(folder, "feed", "cards", str(file), "--dry-run").stdout.splitlines()
    taken = said(folder, "feed", "cards", str(file), "--made", "2026-11-29T03:10").stdout
    again = said(folder, "feed", "cards", str(file)).stdout

    assert tried == [
        "3 cards read: 1 new, 1 changed, 0 gone, 0 as before.",
        "Line 4 was left out: it names a patron who is not there; feed the patrons first",
        "Nothing was changed: this was a dry run.",
    ]
    assert taken.splitlines() == tried[:2]
    assert again.splitlines()[0] == "3 cards read: 0 new, 0 changed, 0 gone, 2 as before."


def test_a_time_that_is_none_is_one_sentence(folder):
    ran = said(folder, "feed", "items", str(folder / "items.csv"), "--made", "yesterday")

    assert (ran.returncode, ran.stdout) == (78, "")
    assert ran.stderr.startswith("hub: --made 'yesterday' is no time")


def test_a_list_cannot_be_made_tomorrow(folder):
    items = str(folder / "items.csv")

    ran = said(folder, "feed", "items", items, "--made", "9998-01-01T00:00")

    assert (ran.returncode, ran.stdout) == (78, "")
    assert ran.stderr == "hub: --made '9998-01-01T00:00' is still to come\n"
