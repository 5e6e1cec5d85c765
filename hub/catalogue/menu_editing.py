"""The spoken menu changed by a librarian: a form's fields become places, or say what is wrong."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from itertools import count

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection, delete, insert, select

from circulation.identifiers import TitleId
from hub.catalogue import tables
from hub.catalogue.menu import Place

NAME_LETTERS_MAX = 80
TEXT_LETTERS_MAX = 2000
PICKS_MAX = 200
ORDER_DIGITS_MAX = 6
OWN = "own-"
OWN_PARENT = "services"
NEW = "new-place"
"""The form's fields of a place that is not there yet begin so."""
EVENTS = "events"
NEW_EVENT = "new-event"
"""And those of an event."""
_TIME = re.compile(r"([01]?\d|2[0-3])[.:]([0-5]\d)")


class Known(Struct, frozen=True, kw_only=True):
    """What a form may name: *title* says of a control number whether there is such a title."""

    title: Callable[[TitleId], bool]
    libraries: Collection[str]
    """Their codes."""


class Wrong(Struct, frozen=True):
    """What is wrong: in which place's fields, *what*, and the words that it is about."""

    place: str
    what: str
    """`name`, `text`, `long`, `picks`, `day`, `past`, `time` or `branch`."""
    about: str = ""


def edited(
    places: list[Place],
    form: Mapping[str, str],
    known: Known,
    today: date,
) -> list[Place] | Wrong:
    """Return *places* as *form* has them, in its order, or the first thing that is wrong.

    A field is called by the place's id, a colon and its own name; titles and libraries are
    *known* ones. A new event that is over *today* is wrong: it would not be kept.
    """
    found: list[tuple[int, int, Place]] = []
    for number, (key, place) in enumerate(_with_new(places, form).items()):
        made = _edited(key, place, form, known)
        if isinstance(made, Wrong):
            return made
        if key == NEW_EVENT and upcoming([made], today) == []:
            return Wrong(key, "past", made.name)
        found.append((_order(form, key, number), number, made))
    return [place for _, _, place in sorted(found, key=lambda each: each[:2])]


def upcoming(places: list[Place], today: date) -> list[Place]:
    """Return *places* without events that are over *today*."""
    return [place for place in places if place.day is None or place.day >= today]


def keep(db: Connection, places: list[Place]) -> None:
    """Let *places* be the menu; stations get it with their next shelf."""
    db.execute(delete(tables.menu_place))
    for order, place in enumerate(places):
        row = {"id": place.id, "order": order, "body": msgspec.to_builtins(place)}
        db.execute(insert(tables.menu_place).values(row))


def is_title(db: Connection, number: TitleId) -> bool:
    """Return whether there is a title with the control number *number*."""
    known = tables.title.c.control_number
    return db.execute(select(known).where(known == number)).first() is not None


def _with_new(places: list[Place], form: Mapping[str, str]) -> dict[str, Place]:
    """Return *places* by what their fields are called, and the new one where one is named."""
    by_key = {place.id: place for place in places}
    numbers = (n for n in count(1) if f"{OWN}{n}" not in by_key)
    for key, parent in ((NEW, OWN_PARENT), (NEW_EVENT, EVENTS)):
        if form.get(f"{key}:name", "").strip():
            by_key[key] = Place(id=f"{OWN}{next(numbers)}", parent=parent, name="")
    return by_key


def _edited(key: str, place: Place, form: Mapping[str, str], known: Known) -> Place | Wrong:
    def field(name: str) -> str:
        return " ".join(form.get(f"{key}:{name}", "").split())

    name, text, text_en = field("name"), field("text"), field("text_en")
    if not name:
        return Wrong(key, "name")
    if max(len(name), len(field("name_en"))) > NAME_LETTERS_MAX:
        return Wrong(key, "long", name[:NAME_LETTERS_MAX])
    if max(len(text), len(text_en)) > TEXT_LETTERS_MAX:
        return Wrong(key, "long", name)
    if (place.text or key == NEW) and place.parent != EVENTS and not text:
        return Wrong(key, "text", name)
    when = _when_and_where(key, place, field, known.libraries)
    if isinstance(when, Wrong):
        return when
    day, minutes, branch = when
    picks = field("picks").split()
    unknown = [each for each in picks if not known.title(TitleId(each))]
    if unknown or len(picks) > PICKS_MAX:
        return Wrong(key, "picks", " ".join(unknown[:3]))
    return structs.replace(
        place,
        name=name,
        name_en=field("name_en"),
        text=text,
        text_en=text_en,
        picks=picks,
        shown=key in (NEW, NEW_EVENT) or bool(field("shown")),
        day=day,
        minutes=minutes,
        branch=branch,
    )


def _when_and_where(
    key: str, place: Place, field: Callable[[str], str], libraries: Collection[str]
) -> tuple[date | None, int | None, str] | Wrong:
    """Return the day of an event, its minute or None, and its library or "" for all."""
    if place.parent != EVENTS:
        return None, None, ""
    try:
        day = date.fromisoformat(field("day"))
    except ValueError:
        return Wrong(key, "day", field("name"))
    at = _TIME.fullmatch(field("time"))
    if field("time") and not at:
        return Wrong(key, "time", field("time")[:NAME_LETTERS_MAX])
    if field("branch") not in ("", *libraries):
        return Wrong(key, "branch", field("name"))
    return day, int(at[1]) * 60 + int(at[2]) if at else None, field("branch")


def _order(form: Mapping[str, str], key: str, number: int) -> int:
    typed = form.get(f"{key}:order", "").strip()
    return int(typed) if typed.isdecimal() and len(typed) < ORDER_DIGITS_MAX else number + 1
