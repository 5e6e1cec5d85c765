"""What is read in one pass is what pymarc makes of the same bytes, or is left to it."""

import pymarc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymarc.exceptions import PymarcException

from hub.catalogue import lean
from tests.hub.catalogue.records import field, iso2709, record

LENGTH = 5
"""Of the leader: whether it is right is asked before."""
REGULAR = iso2709(
    record(
        "n1",
        "Vägen genom myren /",
        f100a="Öberg, Åsa",
        f245c="Åsa Öberg",
        f520a="Å" * 40,
        f650a="Skog",
    )
)


def as_told(found):
    """Return what *found*, ours or pymarc's, says."""
    return (
        str(found.leader),
        [
            (each.tag, each.data)
            if each.data is not None
            else (each.tag, each.indicator1, each.indicator2, [tuple(s) for s in each.subfields])
            for each in found.fields
        ],
    )


def by_pymarc(raw):
    return as_told(pymarc.Record(raw, to_unicode=True, hide_utf8_warnings=True))


def with_body(old, new):
    """Return the record with *new* in the place of *old*, whose bytes are as many."""
    assert len(old) == len(new)
    assert old in REGULAR
    return REGULAR.replace(old, new)


def test_a_regular_record_says_what_pymarc_says_of_it():
    assert as_told(lean.read(REGULAR)) == by_pymarc(REGULAR)


def test_fields_and_subfields_are_asked_for_as_of_pymarc():
    told, known = lean.read(REGULAR), pymarc.Record(REGULAR)

    assert told["245"]["a"] == known["245"]["a"] == "Vägen genom myren /"
    assert told["245"].get("x") is known["245"].get("x") is None
    assert told.get("999") is known.get("999") is None
    for nothing in (lambda: told["999"], lambda: told["245"]["x"]):
        with pytest.raises(KeyError):
            nothing()


def test_a_field_that_is_repeated_and_an_empty_subfield():
    made = record("n2")
    made.add_field(field("650", "a", "Älv"), field("650", "a", ""))
    raw = iso2709(made)

    assert as_told(lean.read(raw)) == by_pymarc(raw)


@pytest.mark.parametrize(
    "raw",
    [
        REGULAR.replace(b"nam a22", b"nam  22"),
        with_body("Öberg".encode(), b"\xffberg!"),
        with_body(b"\x1e10\x1faSkog", b"\x1e1\x1faxSkog"),
        with_body(b"\x1faSkog", b"\x1f\xc3\xa5kog"),
        with_body(b"\x1eSkog"[1:], b"Sko\x1e"),
        REGULAR.replace(b"650", b"6x0", 1),
        REGULAR[:12] + b"00001" + REGULAR[17:],
        REGULAR[:12] + b"     " + REGULAR[17:],
        b"",
        REGULAR[:30],
    ],
)
def test_what_is_not_regular_is_left_to_pymarc(raw):
    assert lean.read(raw) is None


@given(st.data())
def test_bent_bytes_are_read_as_pymarc_reads_them_or_left_to_it(data):
    raw = bytearray(REGULAR)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(LENGTH, len(raw) - 1))
        raw[at] = data.draw(st.integers(0, 255) | st.sampled_from(b"\x1d\x1e\x1f019a "))
    found = lean.read(bytes(raw))

    if found is not None:
        try:
            known = by_pymarc(bytes(raw))
        except (PymarcException, ValueError, LookupError) as error:
            raise AssertionError("pymarc reads nothing there") from error
        assert as_told(found) == known
