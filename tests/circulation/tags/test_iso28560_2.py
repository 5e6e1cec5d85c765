"""Data elements of a tag, read and written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circulation.errors import MessageError
from circulation.tags import iso28560_2
from circulation.tags.content import Usage
from circulation.tags.decoding import decode
from circulation.tags.image import Air, TagImage
from circulation.tags.iso28560_2 import elements, encode

ANNEX_D = bytes.fromhex("9100051cbe991a140201d0140204b34607441cb6e2e335d6830207acc09ebaa06f6b0000")
PRINTED = st.characters(codec="utf-8", categories=("L", "N", "P"))


def read(memory: bytes, **more):
    return decode(TagImage(uid="e004", air=Air.ISO15693, memory=memory, **more))


def test_the_standards_worked_example():
    content = read(ANNEX_D)

    assert (content.format, content.number, content.owner) == (
        "28560-2", "123456789012", "US-InU-Mu",
    )  # fmt: skip
    assert (content.parts, content.part, content.crc_held) == (12, 3, None)
    assert {each.oid: each.value for each in elements(ANNEX_D)} == {
        1: "123456789012", 2: "d0", 4: "1203", 6: "QA268.L55", 3: "US-InU-Mu",
    }  # fmt: skip


@given(
    number=st.text(PRINTED, min_size=1, max_size=20),
    owner=st.from_regex(r"[A-Z]{2}-[0-9A-Za-z]{1,9}", fullmatch=True),
    usage=st.sampled_from(Usage),
    of=st.integers(1, 99).flatmap(lambda parts: st.tuples(st.just(parts), st.integers(1, parts))),
)
def test_what_is_written_is_read_back(number, owner, usage, of):
    parts, part = of

    content = read(encode(number, owner=owner, usage=usage, parts=parts, part=part, size=112))

    assert content.format == "28560-2"
    assert (content.number, content.owner, content.usage) == (number, owner, usage)
    assert (content.parts, content.part, content.doubts) == (parts, part, ())


@pytest.mark.parametrize(
    ("sub", "forbids"), [(0, set()), (3, {"loan"}), (4, {"return"}), (5, {"loan", "return"})]
)
def test_a_book_may_forbid_what_nobody_can_be_asked_about(sub, forbids):
    content = read(encode("30000001", owner="SE-Um", sub_usage=sub, size=32))

    assert content.usage is Usage.CIRCULATING
    assert content.not_offline == forbids


def test_a_second_half_of_another_usage_forbids_nothing():
    told = encode("30000001", owner="SE-Um", usage=Usage.EQUIPMENT, sub_usage=5, size=32)

    assert read(told).not_offline == frozenset()


@given(st.integers(1, len(ANNEX_D.rstrip(b"\0")) - 1))
def test_a_chain_that_was_cut_is_no_shorter_chain_with_another_number(length):
    content = read(ANNEX_D[:length])

    assert content.number in ("", "123456789012")


@given(st.binary(max_size=120))
def test_any_bytes_are_elements_or_refused(memory):
    try:
        elements(memory)
    except MessageError:
        return


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"number": ""}, "not an item number"),
        ({"number": "3" * 60}, "the tag has 32"),
        ({"number": "1", "owner": "Umea"}, "not an ISIL"),
        ({"number": "1", "parts": 3, "part": 4}, "part 4 of 3"),
    ],
)
def test_what_no_tag_can_say_is_refused(asked, why):
    with pytest.raises(MessageError, match=why):
        encode(**{"owner": "SE-Um", "size": 32} | asked)


def test_a_dsfid_that_says_otherwise_is_a_doubt():
    assert "its DSFID says 28560-2" in read(b"B-1001\0\0", dsfid=iso28560_2.DSFID).doubts[-1]
    assert read(ANNEX_D, dsfid=iso28560_2.DSFID).doubts == ()
    assert read(ANNEX_D, dsfid=0x3E).number == ""
