import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circulation.errors import MessageError
from circulation.phrase_list import FILE_BYTES_MAX, Entry, decode, encode, framed, unframed

ENTRIES = st.lists(
    st.builds(
        Entry,
        st.binary(min_size=16, max_size=16),
        st.binary(min_size=32, max_size=32),
        st.integers(1, FILE_BYTES_MAX),
    ),
    max_size=20,
)


def named(*files):
    return {hashlib.sha256(file).digest(): file for file in files}


@given(ENTRIES)
def test_a_list_is_read_as_it_was_written_in_its_order(entries):
    body = encode(entries)

    assert decode(body) == entries
    assert len(body) == 52 * len(entries)


@given(ENTRIES.filter(bool), st.integers(1, 51))
def test_a_list_that_breaks_off_is_told(entries, lost):
    with pytest.raises(MessageError, match="breaks off"):
        decode(encode(entries)[:-lost])


@pytest.mark.parametrize("size", [0, FILE_BYTES_MAX + 1])
def test_a_list_of_files_that_are_no_phrases_is_told(size):
    with pytest.raises(MessageError, match=f"one of {size} bytes"):
        decode(bytes(48) + size.to_bytes(4, "big"))


@given(st.lists(st.binary(max_size=50), max_size=6, unique=True))
def test_files_come_back_by_their_hash(files):
    assert unframed(b"".join(framed(files)), 50) == named(*files)


@given(st.lists(st.binary(min_size=1, max_size=50), min_size=1, max_size=6, unique=True))
def test_of_an_answer_that_breaks_off_the_whole_files_are_kept(files):
    body = b"".join(framed(files))

    assert unframed(body[:-1], 50) == named(*files[:-1])


def test_an_answer_that_claims_too_much_is_told():
    with pytest.raises(MessageError, match="51 bytes"):
        unframed(b"".join(framed([bytes(51)])), 50)
