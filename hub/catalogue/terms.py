"""Which terms hold for a loan: a region's rules by item kind, patron kind and library, pure.

Of the rules that fit, the one that names most decides each term by itself; of those that name
equally much, the later. See docs/howto/set-circulation-rules.md.
"""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

ItemKind = Literal[
    "",
    "book",
    "talking_book",
    "recording",
    "film",
    "music",
    "sheet_music",
    "periodical",
    "ebook",
    "eaudiobook",
    "other",
]
"""What a record can be, as `circulation.phrases.kinds` says; empty for all of them."""
Days = Annotated[int, Meta(ge=1, le=3660)]
Count = Annotated[int, Meta(ge=0, le=100_000)]


class Rule(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A `[[rule]]`: for what it holds, empty for all, and what it says; None: nothing."""

    item_kind: ItemKind = ""
    patron_kind: str = ""
    branch: str = ""
    """The library that the copy belongs to; for `pickup_days` the one where it is fetched."""
    loan_days: Days | None = None
    halved_at: Count | None = None
    """From how many who wait a loan is half as long; 0 never."""
    renewals: Count | None = None
    loans: Count | None = None
    """How many loans somebody may have; with an item kind: of that kind."""
    holds: Count | None = None
    age: Count | None = None
    """The age in whole years, by the year of birth, from which it is lent."""
    pickup_days: Days | None = None
    """How long a copy is kept for who waited."""
    offline: bool | None = None
    """Whether it is lent where nobody can be asked."""


class Terms(Struct, frozen=True, kw_only=True):
    """What holds for one kind of copy and patron at one library."""

    loan_days: int
    halved_at: int
    renewals: int
    loans: int
    kind_loans: int | None = None
    """How many of this kind of copy; None: as many as of any."""
    holds: int
    age: int
    pickup_days: int
    offline: bool


BUILT_IN = (
    Rule(
        loan_days=28,
        halved_at=3,
        renewals=3,
        loans=30,
        holds=50,
        age=0,
        pickup_days=7,
        offline=True,
    ),
    Rule(item_kind="film", age=15),
)
"""What holds where a region says nothing else; its own rules come after."""


class RuleBook:
    """A region's rules, looked up by what they are asked for."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        """Lay *rules* upon the built-in ones."""
        self.rules = tuple(rules)
        self._known: dict[tuple[str, str, str, int | None], Terms] = {}

    def terms(
        self,
        *,
        item_kind: str = "",
        patron_kind: str = "",
        branch: str = "",
        loan_days: int | None = None,
    ) -> Terms:
        """Return what holds; *loan_days* is the library's own, where no rule of it is set."""
        asked = (item_kind, patron_kind, branch, loan_days)
        if asked not in self._known:
            self._known[asked] = self._decided(*asked)
        return self._known[asked]

    def _decided(
        self, item_kind: str, patron_kind: str, branch: str, loan_days: int | None
    ) -> Terms:
        said: dict[str, Any] = {}
        rules = (*BUILT_IN, Rule(loan_days=loan_days), *self.rules)
        # Sorting keeps the order of those that name equally much: the later has the last word.
        for rule in sorted(rules, key=_named):
            if _fits(rule, item_kind, patron_kind, branch):
                said |= _says(rule)
        return Terms(**said)


def _fits(rule: Rule, item_kind: str, patron_kind: str, branch: str) -> bool:
    told = ((rule.item_kind, item_kind), (rule.patron_kind, patron_kind), (rule.branch, branch))
    return all(named in {"", asked} for named, asked in told)


def _named(rule: Rule) -> int:
    return sum(map(bool, (rule.item_kind, rule.patron_kind, rule.branch)))


def _says(rule: Rule) -> dict[str, Any]:
    said = {
        name: value
        for name in rule.__struct_fields__
        if name not in {"item_kind", "patron_kind", "branch"}
        and (value := getattr(rule, name)) is not None
    }
    if rule.item_kind and "loans" in said:
        said["kind_loans"] = said.pop("loans")
    return said
