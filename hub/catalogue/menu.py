"""The spoken menu: which places it has, and what is in their lists now."""

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from importlib.resources import files
from typing import Any

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection, select

from circulation.identifiers import BranchCode, TitleId
from circulation.messages import ShelfMenu
from hub.catalogue import branches, tables

TITLES_MAX = 200
LISTS_MAX = 200
"""How long a list may be that is heard one by one."""
CHILDREN = "abcj"
"""MARC 008/22: preschool to juvenile."""
HERE = "here"


class Place(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One place as librarians have it: its words, and where what is in it comes from."""

    id: str
    parent: str = ""
    source: str = ""
    name: str
    name_en: str = ""
    text: str = ""
    text_en: str = ""
    picks: list[str] = []
    """Control numbers, of a list that staff make themselves."""
    shown: bool = True
    calls: bool = False
    """Whoever opens it asks staff to come."""
    day: date | None = None
    """The day of an event."""
    minutes: int | None = None
    """When it begins, in minutes after midnight."""
    branch: str = ""
    """The one library where it is heard of; empty for all."""


class _Title(Struct, frozen=True):
    id: TitleId
    name: str
    author: str
    kind: str
    subjects: list[str]
    audience: str


def defaults() -> list[Place]:
    """Return the places as they are before anybody has changed them."""
    raw = files("hub.catalogue").joinpath("menu.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(raw)["place"], list[Place])


def places(db: Connection) -> list[Place]:
    """Return the places as librarians have them, in their order; those not shown too."""
    kept = db.execute(select(tables.menu_place).order_by(tables.menu_place.c.order)).all()
    known = {row.id: msgspec.convert(row.body, Place) for row in kept}
    # What a newer release brings stands last until somebody says where.
    return [*known.values(), *(each for each in defaults() if each.id not in known)]


def of_region(db: Connection) -> list[ShelfMenu]:
    """Return what every shelf has of the menu."""
    titles = [_title(row) for row in _held(db)]
    return [
        row
        for order, place in enumerate(_shown(db))
        if place.source != HERE and not place.branch
        for row in _rows(db, place, order, titles)
    ]


def of_branch(db: Connection, branch: BranchCode) -> list[ShelfMenu]:
    """Return what only the shelves of *branch* have: its own shelves, and its hours first."""
    found = []
    for order, place in enumerate(_shown(db)):
        if place.source == HERE:
            found += [_as_row(place, order), *_shelves(db, branch)]
        elif place.branch == branch:
            found.append(_as_row(place, order))
        elif place.source == "hours":
            found += [
                structs.replace(each, order=0)
                for each in _hours(db)
                if each.branch and each.branch.code == branch
            ]
    return found


def _shown(db: Connection) -> list[Place]:
    return [place for place in places(db) if place.shown]


def _rows(db: Connection, place: Place, order: int, titles: list[_Title]) -> Iterator[ShelfMenu]:
    talking = [title for title in titles if title.kind == "talking_book"]
    row = _as_row(place, order)
    match place.source:
        case "new":
            yield structs.replace(row, titles=_ids(talking))
        case "children":
            yield structs.replace(row, titles=_ids([t for t in talking if _is_childrens(t)]))
        case "picks":
            held = {title.id for title in titles}
            picked = [TitleId(each) for each in place.picks if TitleId(each) in held]
            yield structs.replace(row, titles=picked[:TITLES_MAX])
        case "subjects":
            yield row
            yield from _lists(place.id, _by_subject(talking))
        case "authors":
            yield row
            yield from _lists(place.id, _by_author(talking))
        case "hours":
            yield row
            yield from _hours(db)
        case _:
            yield row


def _as_row(place: Place, order: int) -> ShelfMenu:
    return ShelfMenu(
        id=place.id,
        parent=place.parent,
        order=order if place.day is None else _moment(place.day, place.minutes),
        name=place.name,
        name_en=place.name_en,
        text=place.text,
        text_en=place.text_en,
        calls=place.calls,
        day=place.day,
        minutes=place.minutes,
    )


def _moment(day: date, minutes: int | None) -> int:
    """Return what orders events by when they are."""
    return day.toordinal() * 24 * 60 + (minutes or 0)


def _lists(parent: str, named: dict[str, list[_Title]]) -> Iterator[ShelfMenu]:
    for order, name in enumerate(sorted(named, key=str.casefold)[:LISTS_MAX]):
        yield ShelfMenu(
            id=f"{parent}:{name}", parent=parent, order=order, name=name, titles=_ids(named[name])
        )


def _by_subject(titles: list[_Title]) -> dict[str, list[_Title]]:
    found: dict[str, list[_Title]] = defaultdict(list)
    for title in titles:
        for subject in title.subjects:
            found[subject].append(title)
    return found


def _by_author(titles: list[_Title]) -> dict[str, list[_Title]]:
    found: dict[str, list[_Title]] = defaultdict(list)
    for title in titles:
        if title.author:
            found[title.author].append(title)
    return found


def _is_childrens(title: _Title) -> bool:
    return title.audience in CHILDREN and bool(title.audience)


def _ids(titles: list[_Title]) -> list[TitleId]:
    return [title.id for title in titles[:TITLES_MAX]]


def _hours(db: Connection) -> list[ShelfMenu]:
    named = {each.code: each.name for each in branches.municipalities(db).values()}
    found = sorted(branches.branches(db), key=lambda each: each.name)
    return [
        ShelfMenu(
            id=f"hours:{each.code}",
            parent="hours",
            order=order,
            name=each.name,
            branch=branches.on_shelf(each, named.get(each.municipality, "")),
        )
        for order, each in enumerate(found, start=1)
    ]


def _shelves(db: Connection, branch: BranchCode) -> list[ShelfMenu]:
    item, title = tables.item.c, tables.title.c
    rows = db.execute(
        select(item.shelf, title.control_number)
        .select_from(tables.item.join(tables.title))
        .where(item.branch == branch, item.shelf != "")
        .order_by(title.sought_title, title.control_number)
    )
    found: dict[str, list[TitleId]] = defaultdict(list)
    for row in rows:
        if (number := TitleId(row.control_number)) not in found[row.shelf]:
            found[row.shelf].append(number)
    return [
        ShelfMenu(
            id=f"{HERE}:{name}",
            parent=HERE,
            order=order,
            name=name,
            titles=found[name][:TITLES_MAX],
        )
        for order, name in enumerate(sorted(found, key=str.casefold)[:LISTS_MAX])
    ]


def _held(db: Connection) -> Sequence[Any]:
    """Return the titles that somebody can hold in their hand, newest first."""
    title = tables.title.c
    held = select(title.control_number, title.shelf_title, title.subjects, title.audience).where(
        title.control_number.in_(select(tables.item.c.title))
    )
    return db.execute(held.order_by(title.number.desc())).all()


def _title(row: Any) -> _Title:
    told = row.shelf_title
    return _Title(
        id=TitleId(row.control_number),
        name=told.get("title", ""),
        author=told.get("author", ""),
        kind=told.get("kind", "book"),
        subjects=row.subjects,
        audience=row.audience,
    )
