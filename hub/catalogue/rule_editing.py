"""Circulation rules changed by a librarian: a form becomes a rule, and what it would change."""

import re
from collections.abc import Iterable, Mapping
from itertools import product
from typing import get_args

import msgspec
from msgspec import Struct
from sqlalchemy import Connection

from circulation.errors import ConfigError
from hub.catalogue import branches, patrons, rulebook
from hub.catalogue.feeds.lines import PATRON_KIND
from hub.catalogue.log import Write
from hub.catalogue.terms import ItemKind, Rule, RuleBook, Terms

ITEM_KINDS = tuple(kind for kind in get_args(ItemKind) if kind)
NUMBERS = ("loan_days", "halved_at", "renewals", "loans", "holds", "age", "pickup_days")
DIGITS_MAX = 6
_KIND = re.compile(PATRON_KIND)
_YES_OR_NO = {"yes": True, "no": False}
Case = tuple[tuple[str, ...], ...]
"""Kinds of copies, kinds of patrons and libraries."""
Value = int | bool | None
Others = tuple[tuple[str, Value, Value], ...]


class WrongRule(Struct, frozen=True):
    """What is wrong with a rule: *what*, and the form's field that it is about."""

    what: str
    """`number`, `kind`, `branch`, `empty`, `same`, `region`, `titles` or `meanwhile`."""
    field: str = ""


class Choices(Struct, frozen=True, kw_only=True):
    """For what a rule can be, and how long each library lends by itself."""

    patron_kinds: list[str]
    libraries: list[branches.Branch]


class Changed(Struct, frozen=True, kw_only=True):
    """Terms that would be others, and for what; an empty list is for all there are."""

    item_kinds: list[str]
    patron_kinds: list[str]
    libraries: list[str]
    terms: list[tuple[str, Value, Value]]
    """What each is called, is now, and would be."""


def typed(form: Mapping[str, str]) -> Rule | WrongRule:
    """Return the rule that *form* has, or the first thing that is wrong with it."""
    said: dict[str, object] = {}
    for name in NUMBERS:
        text = form.get(name, "").strip()
        if not text:
            continue
        number = _number(text)
        if number is None or not _holds({name: number}):
            return WrongRule("number", name)
        said[name] = number
    if form.get("offline") in _YES_OR_NO:
        said["offline"] = _YES_OR_NO[form["offline"]]
    if not said:
        return WrongRule("empty", "loan_days")
    whom = {name: form.get(name, "").strip() for name in ("item_kind", "patron_kind", "branch")}
    if not _holds({"item_kind": whom["item_kind"]}):
        return WrongRule("kind", "item_kind")
    if whom["patron_kind"] and not _KIND.fullmatch(whom["patron_kind"]):
        return WrongRule("kind", "patron_kind")
    rule = msgspec.convert(said | whom, Rule)
    misplaced = rulebook.misplaced(rule)
    return WrongRule(misplaced, "branch" if rule.branch else "item_kind") if misplaced else rule


def _number(text: str) -> int | None:
    fits = text.isascii() and text.isdecimal() and len(text) <= DIGITS_MAX
    return int(text) if fits else None


def _holds(said: Mapping[str, object]) -> bool:
    try:
        msgspec.convert(said, Rule)
    except msgspec.ValidationError:
        return False
    return True


def edited(rules: Iterable[Rule], number: int | None, rule: Rule | None) -> list[Rule] | WrongRule:
    """Return *rules* with *rule* in the place of the one with *number*, from 0, or last.

    Without a *rule* the one with *number* is taken away. Two rules for the same would leave it to
    their order which one holds: that is refused.
    """
    kept = list(rules)
    others = [each for place, each in enumerate(kept) if place != number]
    if rule is None:
        return others
    if any(_for_whom(each) == _for_whom(rule) for each in others):
        return WrongRule("same", "item_kind")
    if number is None:
        return [*kept, rule]
    return [rule if place == number else each for place, each in enumerate(kept)]


def _for_whom(rule: Rule) -> tuple[str, str, str]:
    return rule.item_kind, rule.patron_kind, rule.branch


def choices(db: Connection) -> Choices:
    """Return for what a rule can be: patrons' kinds, those that rules name too, and libraries."""
    kinds = patrons.kinds(db)
    named = {rule.patron_kind for rule in rulebook.of(db).rules if rule.patron_kind}
    return Choices(
        patron_kinds=[*kinds, *sorted(named - set(kinds))], libraries=branches.branches(db)
    )


def keep(db: Connection, seen: str, rules: list[Rule], write: Write) -> WrongRule | None:
    """Let *rules* hold, unless others hold now than the ones with the mark *seen*."""
    if rulebook.mark(db) != seen:
        return WrongRule("meanwhile")
    try:
        rulebook.keep(db, rules, write)
    except ConfigError:
        return WrongRule("branch", "branch")
    return None


def changes(before: Iterable[Rule], after: Iterable[Rule], among: Choices) -> list[Changed]:
    """Return what of all that can be lent to anybody would have other terms, alike ones together.

    What is alike for several kinds of copies, kinds of patrons or libraries is told once.
    """
    old, new = RuleBook(before), RuleBook(after)
    found: dict[Case, Others] = {}
    for kind, patron, home in product(ITEM_KINDS, among.patron_kinds, among.libraries):
        asked = {"item_kind": kind, "patron_kind": patron, "branch": home.code}
        days = home.details.loan_days
        others = _others(old.terms(**asked, loan_days=days), new.terms(**asked, loan_days=days))
        if others:
            found[(kind,), (patron,), (home.code,)] = others
    for axis in (2, 1, 0):
        found = _together(found, axis)
    codes = [each.code for each in among.libraries]
    return [
        Changed(
            item_kinds=_some(kinds, ITEM_KINDS),
            patron_kinds=_some(people, among.patron_kinds),
            libraries=_some(places, codes),
            terms=list(others),
        )
        for (kinds, people, places), others in found.items()
    ]


def _others(old: Terms, new: Terms) -> Others:
    return tuple(
        (name, getattr(old, name), getattr(new, name))
        for name in old.__struct_fields__
        if getattr(old, name) != getattr(new, name)
    )


def _together(found: Mapping[Case, Others], axis: int) -> dict[Case, Others]:
    """Return *found* with what is alike but for *axis* as one case."""
    alike: dict[tuple[Case, Case, Others], tuple[str, ...]] = {}
    for case, others in found.items():
        rest = (case[:axis], case[axis + 1 :], others)
        alike[rest] = alike.get(rest, ()) + case[axis]
    return {(*head, both, *tail): others for (head, tail, others), both in alike.items()}


def _some(named: tuple[str, ...], every: Iterable[str]) -> list[str]:
    return [] if set(named) == set(every) else list(named)
