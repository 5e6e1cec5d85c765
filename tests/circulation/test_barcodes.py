"""What a scanned text is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circulation.barcodes import Kind, Numbers, Scanned, isbn13, read

OURS = Numbers()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("30000001", Scanned(Kind.ITEM, "30000001")),
        ("20000001", Scanned(Kind.CARD, "20000001")),
        ("*30000001*", Scanned(Kind.ITEM, "30000001")),
        ("]C130000001", Scanned(Kind.ITEM, "30000001")),
        ("9789129688313", Scanned(Kind.ISBN, "9789129688313")),
        ("978-91-29-68831-3", Scanned(Kind.ISBN, "9789129688313")),
        ("0306406152", Scanned(Kind.ISBN, "9780306406157")),
        ("080442957X", Scanned(Kind.ISBN, "9780804429573")),
        ("9789129688314", Scanned(Kind.UNREADABLE)),
        ("A31234000123453B", Scanned(Kind.ITEM, "31234000123453")),
        ("21234000123455", Scanned(Kind.CARD, "21234000123455")),
        ("31234000123454", Scanned(Kind.UNREADABLE)),
        ("  30000001\r", Scanned(Kind.ITEM, "30000001")),
        ("hej", Scanned(Kind.UNKNOWN)),
        ("", Scanned(Kind.UNKNOWN)),
        ("3" * 200, Scanned(Kind.UNKNOWN)),
        ("３0000001", Scanned(Kind.UNKNOWN)),
    ],
)
def test_a_text_is_known_for_what_it_is(text, said):
    assert read(text, OURS) == said


@given(st.text(max_size=80))
def test_any_text_has_an_answer(text):
    said = read(text, OURS)

    assert bool(said.number) == (said.kind in {Kind.ITEM, Kind.CARD, Kind.ISBN})


@given(st.from_regex(r"97[89][0-9]{9}", fullmatch=True), st.integers(0, 12), st.integers(1, 9))
def test_one_digit_read_wrongly_is_never_another_book(body, at, off):
    whole = next(body + str(n) for n in range(10) if read(body + str(n), OURS).kind is Kind.ISBN)
    wrong = whole[:at] + str((int(whole[at]) + off) % 10) + whole[at + 1 :]

    assert read(wrong, OURS).kind is not Kind.ISBN


@given(st.from_regex(r"[0-9]{9}", fullmatch=True))
def test_ten_digits_become_thirteen_that_hold(body):
    assert read(isbn13(f"{body}0"), OURS).kind is Kind.ISBN


def test_a_region_says_how_its_numbers_look():
    ours = Numbers(item="UMB[0-9]{4}", card="L[0-9]{4}")

    assert read("UMB1234", ours) == Scanned(Kind.ITEM, "UMB1234")
    assert read("L1234", ours) == Scanned(Kind.CARD, "L1234")
    assert read("30000001", ours) == Scanned(Kind.UNKNOWN)
