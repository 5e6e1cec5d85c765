"""Whether two numbers may be one, though systems write them differently."""

import pytest

from hub.sip2 import numbers


@pytest.mark.parametrize("told", ["0012a", " 0012A ", "12A", "000000012a"])
def test_numbers_are_alike_but_for_spaces_letter_case_and_zeros_before_them(told):
    assert numbers.alike(told, "0012A")
    assert numbers.meant(told, {"0012A", "0012B"}) == "0012A"


@pytest.mark.parametrize("told", ["12A0", "0012B", "1012A", "", "0", "00 12A"])
def test_any_other_number_is_another(told):
    assert not numbers.alike(told, "0012A")
    assert numbers.meant(told, {"0012A"}) is None


def test_nothing_but_zeros_is_only_itself():
    assert not numbers.alike("0", "00")
    assert numbers.alike("00 ", "00")
    assert numbers.spellings("00") == ["00"]


def test_a_number_that_is_known_as_it_was_told_is_meant_though_others_are_alike():
    assert numbers.meant("12", {"12", "012"}) == "12"


def test_of_several_that_are_alike_none_is_meant():
    assert numbers.meant("12", {"0012", "012"}) is None


def test_a_number_is_not_written_longer_than_numbers_are():
    assert max(map(len, numbers.spellings("12A"))) == numbers.LENGTH_MAX
    long = "7" * 64
    assert numbers.spellings(long) == [long]
