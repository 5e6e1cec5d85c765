"""The region's libraries as the catalogue keeps them: hours, timetable, rules."""

from datetime import date

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, bindparam, select

from circulation.messages import ShelfBranch, ShelfHours
from hub.catalogue import tables

# Made once, as it is asked for each loan: see `rows`.
_BRANCH = select(tables.branch).where(tables.branch.c.code == bindparam("of"))


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


def branch(db: Connection, code: str) -> Branch | None:
    """Return the library called *code*."""
    row = db.execute(_BRANCH, {"of": code}).first()
    return msgspec.convert(row, Branch, from_attributes=True) if row else None


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
