"""The lines of the CSV files that a catalogue is fed with; see docs/reference/feeds.md."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

Key = Annotated[str, Meta(min_length=1, max_length=100)]
Word = Annotated[str, Meta(max_length=200)]
Count = Annotated[int, Meta(ge=0, le=2_147_483_647)]
"""What an integer column of either database holds."""
PATRON_KIND = "^[a-z][a-z_]*$"
State = Literal["active", "blocked", "lost", "expired"]


class Kind(StrEnum):
    """What a file lists; in this order, as a later kind names what an earlier one brought."""

    ITEMS = "items"
    PATRONS = "patrons"
    CARDS = "cards"
    HOLDS = "holds"
    LOANS = "loans"


class Line(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line of a feed; what may be left out has a default."""


class ItemLine(Line, frozen=True, kw_only=True):
    """A copy."""

    item: Key
    title: Key
    branch: Key
    usage: Literal["circulating", "reference", "entitled"] = "circulating"
    tag: Word = ""
    shelf: Word = ""


class PatronLine(Line, frozen=True, kw_only=True):
    """A patron; *pin* is read only of who is new, and never written."""

    patron: Key
    name: Word = ""
    birth_year: Annotated[int, Meta(ge=0, le=9999)] = 0
    kind: Annotated[str, Meta(pattern=PATRON_KIND)] = "adult"
    state: State = "active"
    language: Word = "sv"
    municipality: Word = ""
    fees_ore: Count = 0
    entitled: bool = False
    pin: Word = ""
    pin_hash: Word = ""


class CardLine(Line, frozen=True, kw_only=True):
    """A loan card; without a *patron* it stands for one of its own."""

    card: Key
    patron: Word = ""
    state: State = "active"
    uid: Word = ""


class HoldLine(Line, frozen=True, kw_only=True):
    """Who waits for a title; *item* is the copy that is kept for them."""

    title: Key
    patron: Key
    branch: Key
    item: Word = ""
    state: Literal["waiting", "transit", "ready"] = "waiting"
    until: date | None = None


class LoanLine(Line, frozen=True, kw_only=True):
    """What is out, with whom, until when."""

    item: Key
    patron: Key
    due: date
    renewals: Count = 0


LINES: dict[Kind, type[Line]] = {
    Kind.ITEMS: ItemLine,
    Kind.PATRONS: PatronLine,
    Kind.CARDS: CardLine,
    Kind.HOLDS: HoldLine,
    Kind.LOANS: LoanLine,
}


def key_of(line: Line) -> str:
    """Return by what *line* is the same as another: its own number, or title and patron."""
    match line:
        case ItemLine() | LoanLine():
            return line.item
        case PatronLine():
            return line.patron
        case CardLine():
            return line.card
        case HoldLine():
            return f"{line.title}\t{line.patron}"
    raise AssertionError(line)
