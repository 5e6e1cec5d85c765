"""Key codes to text."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.scanner.device import RECORD
from station.scanner.keys import EV_KEY, GAP_MS, TEXT_LETTERS_MAX, KeyText
from tests.station.scanner.typing import typed

LETTERS = string.ascii_letters + string.digits + "-=[];'`\\,./!@#$%^&*()_+{}:\"~|<>? "


def texts(records: bytes, into: KeyText | None = None) -> list[str]:
    into = into or KeyText()
    done = []
    for seconds, micros, type_, code, value in RECORD.iter_unpack(records):
        if type_ == EV_KEY:
            done += into.key(code, value, seconds * 1000 + micros // 1000)
    return done


@given(st.text(LETTERS, min_size=1, max_size=30))
def test_what_a_scanner_types_is_what_it_read(text):
    assert texts(typed(text)) == [text]


@pytest.mark.parametrize("end", [28, 96, 15], ids=["enter", "enter of the pad", "tab"])
def test_a_text_ends_as_the_scanner_is_set(end):
    assert texts(typed("30000001", end=end)) == ["30000001"]


def test_a_scanner_that_presses_nothing_in_the_end_is_understood_after_a_pause():
    into = KeyText()
    assert texts(typed("30000001", end=None), into) == []

    assert into.pause(1_000 + 60) == []
    assert into.pause(10_000) == ["30000001"]
    assert into.pause(20_000) == []


def test_two_numbers_with_a_pause_between_are_two():
    records = typed("30000001", end=None) + typed("30000002", at_ms=1_000 + 2 * GAP_MS)

    assert texts(records) == ["30000001", "30000002"]


def test_a_key_that_is_held_down_is_typed_once():
    repeat = RECORD.pack(1, 0, EV_KEY, 2, 1) + RECORD.pack(1, 1000, EV_KEY, 2, 2) * 5

    assert texts(repeat + typed("", at_ms=1_050)) == ["1"]


def test_a_cat_on_the_keys_is_no_number():
    into = KeyText()

    assert texts(typed("a" * (TEXT_LETTERS_MAX + 1)), into) == []
    assert into.discarded == 1
    assert texts(typed("30000001", at_ms=9_000), into) == ["30000001"]


@given(st.lists(st.tuples(st.integers(0, 767), st.integers(0, 2), st.integers(0, 10_000))))
def test_any_keys_at_all_are_borne(keys):
    into = KeyText()
    for code, value, at_ms in keys:
        assert all(0 < len(text) <= TEXT_LETTERS_MAX for text in into.key(code, value, at_ms))
