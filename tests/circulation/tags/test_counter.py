"""The book as its own clock: counted in two slots, whatever tears."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from circulation.tags import iso28560_2, iso28560_3
from circulation.tags.content import Usage
from circulation.tags.counter import COUNT_MAX, ROOM_BYTES, TagCounter, next_slot
from circulation.tags.decoding import decode
from circulation.tags.image import Air, TagImage

UID = "e004010012345678"
BASIC = iso28560_3.encode_basic("30000001", usage=Usage.CIRCULATING, owner="SE-Vi")
CHAIN = iso28560_2.encode("30000001", owner="SE-Vi", size=60)
SLIX_BYTES = 112


def image(memory: bytes = BASIC, *, size: int = SLIX_BYTES, **more) -> TagImage:
    fields = {"uid": UID, "air": Air.ISO15693, "memory": memory.ljust(size, b"\0"), "whole": True}
    return TagImage(**(fields | more))


def counted(tag: TagImage, times: int = 1) -> TagImage:
    for _ in range(times):
        counter = decode(tag).counter
        assert counter is not None
        tag = written(tag, *next_slot(counter, tag.uid))
    return tag


def written(tag: TagImage, at: int, data: bytes) -> TagImage:
    return replace(tag, memory=tag.memory[:at] + data + tag.memory[at + len(data) :])


@pytest.mark.parametrize("content", [BASIC, CHAIN])
def test_a_tag_counts_and_says_what_it_said_before(content):
    new = image(content)
    assert decode(new).counter == TagCounter(0, SLIX_BYTES - ROOM_BYTES)

    for times in range(1, 6):
        tag = counted(new, times)
        assert decode(tag).counter.count == times
        assert replace(decode(tag), counter=None) == replace(decode(new), counter=None)
        assert tag.memory[: len(content)] == content


@given(st.integers(0, 9), st.integers(0, 8), st.binary(max_size=4))
def test_a_write_that_was_torn_leaves_the_count_before_or_after(times, reached, garbage):
    """The tag leaves after *reached* bytes, and the block that was being written is anything."""
    tag = counted(image(), times)
    at, slot = next_slot(decode(tag).counter, UID)
    torn = slot[:reached] + garbage[: (4 - reached % 4) % 4]

    counter = decode(written(tag, at, torn)).counter

    count = counter.count if counter else None
    assert count in ({times, times + 1} if times else {0, 1, None})
    if reached == len(slot):
        assert count == times + 1


def test_what_was_torn_is_written_again_in_the_same_slot():
    tag = counted(image(), 3)
    at, slot = next_slot(decode(tag).counter, UID)
    torn = written(tag, at, slot[:4])

    assert next_slot(decode(torn).counter, UID) == (at, slot)


@given(st.integers(0, 127), st.integers(1, 9))
def test_one_flipped_bit_never_counts_more(bit, times):
    tag = counted(image(), times)
    tail = int.from_bytes(tag.memory[-ROOM_BYTES:]) ^ 1 << bit
    flipped = replace(tag, memory=tag.memory[:-ROOM_BYTES] + tail.to_bytes(ROOM_BYTES))

    counter = decode(flipped).counter

    assert counter is None or counter.count in {times, times - 1}


@pytest.mark.parametrize(
    "tag",
    [
        pytest.param(image(size=len(BASIC)), id="a tag that holds the block and no more"),
        pytest.param(image(BASIC.ljust(100, b"\0") + b"vendor"), id="another maker's bytes"),
        pytest.param(image(whole=False), id="read in part"),
        pytest.param(image(block_bytes=16), id="blocks greater than a slot"),
        pytest.param(image(b""), id="a blank tag"),
        pytest.param(image(b"B-1001"), id="text"),
        pytest.param(image(b"\x19" + BASIC[1:]), id="a block whose checksum is wrong"),
        pytest.param(
            image(BASIC + iso28560_3.encode_extension(1, bytes(60)), size=104),
            id="an extension that ends in zeros",
        ),
        pytest.param(counted(image(), 2).__class__(
            uid="e004010012345679", air=Air.ISO15693, memory=counted(image(), 2).memory, whole=True
        ), id="a copy of another tag's memory"),
    ],
)  # fmt: skip
def test_what_has_no_room_of_its_own_is_never_counted_on(tag):
    counter = decode(tag).counter

    assert counter is None or counter.count == 0


def test_a_copied_memory_begins_anew():
    copied = replace(counted(image(), 7), uid="e004010012345679")

    assert decode(copied).counter == TagCounter(0, SLIX_BYTES - ROOM_BYTES)


def test_a_tag_that_can_count_no_further_is_said():
    with pytest.raises(OverflowError, match="counts to"):
        next_slot(TagCounter(COUNT_MAX, 96), UID)
