"""A list of titles is its owner's, once each, and has an end."""

import pytest

from hub import my_list


@pytest.fixture
def db(rig):
    with rig.engine.begin() as db:
        yield db


def test_the_newest_is_the_first_and_nothing_stands_twice(db):
    for at_ms, title in enumerate(["a", "b", "a"]):
        assert my_list.keep(db, "anna", title, at_ms)

    assert my_list.of(db, "anna") == ["b", "a"]
    assert my_list.of(db, "bo") == []


def test_what_is_taken_off_is_gone(db):
    my_list.keep(db, "anna", "a", 1)
    my_list.drop(db, "anna", "a")
    my_list.drop(db, "anna", "never there")

    assert my_list.of(db, "anna") == []


def test_a_full_list_takes_no_more_and_loses_nothing(db):
    for number in range(my_list.TITLES_MAX):
        my_list.keep(db, "anna", f"{number:03}", number)

    assert not my_list.keep(db, "anna", "one more", 1000)
    assert my_list.keep(db, "anna", "000", 1000)
    assert len(my_list.of(db, "anna")) == my_list.TITLES_MAX
