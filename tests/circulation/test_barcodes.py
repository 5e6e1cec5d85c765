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


CHECKED = Numbers(code39_check=("item",))
LETTERED = Numbers(item="UMB[0-9]{4}", card="L[0-9A-Z]{4,8}", code39_check=("item", "card"))
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        # 3 + 1 = 4
        ("300000014", "30000001"),
        ("*300000014*", "30000001"),
        ("]A0300000014\r", "30000001"),
        ("]A1300000014", "30000001"),
        ("300000014 ", "30000001"),
        # 3 + 7 + 2 = 12, the value of C
        ("30000072C", "30000072"),
        # 3 + 9 + 9 + 9 + 6 = 36, of the hyphen
        ("39996000-", "39996000"),
        # 3 + 9 + 9 + 9 + 8 = 38, of the space
        ("39998000 ", "39998000"),
        ("*39998000 *\r", "39998000"),
        # 3 + 9 + 9 + 9 + 9 + 3 = 42, of the per cent sign
        ("39999300%", "39999300"),
        # 3 + 9 + 9 + 9 + 9 + 4 = 43, which is 0 again
        ("399994000", "39999400"),
        # 3 + 1 + 2 + 3 + 4 + 1 + 2 + 3 + 4 + 5 + 3 = 31, of V; its last digit holds as well (Luhn)
        ("31234000123453V", "31234000123453"),
    ],
)
def test_code_39s_own_check_character_is_checked_and_taken_off(text, number):
    assert read(text, CHECKED) == Scanned(Kind.ITEM, number)


def test_a_branch_that_names_no_check_character_has_none_taken_off():
    assert read("300000014", OURS) == Scanned(Kind.UNKNOWN)
    assert read("39998000 ", OURS) == Scanned(Kind.ITEM, "39998000")


def test_letters_count_with_their_values():
    # U = 30, M = 22, B = 11, and 1 + 2 + 3 + 4: 73 = 43 + 30, the value of U
    assert read("UMB1234U", LETTERED) == Scanned(Kind.ITEM, "UMB1234")
    # L = 21, A = 10, and 1 + 2 + 3: 37, the value of the full stop
    assert read("LA123.", LETTERED) == Scanned(Kind.CARD, "LA123")
    # L = 21, and 1 + 2 + 3 + 4: 31, of V; the number may be longer, so V alone tells
    assert read("L1234V", LETTERED) == Scanned(Kind.CARD, "L1234")
    # L = 21, and 9 + 9 + 9 + 8: 56 = 43 + 13, of D
    assert read("L9998D", LETTERED) == Scanned(Kind.CARD, "L9998")
    assert read("L9998E", LETTERED) == Scanned(Kind.UNREADABLE)


@pytest.mark.parametrize("check", ALPHABET)
def test_a_number_that_code_39_cannot_write_has_no_check_character(check):
    ours = Numbers(item="[a-z]{3}", code39_check=("item",))

    assert read(f"aaa{check}", ours) == Scanned(Kind.UNREADABLE)


def test_a_number_in_letters_that_codabar_begins_and_ends_with_stays_whole():
    ours = Numbers(item="A[0-9]{5}", code39_check=("item",))

    # A = 10, and 1: 11, the value of B
    assert read("A00001B", ours) == Scanned(Kind.ITEM, "A00001")


@pytest.mark.parametrize(
    "text",
    [
        "300000015",
        "30000001P",
        "30000001p",
        "30000001_",
        "]A0300000015",
        "30000001",
        "]A030000001",
        "31234000123454W",
        "39998000",
    ],
)
def test_a_wrong_or_missing_check_character_is_unreadable(text):
    assert read(text, CHECKED) == Scanned(Kind.UNREADABLE)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("20000001", Scanned(Kind.CARD, "20000001")),
        ("A21234000123455B", Scanned(Kind.CARD, "21234000123455")),
        ("]C130000001", Scanned(Kind.ITEM, "30000001")),
        ("]A330000001", Scanned(Kind.ITEM, "30000001")),
        ("]A730000001", Scanned(Kind.ITEM, "30000001")),
        ("9789129688313", Scanned(Kind.ISBN, "9789129688313")),
        ("978-91-29-68831-3", Scanned(Kind.ISBN, "9789129688313")),
        ("0306406152", Scanned(Kind.ISBN, "9780306406157")),
        ("hej", Scanned(Kind.UNKNOWN)),
        ("*", Scanned(Kind.UNKNOWN)),
        ("", Scanned(Kind.UNKNOWN)),
    ],
)
def test_labels_that_carry_no_such_character_are_read_as_ever(text, said):
    assert read(text, CHECKED) == said


@given(st.from_regex(r"3[0-9]{7}", fullmatch=True), st.integers(0, 8), st.sampled_from(ALPHABET))
def test_one_character_of_code_39_read_wrongly_is_never_another_item(body, at, letter):
    whole = next(
        body + check for check in ALPHABET if read(body + check, CHECKED).kind is Kind.ITEM
    )
    wrong = whole[:at] + letter + whole[at + 1 :]

    said = read(wrong, CHECKED)

    assert (said == Scanned(Kind.ITEM, body)) if wrong == whole else (said.kind is not Kind.ITEM)


@given(st.text(max_size=80))
def test_any_text_has_an_answer_with_check_characters_too(text):
    for ours in (CHECKED, LETTERED):
        said = read(text, ours)
        assert bool(said.number) == (said.kind in {Kind.ITEM, Kind.CARD, Kind.ISBN})
