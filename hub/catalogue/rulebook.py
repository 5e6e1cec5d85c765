"""A region's circulation rules as the catalogue keeps them, and as a file says them."""

import difflib
import hashlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select

from circulation import settings
from circulation.errors import ConfigError
from hub.catalogue import branches, log, tables
from hub.catalogue.log import Write
from hub.catalogue.policy import Copy
from hub.catalogue.port import StandingChange
from hub.catalogue.terms import Rule, RuleBook, Terms
from hub.catalogue.upsert import enter_or_replace
from hub.prepared import Prepared

_ONLY = 1
_MISPLACED = {
    "region": "`loans` and `holds` are for the whole region; leave out `branch`, or leave them out",
    "titles": "`holds` is for titles of every kind",
}
_BODY = Prepared(
    select(tables.circulation_rules.c.body).where(tables.circulation_rules.c.number == _ONLY)
)


class RulesFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole `rules.toml`."""

    rule: list[Rule] = []


def read(path: Path) -> list[Rule]:
    """Return the rules in *path*; one that cannot hold is a `ConfigError` that says which."""
    rules = settings.load(path, RulesFile).rule
    for number, rule in enumerate(rules, start=1):
        if wrong := misplaced(rule):
            raise ConfigError(f"{path}: rule {number}: {_MISPLACED[wrong]}")
    return rules


def misplaced(rule: Rule) -> str:
    """Return what *rule* says where it cannot, empty for nothing.

    `region`: a limit of loans or holds for one library; `titles`: one of holds for one kind.
    """
    if rule.branch and (rule.loans is not None or rule.holds is not None):
        return "region"
    return "titles" if rule.item_kind and rule.holds is not None else ""


def keep(db: Connection, rules: Iterable[Rule], write: Write) -> None:
    """Let *rules* hold from now on, and no others; a library that is not there is refused."""
    told = list(rules)
    known = {each.code for each in branches.branches(db)}
    for number, rule in enumerate(told, start=1):
        if rule.branch and rule.branch not in known:
            near = difflib.get_close_matches(rule.branch, sorted(known), n=1)
            meant = f"; did you mean {near[0]!r}?" if near else ""
            raise ConfigError(f"rule {number}: there is no library {rule.branch!r}{meant}")
    body = msgspec.json.encode(told).decode()
    if body == _body(db):
        return
    enter_or_replace(db, tables.circulation_rules, "number", [{"number": _ONLY, "body": body}])
    log.note(db, StandingChange.RULED, write)


def mark(db: Connection) -> str:
    """Return what tells the rules that hold now from any others."""
    return hashlib.sha256(_body(db).encode()).hexdigest()


def of(db: Connection, after: tuple[Rule, ...] = ()) -> RuleBook:
    """Return the rules that hold, and those *after* them."""
    return _book(_body(db), after)


def _body(db: Connection) -> str:
    return _BODY.scalar(db) or "[]"


@lru_cache(maxsize=32)
def _book(body: str, after: tuple[Rule, ...]) -> RuleBook:
    return RuleBook((*msgspec.json.decode(body, type=list[Rule]), *after))


def terms_of(db: Connection, book: RuleBook, copy: Copy, patron_kind: str) -> Terms:
    """Return what *book* says of *copy* and patrons of *patron_kind*; empty: of any patron."""
    home = branches.branch(db, copy.branch)
    assert home is not None, "an item without a branch"
    return book.terms(
        item_kind=copy.kind,
        patron_kind=patron_kind,
        branch=copy.branch,
        loan_days=home.details.loan_days,
    )
