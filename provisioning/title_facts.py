"""The facts of the example region's titles, as a librarian keeps them in titles.toml."""

from pathlib import Path
from typing import Literal

from msgspec import Struct

from circulation import settings

REGION = Path(__file__).parent / "umearegionen"

Source = Literal["libris", "known", "example"]
Kind = Literal["book", "talking_book", "audiobook", "film", "music", "game", "periodical", "ebook"]


class Contributor(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who read it in, drew or translated it; *role* is MARC's relator code."""

    name: str
    role: Literal["nrt", "ill", "trl", "drt"]


class TitleFacts(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is known of one title; what is not known for certain is not there."""

    id: str
    source: Source
    kind: Kind
    language: str
    original: str = ""
    """Language it was translated from."""
    children: bool = False
    title: str
    subtitle: str = ""
    parallel: str = ""
    part: str = ""
    part_name: str = ""
    nonfiling: int = 0
    """How many letters of *title* an index leaves out: 4 for `Den `."""
    responsibility: str = ""
    author: str = ""
    """Surname first, as an index has it."""
    year: int | None = None
    isbn: list[str] = []
    pages: int = 0
    minutes: int = 0
    age_limit: int = 0
    contributors: list[Contributor] = []
    summary: str = ""


class _Titles(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    title: list[TitleFacts]


def read(path: Path) -> list[TitleFacts]:
    """Return the titles in *path*; what is wrong is a `ConfigError` that says where."""
    return settings.load(path, _Titles).title


def name_as_said(name: str) -> str:
    """Return *name* with the surname last."""
    surname, comma, given = name.partition(", ")
    return f"{given} {surname}" if comma else name
