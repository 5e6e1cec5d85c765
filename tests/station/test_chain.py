"""The chain says which rows are whole; what it does not vouch for is named, and nothing else."""

import pytest

from circulation import envelopes
from circulation.facts import Checkin, Lost
from circulation.identifiers import ItemId, StationId
from station import chain
from station.chain import Damage, Row
from tests.station.rig import AT, KEY, RING

STATION = StationId("vindeln-1")


@pytest.fixture
def rows():
    made, prev = [], envelopes.GENESIS
    for seq in range(1, 6):
        raw = envelopes.enclose(
            Checkin(at=AT, item=ItemId("3")), station=STATION, epoch=1, seq=seq, prev=prev, key=KEY
        )
        prev = envelopes.digest(raw)
        made.append(Row(seq, raw, prev))
    return made


def found(rows, *, head=None, newest=5):
    return list(chain.damages(rows, first=1, newest=newest, head=head or rows[-1].hash))


def lost(damages):
    return list(chain.substitutes(damages, at=AT, station=STATION, epoch=1, key=KEY))


def test_a_whole_chain_has_no_damage(rows):
    assert found(rows) == []


@pytest.mark.parametrize("seq", [1, 3, 5])
def test_spoilt_bytes_are_named_with_what_stood_before_and_their_own_hash(rows, seq):
    whole = rows[seq - 1]
    head = rows[-1].hash
    rows[seq - 1] = Row(seq, whole.envelope[:-1] + b"?", whole.hash)

    prev = rows[seq - 2].hash if seq > 1 else envelopes.GENESIS
    assert found(rows, head=head) == [Damage(seq, prev, whole.hash)]


@pytest.mark.parametrize("seq", [1, 3, 5])
def test_a_row_that_is_gone_is_named_by_the_one_after_it_or_by_the_head(rows, seq):
    gone = rows[seq - 1]
    head = rows[-1].hash
    left = [row for row in rows if row.seq != seq]

    (damage,) = found(left, head=head)
    assert (damage.seq, damage.hash, damage.envelope) == (seq, gone.hash, b"")


@pytest.mark.parametrize("seq", [2, 5])
def test_a_fact_whose_hash_alone_is_damaged_is_saved(rows, seq):
    whole, head = rows[seq - 1], rows[-1].hash
    rows[seq - 1] = Row(seq, whole.envelope, "f" * 64)

    (damage,) = found(rows, head=head)

    assert (damage.hash, damage.envelope) == (whole.hash, whole.envelope)
    assert lost([damage]) == []


def test_a_row_put_in_anothers_place_is_not_believed(rows):
    raw = envelopes.enclose(
        Checkin(at=AT, item=ItemId("4")),
        station=STATION,
        epoch=1,
        seq=2,
        prev=rows[0].hash,
        key=KEY,
    )
    whole, rows[1] = rows[1], Row(2, raw, envelopes.digest(raw))

    assert found(rows) == [Damage(2, rows[0].hash, whole.hash)]


def test_what_takes_a_facts_place_keeps_the_chain_together(rows):
    left = [rows[0], rows[3], rows[4]]
    second, third = lost(found(left))

    assert envelopes.address(second.envelope).prev == rows[0].hash
    # Nobody knows the second's hash any more: the third is chained to what took its place.
    assert (second.was, envelopes.address(third.envelope).prev) == ("", second.hash)
    assert third.was == rows[2].hash == envelopes.address(rows[3].envelope).prev
    fact = envelopes.open_fact(envelopes.address(third.envelope), RING)
    assert fact == Lost(at=AT, seq=3, hash=rows[2].hash)
    assert found([rows[0], second, third, rows[3], rows[4]]) == []
