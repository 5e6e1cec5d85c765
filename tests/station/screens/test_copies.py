from circulation.messages import CopiesHere
from station.events import CopiesAnswered
from station.screens.copies import NEAR_MAX, copies, whereabouts


def answer(libraries, waiting=0):
    places = tuple(CopiesHere(branch=f"B{n}", copies=1, copies_in=n % 2) for n in range(libraries))
    return CopiesAnswered(ask=1, known=True, places=places, waiting=waiting)


def said(phrases):
    return [each.said for each in phrases]


def test_each_library_is_told_and_how_many_wait():
    assert said(copies(answer(2, waiting=1), "sv")) == [
        "B0: utlånad.",
        "B1: ett inne.",
        "En står i kö.",
    ]
    assert said(copies(answer(1), "en")) == ["B0: on loan.", "Nobody waits."]


def test_without_being_asked_for_only_the_nearest_few_are_told():
    assert len(whereabouts(answer(9), "sv")) == NEAR_MAX + 1


def test_what_nobody_lends_is_told_to_whoever_asks_and_not_otherwise():
    assert said(copies(answer(0), "sv")) == ["Det finns inget exemplar att låna."]
    assert whereabouts(answer(0), "sv") == ()
