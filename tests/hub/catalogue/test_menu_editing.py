"""A librarian's form becomes the menu, or says what is wrong and loses nothing."""

from datetime import date, timedelta

import pytest

from hub.catalogue import menu, menu_editing
from hub.catalogue.menu import Place
from hub.catalogue.menu_editing import (
    NAME_LETTERS_MAX,
    NEW,
    NEW_EVENT,
    TEXT_LETTERS_MAX,
    Known,
    Wrong,
    edited,
)

KNOWN = Known(title=lambda _: True, libraries=frozenset({"VIN"}))
PLACES = [
    Place(id="new", source="new", name="Nya talböcker", name_en="New talking books"),
    Place(id="picks", source="picks", name="Vi tipsar"),
    Place(id="services", source="places", name="Service"),
    Place(id="card", parent="services", name="Lånekort", text="Ta med legitimation."),
]


def form(**changed):
    """Return the form as it is sent when nothing but *changed* was touched."""
    fields = {}
    for order, place in enumerate(PLACES, start=1):
        fields |= {
            f"{place.id}:order": str(order),
            f"{place.id}:shown": "1",
            f"{place.id}:name": place.name,
            f"{place.id}:name_en": place.name_en,
            f"{place.id}:text": place.text,
            f"{place.id}:picks": "",
        }
    return fields | {key.replace("__", ":"): value for key, value in changed.items()}


def made(**changed):
    known = Known(title=lambda number: number.startswith("t-"), libraries=frozenset({"VIN"}))
    return edited(PLACES, form(**changed), known, LATER)


def test_a_form_that_nobody_touched_changes_nothing():
    assert made() == PLACES


def test_names_words_and_order_are_as_the_form_has_them():
    places = made(card__order="1", new__order="2", card__name=" Att  få kort ", card__text_en="Hi.")

    assert [place.id for place in places] == ["card", "new", "picks", "services"]
    assert (places[0].name, places[0].text_en) == ("Att få kort", "Hi.")


def test_what_is_not_ticked_is_not_shown():
    assert [place.shown for place in made(new__shown="")] == [False, True, True, True]


def test_picks_are_titles_that_there_are():
    assert made(picks__picks="t-1\r\nt-2")[1].picks == ["t-1", "t-2"]
    assert made(picks__picks="t-1 x-9") == Wrong("picks", "picks", "x-9")


def test_something_new_stands_under_the_services_with_an_id_of_its_own():
    new = {f"{NEW}:name": "Bokklubb", f"{NEW}:text": "På torsdagar."}
    places = edited(PLACES, form() | new, KNOWN, LATER)
    again = edited(places, form() | new, KNOWN, LATER)

    assert (places[-1].id, places[-1].parent, places[-1].text) == (
        "own-1", "services", "På torsdagar.",
    )  # fmt: skip
    assert places[-1].shown
    assert again == Wrong("own-1", "name")
    assert len({place.id for place in places}) == len(places)


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"new__name": "  "}, Wrong("new", "name")),
        ({"card__text": ""}, Wrong("card", "text", "Lånekort")),
        ({"card__text": "x" * (TEXT_LETTERS_MAX + 1)}, Wrong("card", "long", "Lånekort")),
        ({"new__name_en": "x" * (NAME_LETTERS_MAX + 1)}, Wrong("new", "long", "Nya talböcker")),
        ({f"{NEW}:name": "Klubb"}, Wrong(NEW, "text", "Klubb")),
    ],
)
def test_what_is_wrong_is_named(changed, wrong):
    assert made(**changed) == wrong


@pytest.mark.parametrize("order", ["", "minus", "-1", "999999999", "²"])
def test_an_order_that_is_no_number_leaves_a_place_where_it_is(order):
    assert [place.id for place in made(picks__order=order)] == [place.id for place in PLACES]


def test_what_is_kept_is_the_menu(engine):
    with engine.begin() as db:
        menu_editing.keep(db, PLACES)
        menu_editing.keep(db, PLACES)
        assert menu.places(db)[: len(PLACES)] == PLACES
        assert menu_editing.is_title(db, "t-novel")
        assert not menu_editing.is_title(db, "t-none")


LATER = date(2026, 12, 10)
EVENT = {
    f"{NEW_EVENT}:name": "Högläsning",
    f"{NEW_EVENT}:day": "2026-12-10",
    f"{NEW_EVENT}:time": "18.30",
    f"{NEW_EVENT}:branch": "VIN",
}


def with_event(**changed):
    return edited(PLACES, form() | EVENT | {f"{NEW_EVENT}:{key}": v for key, v in changed.items()},
                  KNOWN, LATER)  # fmt: skip


def test_an_event_has_a_day_a_time_and_a_library_and_stands_among_the_events():
    event = with_event()[-1]

    assert (event.parent, event.day, event.minutes) == ("events", LATER, 18 * 60 + 30)
    assert (event.branch, event.shown, event.text) == ("VIN", True, "")
    assert with_event(time="")[-1].minutes is None


@pytest.mark.parametrize(
    ("changed", "what"),
    [({"day": ""}, "day"), ({"day": "10/12"}, "day"), ({"time": "25.00"}, "time"),
     ({"time": "kvart över"}, "time"), ({"day": "2026-02-30"}, "day"),
     ({"day": "2026-12-09"}, "past"), ({"branch": "XX"}, "branch")],
)  # fmt: skip
def test_an_event_without_a_day_or_past_or_at_an_odd_time_or_nowhere_is_named(changed, what):
    wrong = with_event(**changed)

    assert isinstance(wrong, Wrong)
    assert (wrong.place, wrong.what) == (NEW_EVENT, what)


def test_an_event_may_be_at_every_library():
    assert with_event(branch="")[-1].branch == ""


def test_events_that_are_over_are_kept_no_longer():
    places = with_event()

    assert menu_editing.upcoming(places, LATER) == places
    assert menu_editing.upcoming(places, LATER + timedelta(days=1)) == PLACES
