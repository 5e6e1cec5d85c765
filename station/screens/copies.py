"""Where the copies of a title are, as it is seen and heard."""

from circulation.phrases.numbers import Ui
from circulation.phrases.texts import Phrase, number, phrase
from station.events import CopiesAnswered

NEAR_MAX = 3
"""How many libraries are told of without being asked for."""


def copies(answer: CopiesAnswered, ui: Ui) -> tuple[Phrase, ...]:
    """Return each library with how many copies are in, and how many wait."""
    if not answer.places:
        return (phrase(ui, "browse.nowhere"),)
    return _places(answer, ui, len(answer.places))


def whereabouts(answer: CopiesAnswered, ui: Ui) -> tuple[Phrase, ...]:
    """Return the same of the nearest few; what nobody lends is not spoken of."""
    return _places(answer, ui, NEAR_MAX) if answer.places else ()


def _places(answer: CopiesAnswered, ui: Ui, places_max: int) -> tuple[Phrase, ...]:
    places = tuple(
        phrase(
            ui,
            "browse.in_one" if each.copies_in else "browse.in_none",
            branch=each.branch,
            copies=number(each.copies_in, ui, "ett"),
        )
        for each in answer.places[:places_max]
    )
    many = {0: "none", 1: "one"}.get(answer.waiting, "many")
    waiting = phrase(ui, f"browse.waiting_{many}", waiting=number(answer.waiting, ui))
    return (*places, waiting)
