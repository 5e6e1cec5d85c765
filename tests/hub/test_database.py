"""What the hub has committed survives pulling the plug, and an error tells no secret."""

import os
import sqlite3

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from hub import database
from hub.database import open_database, reading
from hub.errors import HubError


def test_every_connection_writes_ahead_and_syncs_fully(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'hub.sqlite'}")
    with engine.connect() as db:
        assert db.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert db.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    engine.dispose()


def test_a_database_that_cannot_promise_it_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "DURABLE", ("PRAGMA journal_mode = DELETE",))
    engine = open_database(f"sqlite:///{tmp_path / 'hub.sqlite'}")

    with pytest.raises(HubError, match="journal mode delete"):
        engine.connect()
    engine.dispose()


def test_an_error_does_not_tell_what_it_was_about(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'hub.sqlite'}")
    with engine.connect() as db, pytest.raises(OperationalError) as raised:
        db.execute(text("SELECT * FROM nothing WHERE card = :card"), {"card": "20000001"})

    assert "20000001" not in str(raised.value)
    engine.dispose()


def test_who_writes_has_the_only_place_from_the_first_and_who_reads_waits_for_nobody(tmp_path):
    path = tmp_path / "hub.sqlite"
    engine = open_database(f"sqlite:///{path}")
    with engine.begin() as db:
        db.exec_driver_sql("CREATE TABLE seen (what TEXT)")
    other = sqlite3.connect(path, timeout=0)

    # Nothing is written yet: a transaction that only may write keeps others from it.
    with engine.begin(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    with reading(engine) as db:
        assert db.exec_driver_sql("SELECT count(*) FROM seen").scalar() == 0
    with engine.execution_options(read_only=True).begin() as db:
        assert db.exec_driver_sql("SELECT count(*) FROM seen").scalar() == 0

    other.close()
    engine.dispose()


@pytest.mark.parametrize(("folder", "expected"), [(0o2770, 0o660), (0o700, 0o600)])
def test_a_shared_folders_group_may_write_the_database_in_it(tmp_path, folder, expected):
    (tmp_path / "hub").mkdir()
    (tmp_path / "hub").chmod(folder)
    before = os.umask(0o077)
    try:
        for _ in range(2):
            engine = open_database(f"sqlite:///{tmp_path}/hub/hub.db")
            with engine.begin() as db:
                db.execute(text("CREATE TABLE IF NOT EXISTS told (what TEXT)"))
                modes = {each.stat().st_mode & 0o777 for each in (tmp_path / "hub").iterdir()}
            engine.dispose()
    finally:
        os.umask(before)

    assert modes == {expected}


def test_what_was_made_for_one_alone_is_shared_from_then_on(tmp_path):
    folder = tmp_path / "hub"
    folder.mkdir()
    (folder / "hub.db").touch(0o600)
    folder.chmod(0o2770)

    open_database(f"sqlite:///{folder}/hub.db").dispose()

    assert (folder / "hub.db").stat().st_mode & 0o777 == 0o660
