"""A copy of PostgreSQL is believed only when all of it was read back."""

import pytest
from sqlalchemy import make_url

from hub import dumps
from hub.errors import HubError
from tests import databases
from tests.hub.rig import TalkingHub

on_postgresql = pytest.mark.skipif(
    not databases.on_server(), reason="`make test-postgresql` has a server"
)


@pytest.fixture
def hub(tmp_path):
    talking = TalkingHub(tmp_path)
    talking.put_together()
    yield talking
    talking.engine.dispose()


@pytest.fixture
def copy(hub, tmp_path):
    """Return a copy of a hub that has one fact of vindeln-1."""
    station = hub.enrol("vindeln-1", "VIN", 1)
    station.lends("B-1", "K-ANNA")
    hub.takes_facts(station)
    dumps.write(hub.engine.url, tmp_path / "copy.dump")
    return tmp_path / "copy.dump"


@on_postgresql
def test_how_far_a_stations_facts_are_in_it_is_read_out_of_the_copy(hub, copy):
    assert copy.read_bytes().startswith(dumps.MAGIC)
    assert dumps.lanes(copy) == [("vindeln-1", 1, 1)]


@on_postgresql
def test_a_copy_that_is_cut_anywhere_is_none(copy):
    whole = copy.read_bytes()
    step = len(whole) // 12
    for end in range(0, len(whole), step):
        copy.write_bytes(whole[:end])
        with pytest.raises(HubError, match="pg_restore failed"):
            dumps.lanes(copy)


@on_postgresql
def test_a_copy_of_something_else_is_no_hubs(tmp_path):
    dumps.write(make_url(databases.url(tmp_path / "nothing")), tmp_path / "copy.dump")

    with pytest.raises(HubError, match="it is no hub's"):
        dumps.lanes(tmp_path / "copy.dump")


@on_postgresql
def test_a_server_that_does_not_answer_is_told_of_by_its_own_words(hub, tmp_path):
    elsewhere = hub.engine.url.update_query_dict({"host": str(tmp_path)})

    with pytest.raises(HubError, match=r"pg_dump failed: .*No such file"):
        dumps.write(elsewhere, tmp_path / "copy.dump")


def test_a_machine_without_the_programs_is_told_where_they_are(hub, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(HubError, match="Debian has it in postgresql-client"):
        dumps.lanes(tmp_path / "copy.dump")
