"""How words are said is one list for the region."""

import pytest

from hub.catalogue import sayings
from hub.catalogue.sayings import Wrong
from hub.catalogue.shelf_data import region_material


@pytest.fixture
def db(engine):
    with engine.begin() as db:
        yield db


def told(db):
    return [(one.written, one.said, one.language) for one in sayings.every(db)]


def test_the_last_word_about_something_stands(db):
    assert sayings.keep(db, " Jo  Nesbø ", "Jo Nesbö", "") is None
    assert sayings.keep(db, "Jo Nesbø", "Ju Nesbö", "") is None
    assert sayings.keep(db, "Jo Nesbø", "Yo Nesber", "en") is None

    assert told(db) == [("Jo Nesbø", "Ju Nesbö", ""), ("Jo Nesbø", "Yo Nesber", "en")]


@pytest.mark.parametrize(
    ("given", "what"),
    [
        (("", "x", ""), "written"),
        (("...", "x", ""), "written"),
        (("x" * 121, "x", ""), "written"),
        (("x", "", ""), "said"),
        (("x", "[[hɛj]]", ""), "said"),
        (("x", "<break/>", ""), "said"),
        (("x", "x" * 121, ""), "said"),
        (("x", "x", "tlh"), "language"),
    ],
)
def test_what_cannot_be_said_is_refused_and_nothing_is_lost(db, given, what):
    sayings.keep(db, "Åre", "Åår", "")

    assert sayings.keep(db, *given) == Wrong(what)
    assert told(db) == [("Åre", "Åår", "")]


def test_what_is_taken_away_is_said_as_it_is_written(db):
    sayings.keep(db, "Åre", "Åår", "")
    sayings.drop(db, int(sayings.every(db)[0].id))

    assert told(db) == []


def test_a_full_list_takes_no_more(db, monkeypatch):
    monkeypatch.setattr(sayings, "SAYINGS_MAX", 1)
    sayings.keep(db, "Åre", "Åår", "")

    assert sayings.keep(db, "Umeå", "Ume", "") == Wrong("many")
    assert sayings.keep(db, "Åre", "Åre", "") is None


def test_every_shelf_has_them(engine):
    with engine.begin() as db:
        sayings.keep(db, "Åre", "Åår", "")

    assert [one.said for one in region_material(engine).sayings] == ["Åår"]
