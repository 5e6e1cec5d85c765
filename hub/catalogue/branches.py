"""The region's libraries as the catalogue keeps them: hours, timetable, rules."""

from datetime import date
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, String, bindparam, cast, select

from circulation.messages import ShelfBranch, ShelfHours
from hub.catalogue import tables
from hub.prepared import Prepared

_OF = tables.branch.c
_BRANCH = Prepared(
    select(
        _OF.code,
        _OF.name,
        _OF.municipality,
        cast(_OF.details, String).label("details"),
        _OF.floating,
    ).where(_OF.code == bindparam("of"))
)


class Stop(Struct, frozen=True, kw_only=True):
    """A place where the Bookmobile stops; *weeks* is `every`, `odd` or `even`."""

    place: str
    weekday: int
    opens: int
    closes: int
    weeks: str = "every"


class Details(Struct, frozen=True, kw_only=True):
    """What a branch's row holds as one document."""

    telephone: str
    drop: str
    drop_en: str
    loan_days: int
    closed_days: list[date]
    hours: list[ShelfHours]
    stops: list[Stop]


class Municipality(Struct, frozen=True, kw_only=True):
    """Who runs libraries, and asks for a PIN or not."""

    code: str
    name: str
    pin_to_borrow: bool
    pin_offline: str


class Branch(Struct, frozen=True, kw_only=True):
    """One library."""

    code: str
    name: str
    municipality: str
    floating: bool
    details: Details


def branches(db: Connection) -> list[Branch]:
    """Return every library, by municipality and name."""
    order = (tables.branch.c.municipality, tables.branch.c.name)
    rows = db.execute(select(tables.branch).order_by(*order))
    return [msgspec.convert(row, Branch, from_attributes=True) for row in rows]


@lru_cache(maxsize=256)
def _as_branch(row: Any) -> Branch:
    """Return the library in *row*; one that says the same is not made twice."""
    known = msgspec.json.decode(row.details, type=Details)
    return Branch(**{**row._asdict(), "details": known})


def branch(db: Connection, code: str) -> Branch | None:
    """Return the library called *code*."""
    row = _BRANCH.first(db, {"of": code})
    return _as_branch(row) if row else None


def on_shelf(home: Branch, municipality: str) -> ShelfBranch:
    """Return *home*, of the municipality so called, as a station knows it."""
    details = home.details
    return ShelfBranch(
        code=home.code,
        name=home.name,
        municipality=municipality,
        telephone=details.telephone,
        drop=details.drop,
        drop_en=details.drop_en,
        hours=details.hours,
        closed_days=details.closed_days,
        loan_days=details.loan_days,
    )


def municipalities(db: Connection) -> dict[str, Municipality]:
    """Return every municipality by its code."""
    rows = db.execute(select(tables.municipality))
    return {row.code: msgspec.convert(row, Municipality, from_attributes=True) for row in rows}
