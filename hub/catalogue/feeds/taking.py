"""A feed is taken: read, compared, checked, and its differences kept in one transaction."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from msgspec import Struct, structs
from sqlalchemy import Connection, Engine, select

from circulation.errors import ConfigError
from hub.catalogue import accepted, tables
from hub.catalogue.answering import writing
from hub.catalogue.feeds import keeping, lending
from hub.catalogue.feeds.difference import difference, filled_in, shrinks_too_much
from hub.catalogue.feeds.lines import Kind, Line
from hub.catalogue.feeds.reading import Told, Wrong, read
from hub.catalogue.log import Write
from hub.catalogue.upsert import enter_or_replace


class Observed(Struct, frozen=True, kw_only=True):
    """What came of a list of what is out elsewhere."""

    changes: int
    gone: int
    """How many of what was known to be out are in by it."""
    known: int


Observe = Callable[[Connection, Mapping[str, Line], bool, int], Observed]
"""Keeps what is out as another system lists it."""


class Report(Struct, frozen=True, kw_only=True):
    """What came of a feed."""

    kind: Kind
    read: int = 0
    new: int = 0
    changed: int = 0
    gone: int = 0
    same: int = 0
    wrong: list[Wrong] = []
    kept: list[str] = []
    """What is gone from the list and stays all the same, as something hangs on it."""


class Asked(Struct, frozen=True, kw_only=True):
    """How a feed is to be taken."""

    kind: Kind
    whole: bool
    """What is not in it is no more."""
    made_ms: int
    """When it was made, UTC milliseconds."""
    dry_run: bool = False
    anyway: bool = False
    """Though much is gone."""


def take(
    engine: Engine, path: Path, asked: Asked, *, now_ms: int, observe: Observe | None = None
) -> Report:
    """Take the feed in *path*: all of what is right in it, or, where it must be asked, nothing.

    *observe* is given where another system lends: then its list of loans is what it is told,
    and holds are its own. Without it the embedded catalogue does not let a list end a loan.
    """
    if asked.whole and asked.kind in {Kind.HOLDS, Kind.LOANS} and observe is None:
        raise ConfigError(
            f"{path}: this catalogue keeps its own {asked.kind}: a list of them adds to what it "
            "has and ends nothing; leave out --whole"
        )
    taking = _Taking(path, asked, Write(posting=None, at_ms=now_ms), observe)
    told = read(path, asked.kind)
    if asked.kind is Kind.PATRONS and not asked.dry_run:
        # Before the transaction: a hash is slow by intention, and the whole hub would wait.
        lines = keeping.with_hashes(engine, cast("Any", told.lines))
        told = structs.replace(told, lines=dict(lines))
    with writing(engine) as db:
        report = taking.take(db, told)
        if asked.dry_run:
            db.rollback()
    return report


class _Taking(Struct, frozen=True):
    """One feed under way."""

    path: Path
    asked: Asked
    write: Write
    observe: Observe | None

    def take(self, db: Connection, told: Told) -> Report:
        elsewhere = self.asked.kind is Kind.LOANS and self.observe is not None
        own = self.observe is None
        lines, unfit = (told.lines, []) if elsewhere else _fit(db, told, self.asked.kind, own=own)
        wrong = sorted([*told.wrong, *unfit], key=lambda each: each.number)
        # A line that cannot be read may be about what seems to be gone.
        whole = self.asked.whole and not wrong
        if self.asked.kind is Kind.LOANS and self.observe is not None:
            seen = self.observe(db, lines, whole, self.asked.made_ms)
            self._not_torn(seen.gone, seen.known)
            report = self._report(changed=seen.changes)
        else:
            report = self._kept(db, lines, told.names, whole=whole)
        report = structs.replace(report, read=len(told.lines), wrong=wrong)
        self._overtake(db, lines)
        self._remember(db, report)
        return report

    def _kept(
        self, db: Connection, lines: dict[str, Line], names: frozenset[str], *, whole: bool
    ) -> Report:
        kind = self.asked.kind
        known = _KNOWN[kind](db)
        said = filled_in(known, _comparable(kind, lines), names)
        found = difference(known, said, whole=whole)
        self._not_torn(len(found.gone), len(known))
        stay = list(_KEEP[kind](db, found, lines, self.write))
        return self._report(
            new=len(found.new),
            changed=len(found.changed),
            gone=len(found.gone) - len(stay),
            same=found.same,
            kept=stay,
        )

    def _not_torn(self, gone: int, known: int) -> None:
        if shrinks_too_much(gone, known) and not self.asked.anyway:
            raise ConfigError(
                f"{self.path}: {gone} of {known} {self.asked.kind} are not in it, so it may be "
                "torn; nothing was changed. If it is right, add --anyway"
            )

    def _overtake(self, db: Connection, lines: Mapping[str, Line]) -> None:
        if self.asked.kind is Kind.CARDS:
            accepted.overtake(db, self.asked.made_ms, cards=lines)
        elif self.asked.kind is Kind.PATRONS:
            accepted.overtake(db, self.asked.made_ms, patrons=lines)

    def _report(self, **said: Any) -> Report:
        return Report(**({"kind": self.asked.kind} | said))

    def _remember(self, db: Connection, report: Report) -> None:
        kept = tables.feed.c
        if not self.asked.whole and db.scalar(
            select(kept.whole).where(kept.kind == self.asked.kind.value)
        ):
            # Some lines more make what is known of all the others no younger.
            return
        row = {
            "kind": self.asked.kind.value,
            "made_ms": self.asked.made_ms,
            "taken_ms": self.write.at_ms,
            "lines": report.read,
            "wrong": len(report.wrong),
            "whole": self.asked.whole,
        }
        enter_or_replace(db, tables.feed, "kind", [row])


def _fit(
    db: Connection, told: Told, kind: Kind, *, own: bool
) -> tuple[dict[str, Line], list[Wrong]]:
    """Return the lines that can be kept, and what is wrong with the others."""
    lines: Any = keeping.with_patrons(cast("Any", told.lines)) if kind is Kind.CARDS else told.lines
    unfit = _UNFIT[kind](db, lines, own) if kind in _UNFIT else {}
    fit = {key: line for key, line in lines.items() if key not in unfit}
    return fit, [Wrong(told.numbers[key], reason) for key, reason in unfit.items()]


def _comparable(kind: Kind, lines: dict[str, Line]) -> Mapping[str, Line]:
    if kind is Kind.PATRONS:
        return cast("Mapping[str, Line]", keeping.without_pins(cast("Any", lines)))
    return lines


_KNOWN: dict[Kind, Callable[[Connection], Any]] = {
    Kind.ITEMS: keeping.items,
    Kind.PATRONS: keeping.patrons,
    Kind.CARDS: keeping.cards,
    Kind.HOLDS: lending.holds,
    Kind.LOANS: lending.loans,
}
_KEEP: dict[Kind, Callable[[Connection, Any, Any, Write], keeping.Kept]] = {
    Kind.ITEMS: lambda db, found, _, write: keeping.keep_items(db, found, write),
    Kind.PATRONS: keeping.keep_patrons,
    Kind.CARDS: lambda db, found, _, write: keeping.keep_cards(db, found, write),
    Kind.HOLDS: lambda db, found, _, write: lending.keep_holds(db, found, write),
    Kind.LOANS: lambda db, found, _, write: lending.keep_loans(db, found, write),
}
_UNFIT: dict[Kind, Callable[[Connection, Any, bool], dict[str, str]]] = {
    Kind.ITEMS: lambda db, lines, _: keeping.unfit_item(db, lines.values()),
    Kind.CARDS: lambda db, lines, _: keeping.unfit_card(db, lines.values()),
    Kind.HOLDS: lambda db, lines, own: lending.unfit_hold(db, lines, own=own),
    Kind.LOANS: lambda db, lines, _: lending.unfit_loan(db, lines.values()),
}
