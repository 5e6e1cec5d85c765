"""A tag is asked what it is in an order that never believes an accident."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circulation.tags import iso28560_2, iso28560_3, ndef, rfid501
from circulation.tags.content import TagContent, Usage
from circulation.tags.decoding import decode
from circulation.tags.image import Air, TagImage

FORMATS = {"28560-3", "28560-2", "rfid501", "ndef", "text", "blank", "unknown"}
SEEDS = (
    iso28560_3.encode_basic("30000001", usage=Usage.CIRCULATING, owner="SE-Um", length=34),
    iso28560_2.encode("30000001", owner="SE-Vi", parts=3, part=2, size=36),
    rfid501.encode("200901010123"),
    ndef.encode("B-1001"),
    b"B-1001" + bytes(30),
)
images = st.builds(
    TagImage,
    uid=st.just("e004"),
    air=st.sampled_from(Air),
    memory=st.binary(max_size=120),
    block_bytes=st.sampled_from((1, 4, 8, 16)),
    afi=st.none() | st.integers(0, 255),
    dsfid=st.none() | st.integers(0, 255),
)


def check(content: TagContent) -> None:
    assert content.format in FORMATS
    assert content.number == content.number.strip()
    assert content.number.isprintable()
    assert 1 <= content.part <= content.parts
    assert (content.crc_held is not None) == (content.format == "28560-3")
    if content.format in {"blank", "unknown"}:
        assert not content.number


@given(images)
def test_any_bytes_have_an_answer(image):
    check(decode(image))


@given(st.sampled_from(SEEDS), st.lists(st.tuples(st.integers(0, 33), st.integers(0, 255))))
def test_what_was_changed_here_and_there_has_one_too(memory, changes):
    changed = bytearray(memory)
    for at, byte in changes:
        changed[at % len(changed)] = byte

    check(decode(TagImage(uid="e004", air=Air.ISO15693, memory=bytes(changed))))


@pytest.mark.parametrize("way", range(8))
def test_a_value_of_thousands_of_bytes_has_an_answer(way):
    """Python refuses to write integers of more than 4300 digits."""
    body = b"1" * 2000
    memory = bytes([way << 4 | 1, 0x80 | len(body) >> 7, len(body) & 0x7F]) + body

    check(decode(TagImage(uid="e004", air=Air.ISO15693, memory=memory)))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_million_random_and_changed_memories_have_an_answer():
    rng = random.Random(15693)
    for number in range(1_000_000):
        memory = bytearray(rng.choice(SEEDS) if number % 2 else rng.randbytes(rng.randrange(60)))
        for _ in range(rng.randrange(4)):
            if memory:
                memory[rng.randrange(len(memory))] = rng.randrange(256)
        dsfid = rng.choice((None, 0x06, 0x3E))
        check(decode(TagImage(uid="", air=Air.ISO15693, memory=bytes(memory), dsfid=dsfid)))


@pytest.mark.parametrize("memory", SEEDS)
def test_each_format_is_known_for_what_it_is(memory):
    content = decode(TagImage(uid="e004", air=Air.ISO15693, memory=memory))

    assert content.number in {"30000001", "200901010123", "B-1001"}
