"""A library's name in few bits, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circulation.errors import MessageError
from circulation.tags.isil import ISIL, compact, expand

NAMES = st.from_regex(ISIL, fullmatch=True).filter(lambda isil: not isil.endswith("-"))


def test_the_standards_own_example_bit_by_bit():
    assert expand(bytes.fromhex("acc09ebaa06f6b")) == "US-InU-Mu"
    assert compact("US-InU-Mu").hex() == "acc09ebaa06f6b"


def test_digits_between_large_and_small_letters_bit_by_bit():
    # F I - | latch digits | 1 | latch upper | H | shift lower | j | ones
    bits = "00110 01001 00000 11110 0001 1100 01000 11101 01010 11111".replace(" ", "")

    assert expand(int(bits, 2).to_bytes(6)) == "FI-1Hj"


@given(NAMES)
def test_every_isil_is_read_as_it_was_written(isil):
    assert expand(compact(isil)) == isil


@given(st.binary(max_size=20))
def test_any_bytes_have_a_name_or_are_refused(body):
    try:
        expand(body)
    except MessageError:
        return


@pytest.mark.parametrize("name", ["", "Umea", "se-um", "SE-", "SE-Um-", "SE-Umeå"])
def test_what_is_no_isil_is_refused(name):
    with pytest.raises(MessageError):
        compact(name)
