"""A small soak, to be sure of the great one: `make soak`."""

import random

import pytest
from sqlalchemy import delete, select, update

from hub.catalogue import tables as catalogue
from hub.database import open_database
from hub.tables import exception, fact
from tests.soak.__main__ import memory
from tests.soak.equality import differences
from tests.soak.hub import DATABASE
from tests.soak.region import HUB, Soak, make
from tests.soak.station import DUE

STATIONS, FACTS = 3, 300


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_small_region_of_killed_processes_is_equal_everywhere(tmp_path):
    make(tmp_path, STATIONS)
    region = Soak(tmp_path, stations=STATIONS, facts=FACTS, seconds=15)

    region.run(15, random.Random(1))

    assert sum(region.kills.values()) >= 3
    assert list(differences(tmp_path, STATIONS, FACTS // STATIONS)) == []
    spoil(tmp_path)
    found = " ".join(differences(tmp_path, STATIONS, FACTS // STATIONS))
    assert "vindeln-1: 7 was told to a visitor, and is not in the ledger" in found
    assert "is not in the catalogue as the facts say" in found
    assert "is on the desk or broken, and not both" in found


def spoil(folder):
    """Lose a fact and an exception, and let the catalogue have a loan that nobody made."""
    engine = open_database(f"sqlite:///{folder / DATABASE}")
    with engine.begin() as db:
        db.execute(delete(fact).where(fact.c.station == "vindeln-1", fact.c.seq == 7))
        db.execute(update(exception).values(open=False))
        item = db.scalar(select(fact.c.item).where(fact.c.kind == "checkin").limit(1))
        db.execute(delete(catalogue.loan).where(catalogue.loan.c.item == item))
        lent = {"item": item, "patron": "p-1", "due": DUE, "renewals": 0}
        db.execute(catalogue.loan.insert().values(lent))
    engine.dispose()


def test_memory_that_grows_is_said(tmp_path):
    region = Soak(tmp_path, stations=1, facts=10, seconds=10)
    region.rss = [(at, HUB, 60.0, (100 + at) << 20) for at in range(0, 600, 2)]

    assert memory("hub", region, 600, lambda who: who == HUB) == ["hub grows"]
    region.rss = [(at, HUB, 60.0, 100 << 20) for at in range(0, 600, 2)]
    assert memory("hub", region, 600, lambda who: who == HUB) == []
