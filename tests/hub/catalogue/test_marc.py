import io
import re
import tracemalloc

import pytest

from hub.catalogue.marc import BrokenRecord, kind_of, read_records
from tests.hub.catalogue.records import iso2709, marcxml, record


def read(data):
    return list(read_records(io.BytesIO(data), kind_of(data)))


def outcome(found):
    return [(one.number, one.control_number, getattr(one, "reason", "whole")) for one in found]


@pytest.mark.parametrize("written", [iso2709, marcxml])
def test_every_record_of_a_file_is_read_in_order(written):
    data = written(*(record(f"n{number}", "Åns ö") for number in range(300)))

    found = read(data)

    assert [one.control_number for one in found] == [f"n{number}" for number in range(300)]
    assert found[7].fields["245"]["a"] == "Åns ö"


@pytest.mark.parametrize("written", [iso2709, marcxml])
def test_a_record_is_kept_whole_and_can_be_read_again(written):
    (first,) = read(written(record("n1", f100a="Öberg, Åsa")))

    (again,) = read(first.raw)

    assert again.fields["100"]["a"] == "Öberg, Åsa"


def test_a_record_with_a_wrong_length_is_named_and_the_rest_goes_in():
    data = bytearray(iso2709(record("n1"), record("n2"), record("n3")))
    second = data.index(b"\x1d") + 1
    data[second : second + 5] = b"00042"

    assert outcome(read(bytes(data))) == [
        (1, "n1", "whole"),
        (2, "n2", f"says that it has 42 bytes and has {len(iso2709(record('n2')))}"),
        (3, "n3", "whole"),
    ]


def test_a_record_that_begins_with_rubbish_is_named_and_the_rest_goes_in():
    found = read(iso2709(record("n1")) + b"rubbish\x1d" + iso2709(record("n3")))

    assert outcome(found)[1:] == [
        (2, "", "does not begin with its length but with 'rubbi'"),
        (3, "n3", "whole"),
    ]


@pytest.mark.parametrize("lost", [1, 40, 100])
def test_a_record_torn_off_at_its_end_does_not_take_the_next_with_it(lost):
    one, two, three = (iso2709(record(f"n{number}", "Ett" * 30)) for number in (1, 2, 3))

    first, torn, last = read(one + two[:-lost] + three)

    assert (first.control_number, last.control_number) == ("n1", "n3")
    assert (torn.number, torn.control_number) == (2, "n2")
    assert torn.reason == "ends before its record terminator"


def test_words_that_look_like_a_beginning_do_not_break_a_record_in_two():
    data = bytearray(iso2709(record("n1", "Boken 00050nam a22000009"), record("n2")))
    data[:5] = b"00042"

    assert [one[:2] for one in outcome(read(bytes(data)))] == [(1, "n1"), (2, "n2")]


def test_a_directory_with_letters_for_figures_is_named_where_it_is():
    whole = iso2709(record("n1"), record("n2"))

    broken, good = read(whole[:36] + b"2450xyz00000" + whole[48:])

    assert broken.reason == "its directory cannot be read at '2450xyz00000'"
    assert good.control_number == "n2"


def test_a_file_that_ends_in_a_record_says_so():
    whole = iso2709(record("n1"), record("n2"))

    assert outcome(read(whole[:-9]))[1] == (2, "n2", "ends before its record terminator")


def test_a_directory_that_points_nowhere_is_named():
    data = bytearray(iso2709(record("n1"), record("n2")))
    data[24 + 12 + 3 : 24 + 12 + 12] = b"xxxxxxxxx"

    first, second = read(bytes(data))

    assert isinstance(first, BrokenRecord)
    assert (first.control_number, second.control_number) == ("n1", "n2")


def test_letters_that_are_not_utf8_are_named_and_never_guessed():
    data = iso2709(record("n1", "Ann"), record("n2")).replace(b"Ann", b"\xe5\xe4\xf6")

    assert outcome(read(data))[0][2].startswith("not utf-8")


def test_a_file_without_any_terminator_ends_in_one_named_record():
    assert outcome(read(b"0" * 5_000_000))[0][2] == "ends before its record terminator"


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (record(""), "no control number (001)"),
        (record("n1", ""), "no title (245)"),
        (record("n1", "  "), "no title (245)"),
    ],
)
def test_a_record_without_number_or_title_cannot_be_used(made, reason):
    assert outcome(read(iso2709(made)))[0][2] == reason


def test_an_authority_record_is_no_title():
    made = record("n1")
    made.leader = "00000nz  a2200000n  4500"

    assert outcome(read(iso2709(made)))[0][2] == "not a bibliographic record"


def test_line_ends_between_records_do_no_harm():
    data = iso2709(record("n1")) + b"\r\n" + iso2709(record("n2")) + b"\n"

    assert [one.control_number for one in read(data)] == ["n1", "n2"]


def test_a_torn_element_is_named_and_the_rest_goes_in():
    data = marcxml(record("n1"), record("n2"), record("n3"))
    second_end = data.index(b"</record>", data.index(b"n2"))

    torn = read(data[:second_end] + data[second_end + 9 :])

    assert outcome(torn) == [
        (1, "n1", "whole"),
        (2, "n2", "ends before its record does"),
        (3, "n3", "whole"),
    ]


def test_an_ill_formed_element_is_named_and_the_rest_goes_in():
    data = marcxml(record("n1"), record("n2")).replace(b"n1</controlfield>", b"n1</field>", 1)

    first, second = read(data)

    assert "mismatched tag" in first.reason
    assert (first.control_number, second.control_number) == ("n1", "n2")


def test_elements_with_a_prefix_are_read():
    plain = marcxml(record("p1", "Med prefix")).replace(b"xmlns=", b"xmlns:marc=")
    data = re.sub(rb"<(/?)(?=[a-z])", rb"<\1marc:", plain)
    assert b"<marc:leader>" in data

    (found,) = read(data)

    assert found.fields["245"]["a"] == "Med prefix"


class Endless:
    """A stream of 20 MB in which no record ever ends."""

    def __init__(self):
        self.blocks = 320

    def read(self, size):
        self.blocks -= 1
        return b"0" * size if self.blocks >= 0 else b""


@pytest.mark.parametrize(("kind", "bytes_max"), [("iso2709", 1 << 20), ("marcxml", 20 << 20)])
def test_a_file_of_rubbish_is_not_kept_in_memory(kind, bytes_max):
    tracemalloc.start()
    list(read_records(Endless(), kind))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < bytes_max
