"""Who might have borrowed what, worked out once more and more simply than the product does."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from hub.catalogue import tables as catalogue
from hub.reconcile import CATALOGUE, Happening, Kind, reconcile
from tests.hub.catalogue.cast import CARDS, PATRONS
from tests.hub.catalogue.cast import ITEMS as TITLE_OF
from tests.worlds.hub import LOANS_MAX

if TYPE_CHECKING:
    from tests.worlds.world import World

Lives = dict[str, list[Happening]]


def broken_rules(world: "World", told: Lives, cards: dict[str, str]) -> Iterator[str]:
    """Yield the keys of what is against a rule; *cards* are those shown, by `place`."""
    with world.hub.engine.connect() as db:
        log = db.execute(
            select(catalogue.standing_event).order_by(catalogue.standing_event.c.version)
        ).all()
    staff = [row for row in log if row.posting is None]
    lives = {item: list(reconcile(life).merged) for item, life in told.items() if item in TITLE_OF}
    for item, life in lives.items():
        for loan in _loans(life):
            if _unasked(loan) and not _good(cards[place(loan)], loan.rank, staff):
                yield f"patron_blocked:{item}:{place(loan)}"
    yield from _too_many(lives)
    for title in {title for title, _ in TITLE_OF.values()}:
        copies = {item: life for item, life in lives.items() if TITLE_OF[item][0] == title}
        yield from _queue([row for row in staff if row.title == title], copies)


def place(event: Happening) -> str:
    return f"{event.station}:{event.epoch}:{event.seq}"


def _unasked(loan: Happening) -> bool:
    return loan.station != CATALOGUE and loan.told in ("checkout", "offline")


def _loans(life: list[Happening]) -> Iterator[Happening]:
    """Yield the loans by which the book changed hands."""
    who = None
    for event in life:
        if event.kind is Kind.LOAN and event.patron and event.patron != who:
            yield event
            who = event.patron
        elif event.kind is Kind.RETURN:
            who = None


def _good(card: str, at_ms: int, log: list[Any]) -> bool:
    """Begin with the cast, and do as staff did."""
    patron, plastic = CARDS[card]
    states = {"person": PATRONS[patron][2] == "active", "card": plastic == "active"}
    for row in log:
        if row.at_ms <= at_ms:
            if row.change in ("blocked", "lifted") and row.patron == patron:
                states["person"] = row.change == "lifted"
            if row.change in ("lost", "found") and row.card == card:
                states["card"] = row.change == "found"
    return all(states.values())


def _too_many(lives: Lives) -> Iterator[str]:
    out: dict[str, list[tuple[Any, str, Happening]]] = {}
    for item, life in lives.items():
        holder = reconcile(life).holder
        if holder is not None:
            loan = list(_loans(life))[-1]
            out.setdefault(holder.patron, []).append((loan.order, item, loan))
    for loans in out.values():
        for _, item, loan in sorted(loans, key=lambda each: each[:2])[LOANS_MAX:]:
            if _unasked(loan):
                yield f"over_limit:{item}:{place(loan)}"


@dataclass
class _Hold:
    number: int
    patron: str
    item: str | None = None
    brought: Happening | None = None


@dataclass
class _Shelf:
    holds: list[_Hold] = field(default_factory=list)

    def first(self) -> _Hold | None:
        return min(
            (each for each in self.holds if each.item is None),
            key=lambda each: each.number,
            default=None,
        )

    def of(self, patron: str) -> _Hold | None:
        return next((each for each in self.holds if each.patron == patron), None)

    def ends(self, patron: str) -> None:
        if (hold := self.of(patron)) is None:
            return
        self.holds.remove(hold)
        if hold.item is not None and (heir := self.first()) is not None:
            heir.item, heir.brought = hold.item, hold.brought

    def kept_for(self, item: str) -> str:
        kept = next((each for each in self.holds if each.item == item), self.first())
        return kept.patron if kept else ""

    def comes_back(self, item: str, event: Happening) -> None:
        first = self.first()
        if first is not None and item not in {each.item for each in self.holds}:
            first.item = item
            first.brought = event if event.station != CATALOGUE else None

    def free(self, item: str) -> None:
        for each in self.holds:
            if each.item == item:
                each.item = each.brought = None


def _queue(log: list[Any], copies: Lives) -> Iterator[str]:
    shelf, who = _Shelf(), dict.fromkeys(copies, "")
    for item, event in _by_time(log, copies):
        if item is None:
            _staff(shelf, event)
        elif event.kind is Kind.RETURN:
            who[item] = ""
            shelf.comes_back(item, event)
        elif event.kind is Kind.LOAN and event.patron and event.patron != who[item]:
            if _unasked(event) and shelf.kept_for(item) not in ("", event.patron):
                yield f"lent_over_hold:{item}:{place(event)}"
            who[item] = event.patron
            shelf.free(item)
            shelf.ends(event.patron)
    for hold in shelf.holds:
        if hold.brought is not None:
            yield f"trap_for_hold:{hold.item}:{place(hold.brought)}"


def _staff(shelf: _Shelf, row: Any) -> None:
    if row.change == "placed":
        shelf.ends(row.patron)
        shelf.holds.append(_Hold(row.version, row.patron))
    elif row.change == "cancelled":
        shelf.ends(row.patron)
    elif row.change == "trapped" and (hold := shelf.of(row.patron)) is not None:
        if hold.item != row.item:
            number = hold.number
            shelf.ends(row.patron)
            hold = _Hold(number, row.patron)
            shelf.holds.append(hold)
        shelf.free(row.item)
        hold.item, hold.brought = row.item, None


def _by_time(log: list[Any], copies: Lives) -> Iterator[tuple[str | None, Any]]:
    """Yield what happened, the earliest first; what has no sure time waits for nothing later."""
    left = {item: list(life) for item, life in copies.items()}
    staff = sorted(log, key=lambda row: (row.at_ms, row.version))
    while staff or any(left.values()):
        heads = [(_when(life), item) for item, life in left.items() if life]
        if staff and (not heads or staff[0].at_ms <= min(heads)[0]):
            yield None, staff.pop(0)
        else:
            _, item = min(heads)
            yield item, left[item].pop(0)


def _when(life: list[Happening]) -> int:
    """Return when the first of *life* was, at the latest."""
    at_ms = life[0].rank
    for before, after in itertools.pairwise(life):
        if before.trusted:
            break
        at_ms = min(at_ms, after.rank)
    return at_ms
