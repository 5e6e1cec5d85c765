"""The spoken menu: what is in its lists follows from the catalogue, its words from librarians."""

from datetime import date

import msgspec
import pytest
from sqlalchemy import insert, update

from circulation.messages import ShelfTitle
from hub.catalogue import menu, menu_editing, tables
from hub.catalogue.menu import Place
from tests.hub.catalogue.cast import enter_title


@pytest.fixture
def db(engine):
    with engine.begin() as db:
        yield db


def talking(db, id_, *, author="", subjects=(), audience="", shelf="Hc", branch="VIN"):
    title = ShelfTitle(id=id_, title=f"Titel {id_}", author=author, kind="talking_book")
    enter_title(db, id_, title)
    mine = tables.title.c.control_number == id_
    told = {"subjects": list(subjects), "audience": audience}
    db.execute(update(tables.title).where(mine).values(told))
    row = {"id": f"B-{id_}", "title": id_, "branch": branch, "shelf": shelf}
    db.execute(insert(tables.item).values(row))


def region(db):
    return {place.id: place for place in menu.of_region(db)}


def test_the_defaults_are_a_tree_with_words_in_both_languages():
    places = {place.id: place for place in menu.defaults()}

    assert len(places) == len(menu.defaults())
    for place in places.values():
        assert place.name
        assert place.name_en
        assert place.parent in {"", *places}
        assert bool(place.source) != bool(place.text and place.text_en)


def test_the_newest_talking_book_is_the_first_of_the_new(db):
    talking(db, "a")
    talking(db, "b")

    assert region(db)["new"].titles == ["b", "a"]


def test_what_nobody_can_hold_is_in_no_list(db):
    enter_title(db, "x", ShelfTitle(id="x", title="X", kind="talking_book"))

    assert region(db)["new"].titles == []


def test_talking_books_are_listed_by_subject_and_author_in_the_alphabet(db):
    talking(db, "a", author="Åsa Öberg", subjects=["Skärgård"])
    talking(db, "b", author="Anna Ek", subjects=["Deckare", "Skärgård"])

    lists = region(db)

    assert [p.name for p in lists.values() if p.parent == "subjects"] == ["Deckare", "Skärgård"]
    assert lists["subjects:Skärgård"].titles == ["b", "a"]
    assert [p.name for p in lists.values() if p.parent == "authors"] == ["Anna Ek", "Åsa Öberg"]


@pytest.mark.parametrize(
    ("audience", "listed"), [("j", True), ("a", True), ("e", False), ("", False)]
)
def test_what_is_for_children_is_what_the_record_says(db, audience, listed):
    talking(db, "a", audience=audience)

    assert (region(db)["children"].titles == ["a"]) is listed


def test_every_library_has_its_hours_and_ones_own_is_first(db):
    places = region(db)
    own = {place.id: place for place in menu.of_branch(db, "VIN")}

    assert {p.branch.code for p in places.values() if p.parent == "hours"} >= {"VIN"}
    assert own["hours:VIN"].order == 0
    assert min(p.order for p in places.values() if p.parent == "hours") == 1


def test_the_shelves_are_those_of_the_branch(db):
    talking(db, "a", shelf="Uf")

    shelves = {p.name: p.titles for p in menu.of_branch(db, "VIN") if p.parent == "here"}

    assert shelves["Uf"] == ["a"]
    assert sorted(shelves) == ["Hc", "Uf"]
    assert "here" not in region(db)


def test_a_list_has_an_end(db):
    for number in range(menu.TITLES_MAX + 5):
        talking(db, f"a{number:04}")

    assert len(region(db)["new"].titles) == menu.TITLES_MAX


def save(db, *places):
    for order, place in enumerate(places):
        row = {"id": place.id, "order": order, "body": msgspec.to_builtins(place)}
        db.execute(insert(tables.menu_place).values(row))


def test_what_librarians_have_changed_stands_and_the_rest_follows(db):
    tips = menu.Place(id="picks", source="picks", name="Vi gillar", picks=["t-novel", "t-none"])
    hidden = menu.Place(id="new", source="new", name="Nytt", shown=False)
    save(db, tips, hidden)

    places = menu.of_region(db)

    assert (places[0].name, places[0].titles) == ("Vi gillar", ["t-novel"])
    assert "new" not in {place.id for place in places}
    assert "subjects" in {place.id for place in places}


def test_events_are_heard_where_they_are_by_the_order_of_their_days(db):
    here = Place(id="own-1", parent="events", name="Högläsning", day=date(2026, 12, 10),
                 minutes=1110, branch="VIN")  # fmt: skip
    everywhere = Place(id="own-2", parent="events", name="Bokrea", day=date(2026, 12, 3))
    menu_editing.keep(db, [*menu.defaults(), here, everywhere])

    at = {
        branch: [each for each in (*menu.of_region(db), *menu.of_branch(db, branch))
                 if each.parent == "events"]
        for branch in ("VIN", "BJU")
    }  # fmt: skip

    ordered = sorted(at["VIN"], key=lambda each: each.order)
    assert [(each.name, each.day, each.minutes) for each in ordered] == [
        ("Bokrea", date(2026, 12, 3), None),
        ("Högläsning", date(2026, 12, 10), 1110),
    ]
    assert [each.name for each in at["BJU"]] == ["Bokrea"]
