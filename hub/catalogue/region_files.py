"""The files a region is described in, read strictly: what is wrong is said with file and line."""

import csv
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from circulation import settings
from circulation.errors import ConfigError
from circulation.messages import ShelfHours
from circulation.storable import HAS_UNSTORABLE, unstorable
from hub.catalogue.branches import Details, Municipality, Stop

R = TypeVar("R", bound=Struct)
State = Literal["active", "blocked", "lost", "expired"]


class _Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class MunicipalitySettings(_Settings, frozen=True, kw_only=True):
    """A `[[municipality]]`."""

    code: str
    name: str
    pin_to_borrow: bool
    pin_offline: Literal["waive", "refuse"]


class HoursSettings(_Settings, frozen=True, kw_only=True):
    """A `[[branch.hours]]`: *weekday* 0 is Monday, times are `HH:MM`."""

    weekday: int
    opens: str
    closes: str
    staffed: bool


class StopSettings(_Settings, frozen=True, kw_only=True, rename={"opens": "from", "closes": "to"}):
    """A `[[branch.stop]]` of the Bookmobile; *weeks* is `every`, `odd` or `even`."""

    place: str
    weekday: int
    opens: str
    closes: str
    weeks: Literal["every", "odd", "even"] = "every"


class BranchSettings(_Settings, frozen=True, kw_only=True):
    """A `[[branch]]`."""

    code: str
    name: str
    municipality: str
    telephone: str
    drop: str
    drop_en: str
    floating: bool
    loan_days: int
    closed_days: list[date] = msgspec.field(default_factory=list)
    hours: list[HoursSettings] = msgspec.field(default_factory=list)
    stop: list[StopSettings] = msgspec.field(default_factory=list)


class RegionSettings(_Settings, frozen=True, kw_only=True):
    """A whole `region.toml`."""

    name: str
    municipality: list[MunicipalitySettings]
    branch: list[BranchSettings]


class ItemRow(_Settings, frozen=True, kw_only=True):
    """A line of `items.csv`."""

    item: str
    title: str
    branch: str
    usage: Literal["circulating", "reference", "entitled"]
    """`entitled`: a talking book made under the exception in the copyright law."""
    tag: str
    shelf: str


class PatronRow(_Settings, frozen=True, kw_only=True):
    """A line of `patrons.csv`."""

    patron: str
    name: str
    birth_year: int
    kind: Annotated[str, Meta(pattern="^[a-z][a-z_]*$")]
    """`adult`, `child`, or another that the circulation rules name."""
    state: State
    pin: str
    language: str
    municipality: str
    fees_ore: int
    entitled: bool = False
    """To talking books made under the exception in the copyright law."""


class CardRow(_Settings, frozen=True, kw_only=True):
    """A line of `cards.csv`."""

    card: str
    patron: str
    state: State
    uid: str


class HoldRow(_Settings, frozen=True, kw_only=True):
    """A line of `holds.csv`; *item* is empty while it waits."""

    title: str
    patron: str
    branch: str
    item: str
    state: Literal["waiting", "ready"]


class LoanRow(_Settings, frozen=True, kw_only=True):
    """A line of `loans.csv`."""

    item: str
    patron: str
    due_in_days: int


class SignRow(_Settings, frozen=True, kw_only=True):
    """A line of `signs.csv`."""

    sign: str
    tag: str
    branch: str
    text: str
    text_en: str


def read_region(path: Path) -> RegionSettings:
    """Return the region described in *path*."""
    region = settings.load(path, RegionSettings)
    known = {one.code for one in region.municipality}
    for branch in region.branch:
        if branch.municipality not in known:
            where = f"{path}: branch {branch.code}"
            raise ConfigError(f"{where}: there is no municipality {branch.municipality!r}")
        try:
            details(branch)
        except ValueError as error:
            raise ConfigError(f"{path}: branch {branch.code}: {error}") from error
    return region


def municipality(told: MunicipalitySettings) -> Municipality:
    """Return *told* as the catalogue keeps it."""
    return msgspec.convert(told, Municipality, from_attributes=True)


def details(branch: BranchSettings) -> Details:
    """Return what the catalogue keeps of *branch* as one document."""
    return Details(
        telephone=branch.telephone,
        drop=branch.drop,
        drop_en=branch.drop_en,
        loan_days=branch.loan_days,
        closed_days=branch.closed_days,
        hours=[
            ShelfHours(
                weekday=_weekday(one.weekday),
                opens=_minutes(one.opens),
                closes=_minutes(one.closes),
                staffed=one.staffed,
            )
            for one in branch.hours
        ],
        stops=[
            Stop(
                place=one.place,
                weekday=_weekday(one.weekday),
                opens=_minutes(one.opens),
                closes=_minutes(one.closes),
                weeks=one.weeks,
            )
            for one in branch.stop
        ],
    )


def _weekday(number: int) -> int:
    if number not in range(7):
        raise ValueError(f"weekday {number}; 0 is Monday and 6 is Sunday")
    return number


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    if not (hours.isdecimal() and minutes.isdecimal() and int(minutes) < 60 and int(hours) <= 24):
        raise ValueError(f"the time {clock!r}; write it as HH:MM")
    return int(hours) * 60 + int(minutes)


def read_rows(path: Path, kind: type[R]) -> list[R]:
    """Return the lines of *path*, which need not be there."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.DictReader(file, strict=True)
        try:
            return [msgspec.convert(_whole(line), kind, strict=False) for line in lines]
        except (msgspec.ValidationError, csv.Error, ValueError) as error:
            raise ConfigError(f"{path}:{lines.line_num}: {error}") from error


def _whole(line: dict[str, str]) -> dict[str, str]:
    if None in line or None in line.values():
        raise ValueError("not as many fields as the first line names")
    if name := next((name for name, value in line.items() if unstorable(value)), ""):
        raise ValueError(f"`{name}` {HAS_UNSTORABLE}")
    return line
