"""The ledger: when facts were, however they came; and what a lost one leaves behind."""

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from circulation import envelopes, sealing, topics
from circulation.facts import Lost, Outcome
from circulation.identifiers import ItemId
from hub import exceptions
from hub.ranks import Timed, ranks
from hub.tables import fact
from tests.hub.catalogue.cast import NOW_MS
from tests.hub.rig import KEY, TalkingHub


@pytest.fixture
def hub(tmp_path):
    talking = TalkingHub(tmp_path)
    yield talking
    talking.engine.dispose()


@pytest.fixture
def station(hub):
    return hub.enrol("vindeln-1", "VIN", 1)


def lose(station, seq: int, *, named: bool = True, key: sealing.SealingKey = KEY) -> bytes:
    """Put a `Lost` in the place of fact *seq*, and return the fact's own envelope."""
    own = station.raws[seq - 1]
    fact = Lost(at=station.at(), seq=seq, hash=envelopes.digest(own) if named else "")
    station.raws[seq - 1] = envelopes.enclose(
        fact,
        station=station.id,
        epoch=1,
        seq=seq,
        prev=envelopes.address(own).prev,
        key=key,
    )
    return own


def named(hub):
    with hub.engine.connect() as db:
        return sorted((each.kind, each.seq) for each in exceptions.open_exceptions(db))


def holder(hub, item):
    loan = hub.own.item(ItemId(item)).loan
    return loan.patron if loan else None


def brings(hub, station, raw: bytes, seq: int) -> None:
    """Have *station* bring another envelope under *seq*."""
    kept, station.raws[seq - 1] = station.raws[seq - 1], raw
    hub.takes_facts(station, first=seq, last=seq)
    station.raws[seq - 1] = kept


def in_the_ledger(hub):
    with hub.engine.connect() as db:
        rows = db.execute(select(fact).order_by(fact.c.seq)).all()
    return [(row.rank, row.trusted) for row in rows]


def owed(hub):
    with hub.engine.connect() as db:
        return db.scalars(
            select(fact.c.item).where(fact.c.posted_ms.is_(None)).order_by(fact.c.seq)
        ).all()


def test_what_moves_in_time_is_owed_to_the_catalogue_anew(hub, station):
    station.trusted = False
    station.lends("B-1", "K-ANNA")
    hub.takes_facts(station)
    assert owed(hub) == []
    station.trusted = True
    station.takes_back("B-2")

    # Whoever dies before it has posted has only the ledger to go by.
    hub.takes(station.topic(topics.FACTS), station.framed(topics.FACTS, station.batch()))

    assert owed(hub) == ["B-1", "B-2"]


def test_a_question_that_was_posted_ahead_of_the_chain_is_owed_anew_once_it_is_reached(
    hub, station
):
    station.takes_back("B-2")
    hub.asked(station, station.asks("B-1", "K-ANNA"))
    hub.now_ms += 3_600_000
    hub.poster.post(ItemId("B-1"))
    assert owed(hub) == []

    hub.takes(station.topic(topics.FACTS), station.framed(topics.FACTS, station.batch(1, 1)))

    assert owed(hub) == ["B-2", "B-1"]


@settings(max_examples=20, derandomize=True, deadline=None)
@given(st.integers(0, 2**32))
def test_when_facts_were_does_not_depend_on_how_they_came(seed):
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        hub = TalkingHub(Path(folder))
        station = hub.enrol("vindeln-1", "VIN", 1)
        told = []
        for boot in range(rng.randrange(1, 5)):
            station.boot, knows = f"boot-{boot}", rng.random() < 0.4
            for n in range(rng.randrange(1, 4)):
                station.trusted = knows and n >= rng.randrange(3)
                ahead = 0 if station.trusted else rng.choice((-(10**11), 10**12))
                mono_ms = 1_000 + 60_000 * n
                wall_ms = NOW_MS + 3_600_000 * boot + mono_ms + ahead
                told.append(station.record_at(wall_ms, mono_ms=mono_ms).at())
                station.record_at(wall_ms, mono_ms=mono_ms).lends("B-1", "K-ANNA")
        parts = [(first, first + rng.randrange(3)) for first in range(1, len(told) + 1)]
        for first, last in parts if rng.random() < 0.5 else rng.sample(parts, len(parts)):
            hub.takes_facts(station, first, last)
        hub.takes_facts(station)

        lane = [Timed(seq, (instant,)) for seq, instant in enumerate(told, 1)]
        found = in_the_ledger(hub)
        hub.engine.dispose()
    assert found == [(rank.at_ms, rank.trusted) for (rank,) in ranks(lane, 0)]


def test_facts_after_a_lost_one_arrive_and_its_number_is_on_the_desk(hub, station):
    station.lends("B-1", "K-ANNA")
    station.lends("B-2", "K-BO")
    station.lends("B-MAP", "K-ANNA")
    lose(station, 2)

    (ack,) = hub.takes_facts(station)

    assert ack.up_to_seq == 3
    assert (holder(hub, "B-1"), holder(hub, "B-2"), holder(hub, "B-MAP")) == ("anna", None, "anna")
    assert named(hub) == [("lost", 2)]


def test_they_arrive_in_any_parts_and_after_a_restart_too(hub, station):
    for item in ("B-1", "B-2", "B-MAP"):
        station.lends(item, "K-ANNA")
    lose(station, 2)

    hub.takes_facts(station, 1, 1)
    hub.takes_facts(station, 2, 2)
    hub.restart()
    (ack,) = hub.takes_facts(station, 3, 3)

    assert ack.up_to_seq == 3


def test_a_lost_one_passes_only_the_fact_that_it_vouches_for(hub, station):
    station.lends("B-1", "K-ANNA")
    station.lends("B-2", "K-BO")
    lose(station, 1, named=False)

    ack, *_ = hub.takes_facts(station)

    assert ack.up_to_seq == 1


def test_a_fact_that_comes_after_all_is_folded_and_its_exception_closed(hub, station):
    station.lends("B-1", "K-ANNA")
    station.lends("B-2", "K-BO")
    own = lose(station, 1)
    hub.takes_facts(station)
    assert named(hub) == [("lost", 1)]

    brings(hub, station, own, 1)

    assert holder(hub, "B-1") == "anna"
    assert named(hub) == []


def test_what_the_hub_had_already_is_not_lost(hub, station):
    station.lends("B-1", "K-ANNA")
    station.lends("B-2", "K-BO")
    hub.takes_facts(station)
    lose(station, 1)

    hub.takes_facts(station)

    assert named(hub) == []


def test_a_lost_question_that_was_asked_in_time_is_settled_all_the_same(hub, station):
    asked = station.asks("B-1", "K-ANNA")
    hub.asked(station, asked)
    own = lose(station, asked)
    while envelopes.digest(station.raws[0]) > envelopes.digest(own):
        station.raws[0] = own
        lose(station, asked)  # so that the ledger finds the lost one first
    station.settles(asked, Outcome.DROPPED)

    (ack,) = hub.takes_facts(station)

    assert ack.up_to_seq == 2
    assert holder(hub, "B-1") is None
    assert named(hub) == []


def test_a_lost_one_that_cannot_be_opened_blocks_nothing_either(hub, station):
    station.lends("B-1", "K-ANNA")
    station.lends("B-2", "K-BO")
    stranger = sealing.SealingKey("lost-key", sealing.public_half(sealing.new_private_key()))
    lose(station, 1, key=stranger)

    (ack,) = hub.takes_facts(station)

    assert ack.up_to_seq == 2
    assert named(hub) == [("unreadable", 1)]
