"""A hub restored from a backup, and stations that have erased what came after it."""

import shutil

import pytest
from sqlalchemy import select

from hub import backup, exceptions
from hub.tables import fact
from tests.hub.rig import TalkingHub
from tests.journeys.test_keys_rotate import StationAway


@pytest.fixture
def hub(tmp_path):
    (tmp_path / "hub").mkdir()
    hub = TalkingHub(tmp_path / "hub")
    yield hub
    hub.engine.dispose()


@pytest.fixture
def station(tmp_path, hub):
    (tmp_path / "station").mkdir()
    return StationAway(tmp_path / "station", hub, hub.enrol("vindeln-1", "VIN", 1))


def copied(hub, tmp_path):
    hub.engine.dispose()
    return shutil.copy(tmp_path / "hub" / "hub.sqlite", tmp_path / "yesterday.sqlite")


def restored(hub, copy, tmp_path, name="hub-2") -> None:
    hub.engine.dispose()
    for part in ("", "-wal", "-shm"):
        (tmp_path / "hub" / f"hub.sqlite{part}").unlink(missing_ok=True)
    shutil.copy(copy, tmp_path / "hub" / "hub.sqlite")
    hub.hub_id = name
    hub.restart()


def ledger(hub):
    """Return each fact's number and kind, and whether it is folded."""
    with hub.engine.connect() as db:
        rows = db.execute(select(fact).order_by(fact.c.seq)).all()
    return [(row.seq, row.kind, row.rank is not None) for row in rows]


def lost(hub):
    with hub.engine.connect() as db:
        return sorted(each.seq for each in exceptions.open_exceptions(db) if each.kind == "lost")


@pytest.mark.parametrize("restarts", [False, True], ids=["", "the station restarts"])
def test_what_stations_had_erased_is_named_and_what_comes_after_goes_on(
    hub, station, tmp_path, restarts
):
    station.returns(2)
    station.talks()
    yesterday = copied(hub, tmp_path)
    station.returns(4)
    station.talks()
    restored(hub, yesterday, tmp_path)
    station.returns(2)

    station.talks()
    if restarts:
        station.boot()
        station.talks()

    assert ledger(hub) == [
        *((seq, "checkin", True) for seq in (1, 2)),
        *((seq, "lost", True) for seq in (3, 4, 5)),
        *((seq, "checkin", True) for seq in (6, 7, 8)),
    ]
    assert lost(hub) == [3, 4, 5]
    assert station.journal.owed == 0


def gaps(hub):
    """Look for gaps an hour later; return how those on the desk would be mended."""
    exceptions.look_for_gaps(hub.engine, hub.now_ms + exceptions.GAP_MS)
    with hub.engine.connect() as db:
        return [each.suggestion for each in exceptions.open_exceptions(db) if each.kind == "gap"]


def test_a_hub_that_was_never_told_that_it_is_restored_is_mended_by_telling_it_later(
    hub, station, tmp_path
):
    station.returns(2)
    station.talks()
    yesterday = copied(hub, tmp_path)
    station.returns(4)
    station.talks()
    restored(hub, yesterday, tmp_path, name=hub.hub_id)
    station.returns(2)
    station.talks()
    assert [seq for seq, _, folded in ledger(hub) if folded] == [1, 2]
    assert gaps(hub) == ["fill_gap"]

    hub.hub_id = backup.restored(hub.engine, lambda: "hub-2")
    hub.restart()
    station.talks()

    assert ledger(hub) == [
        *((seq, "checkin", True) for seq in (1, 2)),
        *((seq, "lost", True) for seq in (3, 4, 5)),
        *((seq, "checkin", True) for seq in (6, 7, 8)),
    ]
    assert gaps(hub) == []


def test_a_question_left_open_among_what_was_erased_is_kept(hub, station, tmp_path):
    station.returns(2)
    station.talks()
    yesterday = copied(hub, tmp_path)
    station.returns(1)
    station.asks_and_is_cut_off()
    station.returns(3)
    station.talks()
    restored(hub, yesterday, tmp_path)

    station.talks()

    assert [(seq, kind) for seq, kind, folded in ledger(hub) if folded] == [
        (1, "checkin"),
        (2, "checkin"),
        (3, "lost"),
        (4, "asked"),
        (5, "lost"),
        (6, "lost"),
        (7, "checkin"),
    ]
    assert station.journal.owed == 0


def test_a_hub_that_has_lost_more_than_a_station_can_name_is_not_met_with_ruin(
    hub, station, tmp_path, monkeypatch
):
    monkeypatch.setattr("station.journal.LOST_AT_ONCE_MAX", 2)
    station.returns(2)
    station.talks()
    yesterday = copied(hub, tmp_path)
    station.returns(5)
    station.talks()
    restored(hub, yesterday, tmp_path)
    station.returns(1)

    station.talks()

    assert lost(hub) == []
    assert station.journal.owed == 1
