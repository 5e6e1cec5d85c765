"""Facts of the hub's own are entered as the ledger would have left them."""

from datetime import date

import pytest
from sqlalchemy import select

from circulation import envelopes
from circulation.facts import Asked, Checkin, Checkout, Outcome, Settled, Wish
from circulation.instants import Instant
from hub import appending, exceptions, ledger
from hub.appending import Made
from hub.catalogue import tables as catalogue_tables
from hub.database import open_database
from hub.tables import fact, lane
from tests.hub.rig import KEY, RING

NOW_MS = 1_795_600_800_000
EARLIER_MS = NOW_MS - 3_600_000


def at(wall_ms, mono_ms):
    return Instant(wall_ms=wall_ms, mono_ms=mono_ms, boot="hub-1", trusted=True)


BODIES = [
    Asked(at=at(NOW_MS, 10), wish=Wish.LOAN, item="B-1", card="K-1"),
    Settled(at=at(NOW_MS + 1, 11), asked=1, outcome=Outcome.ACCEPTED, due=date(2026, 12, 24)),
    Checkin(at=at(EARLIER_MS, 12), item="B-1"),
    Asked(at=at(NOW_MS + 5, 15), wish=Wish.RENEWAL, item="B-2", card="K-2"),
    Settled(at=at(NOW_MS + 6, 16), asked=4, outcome=Outcome.REFUSED),
    Checkout(at=at(NOW_MS + 7, 17), item="B-3", card="K-3", due=date(2026, 12, 24)),
]


@pytest.fixture
def made():
    head, facts = envelopes.GENESIS, []
    for seq, body in enumerate(BODIES, 1):
        raw = envelopes.enclose(body, station="s-1", epoch=1, seq=seq, prev=head, key=KEY)
        head = envelopes.digest(raw)
        facts.append(Made(body, raw))
    return facts


def database(folder, name):
    engine = open_database(f"sqlite:///{folder / name}")
    catalogue_tables.ensure(engine)
    return engine


def left(engine):
    with engine.connect() as db:
        rows = [dict(row) for row in db.execute(select(fact).order_by(fact.c.seq)).mappings()]
        lanes = [dict(row) for row in db.execute(select(lane)).mappings()]
    engine.dispose()
    return rows, lanes


@pytest.mark.parametrize("cuts", [[6], [2, 3, 6], [2, 5, 6]])
def test_they_are_as_the_ledger_would_have_left_them(made, cuts, tmp_path):
    by_hand, by_ledger = database(tmp_path, "a"), database(tmp_path, "b")
    begun = 0
    for cut in cuts:
        part, begun = made[begun:cut], cut
        with by_ledger.begin() as db:
            ledger.enter_all(
                db, [(envelopes.address(each.raw), each.raw) for each in part], RING, NOW_MS
            )
            assert exceptions.advance(db, "s-1", 1, NOW_MS).problems == ()
        with by_hand.begin() as db:
            reached = ledger.lane_of(db, "s-1", 1)
            appending.enter(db, [appending.added(reached, part, RING, NOW_MS)])

    assert left(by_hand) == left(by_ledger)


def test_several_lanes_at_once(made, tmp_path):
    engine = database(tmp_path, "a")
    other = envelopes.enclose(
        BODIES[2], station="s-2", epoch=1, seq=1, prev=envelopes.GENESIS, key=KEY
    )
    with engine.begin() as db:
        lanes = [ledger.lane_of(db, name, 1) for name in ("s-1", "s-2")]
        parts = [made[:2], [Made(BODIES[2], other)]]
        appending.enter(
            db,
            [
                appending.added(of, part, RING, NOW_MS)
                for of, part in zip(lanes, parts, strict=True)
            ],
        )

    rows, reached = left(engine)
    assert [(row["station"], row["seq"]) for row in rows] == [("s-1", 1), ("s-2", 1), ("s-1", 2)]
    assert {(each["station"], each["up_to_seq"]) for each in reached} == {("s-1", 2), ("s-2", 1)}


def test_a_clock_that_is_not_believed_is_a_programmers_mistake(made, tmp_path):
    doubted = Checkin(at=Instant(wall_ms=1, mono_ms=1, boot="b", trusted=False), item="B-1")
    engine = database(tmp_path, "a")
    with engine.connect() as db, pytest.raises(AssertionError, match="believed"):
        appending.added(ledger.lane_of(db, "s-1", 1), [Made(doubted, b"")], RING, NOW_MS)
    engine.dispose()
