import shutil
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

import hub.config
import station.config
from circulation.errors import ConfigError
from circulation.tags import dump
from hub.catalogue import tables
from hub.database import open_database
from hub.desk.accounts import right
from hub.tables import station as enrolled
from provisioning.demo import region
from provisioning.demo.folder import DemoFolder
from provisioning.demo.region import DESK_ACCOUNT, Region
from provisioning.demo.run import PORT_NAMES
from provisioning.demo.stations import STATIONS

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
PORTS = {name: 20_000 + offset for offset, name in enumerate(PORT_NAMES)}


def set_up(folder, ports=PORTS):
    """Set a region up in *folder*; return what was said."""
    said = []
    Region(DemoFolder(folder), ports, speech_to=None, now=NOW).set_up(said.append)
    return said


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return the folder of a region that was set up once for all tests here."""
    folder = tmp_path_factory.mktemp("demo")
    set_up(folder)
    return folder


@pytest.fixture
def demo(made, tmp_path):
    """Return a copy of that region, to be changed."""
    return DemoFolder(shutil.copytree(made, tmp_path / "demo"))


def rows(demo, table):
    engine = open_database(hub.config.load(demo.hub_config).database)
    with engine.connect() as db:
        count = db.scalar(select(func.count()).select_from(table))
    engine.dispose()
    return count


def test_the_region_has_its_titles_patrons_and_stations(demo):
    assert rows(demo, tables.title) >= 240
    assert rows(demo, tables.patron) >= 55
    assert rows(demo, enrolled) == len(STATIONS)


def test_hub_and_stations_can_read_their_settings(demo):
    assert hub.config.load(demo.hub_config).web.port == PORTS["hub"]
    for each in STATIONS:
        config = station.config.load(demo.station(each.id) / "station.toml")
        assert (config.station, config.web.port) == (each.id, PORTS[each.id])
        for file in (config.identity.key, config.hub.certificate, config.hub.ca):
            assert (demo.station(each.id) / file).exists()


def test_every_bench_has_cards_books_and_signs(demo):
    kinds = {tag.kind for tag in dump.decode(demo.tags.read_bytes())}

    assert {"card", "book", "sign", "other"} <= kinds


def test_the_desk_opens_with_the_password_in_the_file_which_is_the_owners_only(demo):
    engine = open_database(hub.config.load(demo.hub_config).database)

    assert right(engine, DESK_ACCOUNT, demo.desk_password.read_text(encoding="ascii").strip())
    engine.dispose()
    assert demo.desk_password.stat().st_mode & 0o777 == 0o600


def test_a_second_start_sets_nothing_up_again_but_takes_the_new_ports(demo):
    password = demo.desk_password.read_bytes()
    moved = {name: port + 100 for name, port in PORTS.items()}

    assert set_up(demo.root, moved) == []
    assert demo.desk_password.read_bytes() == password
    assert hub.config.load(demo.hub_config).web.port == moved["hub"]
    vindeln = station.config.load(demo.station("vindeln-1") / "station.toml")
    assert vindeln.broker.port == moved["broker"]


def test_a_start_that_was_cut_short_goes_on_where_it_stopped(tmp_path, monkeypatch):
    def cut(_folder):
        raise KeyboardInterrupt

    monkeypatch.setattr(region, "bench_tags", cut)
    with pytest.raises(KeyboardInterrupt):
        set_up(tmp_path)
    monkeypatch.undo()

    said = set_up(tmp_path)

    assert [line.split()[2:4] for line in said] == [["the", "tags"], ["the", "desk's"]]
    assert rows(DemoFolder(tmp_path), enrolled) == len(STATIONS)


def test_every_step_can_be_done_twice(demo):
    progress = demo.progress()
    progress.done = []
    demo.keep(progress)
    before = [rows(demo, table) for table in (tables.title, tables.item, tables.loan, enrolled)]

    set_up(demo.root)

    assert before == [
        rows(demo, table) for table in (tables.title, tables.item, tables.loan, enrolled)
    ]


def test_another_versions_folder_is_not_touched(demo):
    (demo.root / "progress.json").write_text('{"steps": []}')

    with pytest.raises(ConfigError, match="make demo-reset"):
        set_up(demo.root)
