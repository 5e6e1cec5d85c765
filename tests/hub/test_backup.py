"""A station erases what a backup holds, and a hub restored from one is sent the rest again."""

import os
import sqlite3
import subprocess

import pytest
from sqlalchemy import make_url

from circulation.messages import Ack
from hub import backup
from hub.database import open_database
from tests import databases
from tests.hub.catalogue.cast import NOW_MS
from tests.hub.rig import TalkingHub


@pytest.fixture
def hub(tmp_path):
    talking = TalkingHub(tmp_path)
    talking.erase_after_backup = True
    talking.put_together()
    yield talking
    talking.engine.dispose()


@pytest.fixture
def station(hub):
    return hub.enrol("vindeln-1", "VIN", 1)


def safe(words) -> list[int]:
    return [word.safe_to_seq for word in words if isinstance(word, Ack)]


def opened(path):
    """Return the URL of the database that is in the copy at *path*."""
    if not databases.on_server():
        return f"sqlite:///{path}"
    url = databases.url(path)
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    subprocess.run(["pg_restore", "--exit-on-error", "--no-owner", "-d", plain, path], check=True)
    return url


def test_only_what_a_backup_holds_may_be_erased(hub, station, tmp_path):
    station.lends("B-1", "K-ANNA")
    assert safe(hub.takes_facts(station)) == [0]

    assert backup.backup(hub.engine, tmp_path / "copy.sqlite") == 1
    station.takes_back("B-1")

    assert safe(hub.takes_facts(station)) == [1]


def test_a_backup_is_its_owners_alone_whatever_the_umask(hub, tmp_path):
    """It says who has what; it may lie on a disk that others see."""
    before = os.umask(0o022)
    try:
        for _ in range(2):
            backup.backup(hub.engine, tmp_path / "copy.sqlite")
    finally:
        os.umask(before)

    assert (tmp_path / "copy.sqlite").stat().st_mode & 0o777 == 0o600


def test_a_backup_is_a_whole_hub(hub, station, tmp_path):
    station.lends("B-1", "K-ANNA")
    hub.takes_facts(station)
    backup.backup(hub.engine, tmp_path / "copy.sqlite")

    copy = open_database(opened(tmp_path / "copy.sqlite"))
    with hub.engine.connect() as db, copy.connect() as other:
        query = "SELECT hash FROM fact"
        assert list(db.exec_driver_sql(query)) == list(other.exec_driver_sql(query))
    copy.dispose()


def test_a_hub_that_knows_of_nothing_says_so_to_a_station_that_is_born(hub, station):
    acks = [hub.word(out) for out in hub.born(station)[:1]]

    assert [ack.up_to_seq for ack in acks] == [0]


DAY_MS = 86_400_000


def copy(hub, path, day, now_ms=NOW_MS):
    backup.backup(hub.engine, path)
    return backup.keep_no_longer(hub.engine, path, now_ms + day * DAY_MS)


def test_what_the_hub_has_copied_is_deleted_after_thirty_days(hub, tmp_path):
    first, second = tmp_path / "1.sqlite", tmp_path / "elsewhere" / "2.sqlite"
    second.parent.mkdir()
    assert copy(hub, first, 0).deleted == []
    assert copy(hub, second, 30).deleted == []

    assert copy(hub, second, 31).deleted == [first]

    assert not first.exists()
    assert second.exists()
    assert copy(hub, second, 90).deleted == []


def test_old_copies_go_although_no_new_one_can_be_made(hub, tmp_path):
    first, second, third = (tmp_path / f"{number}.sqlite" for number in range(3))
    for day, path in enumerate((first, second, third)):
        copy(hub, path, day)

    assert backup.make_room(hub.engine, NOW_MS + 90 * 86_400_000) == [first, second]

    assert third.exists(), "without another it is all there is"
    assert backup.make_room(hub.engine, NOW_MS + 91 * 86_400_000) == []
    assert copy(hub, first, 91).deleted == [third]


@pytest.mark.skipif(databases.on_server(), reason="a dump is written by another program")
def test_of_a_copy_that_fails_nothing_is_left(hub, tmp_path, monkeypatch):
    def full(path):
        assert path.exists()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "_verified", full)
    with pytest.raises(OSError, match="No space left"):
        backup.backup(hub.engine, tmp_path / "copy.sqlite")

    assert not list(tmp_path.glob("copy.sqlite*"))


def test_where_nothing_was_copied_there_is_nothing_to_delete(hub):
    assert backup.make_room(hub.engine, NOW_MS) == []


def test_an_old_copy_that_the_hub_has_not_made_is_named_and_left(hub, tmp_path):
    shelf = tmp_path / "copies"
    shelf.mkdir()
    stranger, note = shelf / "by-hand.sqlite", shelf / "README"
    sqlite3.connect(stranger).executescript("CREATE TABLE t (a)")
    note.write_text("not a database")
    for path in (stranger, note):
        os.utime(path, (NOW_MS / 1000, NOW_MS / 1000))

    kept = copy(hub, shelf / "new.sqlite", 31)

    assert (kept.deleted, kept.in_the_way) == ([], [stranger])
    assert stranger.exists()


def test_one_that_cannot_be_deleted_is_named_until_it_is_gone(hub, tmp_path):
    old = tmp_path / "old.sqlite"
    copy(hub, old, 0)
    old.unlink()
    old.mkdir()

    new = tmp_path / "new.sqlite"
    assert copy(hub, new, 31).in_the_way == [old]
    old.rmdir()
    assert copy(hub, new, 32) == backup.Kept([], [])
