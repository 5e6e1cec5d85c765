"""A database grows from its first tables to this program's, and keeps what is in it."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import text

from hub.app import MIGRATIONS, upgrade
from hub.database import METADATA, open_database
from tests import databases

FACT = (
    "INSERT INTO fact (station, epoch, seq, hash, prev, envelope, kind, item, body, received_ms, "
    "rank, posted_ms) VALUES ('vindeln-1', 1, 1, 'h1', 'p', x'00', 'checkin', 'B-1', "
    """'{"at": {"wall_ms": 5, "mono_ms": 1, "boot": "b", "trusted": true}}', 7, 5, 9)"""
)
LANE = "INSERT INTO lane VALUES ('vindeln-1', 1, 1, 'h1', 5)"
EXCEPTION = (
    "INSERT INTO exception (key, kind, severity, source, item, station, epoch, seq, told, at_ms, "
    "open) VALUES ('k', 'double_return', 'notice', 'fold', 'B-1', 'vindeln-1', 1, 1, '', 5, 1)"
)

WAITS = (
    "INSERT INTO municipality VALUES ('vindeln', 'Vindeln', 1, 'waive')",
    "INSERT INTO branch VALUES ('VIN', 'Vindeln', 'vindeln', '{}', 0)",
    "INSERT INTO title (control_number, marc, shelf_title) VALUES ('t', x'00', '{}')",
    (
        "INSERT INTO patron (id, name, birth_year, kind, state, pin_hash, language, municipality) "
        "VALUES ('bo', 'Bo', 1975, 'adult', 'active', '', 'sv', 'vindeln')"
    ),
    "INSERT INTO hold (title, patron, branch, state) VALUES ('t', 'bo', 'VIN', 'waiting')",
)


@pytest.fixture
def url(tmp_path):
    return databases.url(tmp_path / "hub.sqlite")


def first_tables(url: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    command.upgrade(config, "0001")


@pytest.mark.sqlite
def test_the_first_tables_with_rows_become_this_programs(url):
    first_tables(url)
    engine = open_database(url)
    with engine.begin() as db:
        for statement in (FACT, LANE, EXCEPTION, *WAITS):
            db.execute(text(statement))
    engine.dispose()

    upgrade(url)

    engine = open_database(url)
    with engine.connect() as db:
        (fact,) = db.execute(text("SELECT * FROM fact")).all()
        (lane,) = db.execute(text("SELECT * FROM lane")).all()
        (exception,) = db.execute(text("SELECT * FROM exception")).all()
        (placed,) = db.execute(text("SELECT * FROM standing_event")).all()
    engine.dispose()
    assert (fact.item, fact.rank, fact.trusted) == ("B-1", 5, 1)
    assert (lane.up_to_seq, lane.safe_seq) == (1, 0)
    assert (exception.open, exception.settled) == (1, 0)
    assert (placed.change, placed.patron, placed.title, placed.at_ms) == ("placed", "bo", "t", 0)


def test_what_the_migrations_make_is_what_the_program_means(url):
    upgrade(url)
    engine = open_database(url)
    with engine.connect() as db:
        differences = compare_metadata(MigrationContext.configure(db), METADATA)
    engine.dispose()

    # The search index is each database's own affair.
    own = ("title_search", "title_sought", "'sought'")
    assert [each for each in differences if not any(name in repr(each) for name in own)] == []


def test_an_upgrade_twice_changes_nothing(url):
    upgrade(url)
    upgrade(url)
