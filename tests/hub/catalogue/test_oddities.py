"""Odd records of the kinds that real catalogues send; each has a clear answer."""

import io

import pymarc
import pytest

from hub.catalogue.marc import BrokenRecord, Record, read_records
from tests.hub.catalogue.records import iso2709, record


def read(data):
    return list(read_records(io.BytesIO(data), "iso2709"))


def only(data):
    (found,) = read(data)
    return found


def marc8(title):
    """Return a record whose leader says MARC-8, with the bytes *title*."""
    made = record("n1", "x" * len(title))
    raw = bytearray(iso2709(made).replace(b"x" * len(title), title))
    raw[9] = 0x20
    return bytes(raw)


@pytest.mark.parametrize(
    ("ansel", "words"),
    [
        # Accents stand before their letters (ANSEL); some letters have a byte of their own.
        (b"\xe8Alvens \xe8oar", "Älvens öar"),
        (b"Brev fr\xe2an \xe2Ivar", "Brev frán Ívar"),
        (b"\xeaAr och \xeaal", "År och ål"),
        (b"K\xb2benhavn, \xb5gir", "København, ægir"),
    ],
)
def test_a_record_in_marc_8_is_read_as_letters_and_kept_as_it_came(ansel, words):
    raw = marc8(ansel)

    found = only(raw)

    assert (found.fields["245"]["a"], found.raw) == (words, raw)


def test_a_record_that_says_marc_8_and_is_utf_8_is_named_and_not_guessed():
    found = only(marc8("Åäö".encode()))

    assert isinstance(found, BrokenRecord)
    assert found.reason.startswith("says MARC-8 (leader 09) and is UTF-8")
    assert found.control_number == "n1"


@pytest.mark.parametrize("address", [b"     ", b"00abc", b"99999"])
def test_a_leader_whose_base_address_is_none_is_named(address):
    raw = bytearray(iso2709(record("n1")))
    raw[12:17] = address

    found = only(bytes(raw))

    assert isinstance(found, BrokenRecord)
    assert found.number == 1
    assert found.reason


def test_blanks_where_a_leader_says_nothing_do_no_harm():
    raw = bytearray(iso2709(record("n1")))
    raw[17:20] = b"   "

    assert isinstance(only(bytes(raw)), Record)


def test_a_field_without_subfields_is_no_reason_to_lose_the_record():
    made = record("n1")
    made.add_field(pymarc.Field(tag="500", indicators=pymarc.Indicators(" ", " "), subfields=[]))

    assert only(iso2709(made)).control_number == "n1"


def test_the_same_control_number_twice_in_one_record_is_its_first():
    made = record("n1")
    made.add_field(pymarc.Field(tag="001", data="n2"))

    assert only(iso2709(made)).control_number == "n1"


def test_of_two_records_run_together_the_torn_one_is_named_and_the_others_are_read():
    torn = iso2709(record("n1"))[:-1] + iso2709(record("n2"))

    found = read(torn + iso2709(record("n3")))

    assert [type(each) for each in found] == [BrokenRecord, Record, Record]
    assert [each.control_number for each in found] == ["n1", "n2", "n3"]


@pytest.mark.parametrize("many", [0, 1, 2, 7])
def test_a_byte_too_many_or_few_in_the_length_is_named(many):
    raw = bytearray(iso2709(record("n1"), record("n2")))
    said = int(raw[:5]) + many
    raw[:5] = b"%05d" % said

    first, second = read(bytes(raw))

    assert isinstance(first, BrokenRecord) == bool(many)
    assert second.control_number == "n2"


@pytest.mark.filterwarnings("ignore::pymarc.exceptions.BadSubfieldCodeWarning")
def test_whatever_byte_is_wrong_the_record_is_read_or_named_and_the_next_is_read():
    good = iso2709(record("n1", "Ån", f100a="Öberg, Åsa", f650a="Natur"))
    for at in range(len(good) - 1):
        for wrong in (0x00, 0x20, 0x41, 0xFF):
            data = bytearray(good + iso2709(record("n2")))
            data[at] = wrong

            *found, last = read(bytes(data))

            assert len(found) == 1, at
            assert last.control_number == "n2"
