"""Values in few bits, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circulation.errors import MessageError
from circulation.tags.compaction import Compaction, compact, expand


@pytest.mark.parametrize(
    ("value", "way", "body"),
    [
        ("123456789012", Compaction.INTEGER, "1cbe991a14"),
        ("1203", Compaction.INTEGER, "04b3"),
        ("0012345", Compaction.NUMERIC, "0012345f"),
        ("QA268.L55", Compaction.SIX_BIT, "441cb6e2e335d6"),
        ("ABCDEFGH", Compaction.FIVE_BIT, "08864298e8"),
        ("a b", Compaction.SEVEN_BIT, "c3418b"),
    ],
)
def test_the_shortest_way_is_taken(value, way, body):
    made = compact(value)

    assert made[0] is way
    assert expand(*made) == value
    if way is not Compaction.SEVEN_BIT:
        assert made[1].hex() == body


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=30))
def test_what_is_written_is_read_again(value):
    way, body = compact(value)

    assert expand(way, body) == value
    assert len(body) <= len(value.encode())


@given(st.sampled_from(Compaction), st.binary(min_size=1, max_size=20))
def test_any_bytes_have_a_value_or_are_refused(way, body):
    try:
        expand(way, body)
    except MessageError:
        assert way in {Compaction.INTEGER, Compaction.NUMERIC, Compaction.UTF8}


def test_nothing_cannot_be_written():
    with pytest.raises(MessageError):
        compact("")


@pytest.mark.parametrize("body", ["01", "00", "8ac7230489e80000", "01" + "00" * 2000])
def test_an_integer_that_nobody_writes_so_is_none(body):
    with pytest.raises(MessageError, match="2 to 19 digits"):
        expand(Compaction.INTEGER, bytes.fromhex(body))
