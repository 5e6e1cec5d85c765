"""What broke a rule, for the desk: the pure rules, fed with what the catalogue's log says."""

from collections.abc import Iterable

from msgspec import Struct
from sqlalchemy import Connection

from circulation.identifiers import CardNumber, ItemId, PatronId, StationId
from hub import exceptions, rules, tokens
from hub.catalogue.port import Catalogue
from hub.exceptions import FOLD, HOLDS, LIMITS, Named
from hub.folding import Folding, Life
from hub.happenings import Told
from hub.reconcile import CATALOGUE, Exceptional, Happening


class Judged(Struct, frozen=True):
    """What *source* finds now about *items*, and nothing else any more."""

    source: str
    items: frozenset[ItemId]
    found: list[Named]


def named(
    item: ItemId, kind: str, event: Happening, *, source: str, card: CardNumber | None = None
) -> Named:
    """Return the exception that *event* caused, under a key that stays the same."""
    return Named(
        key=Exceptional(kind, event).key(item),
        kind=kind,
        source=source,
        station=StationId(event.station),
        epoch=event.epoch,
        seq=event.seq,
        at_ms=event.rank,
        item=item,
        card=card,
        told=event.told,
    )


class Judge:
    """Judges one item's facts, and those of others that they have a bearing on."""

    def __init__(self, catalogue: Catalogue, folding: Folding) -> None:
        """Judge by *catalogue*'s log; what *folding* says of other items is looked at too."""
        self._catalogue = catalogue
        self._folding = folding

    def judged(self, life: Life) -> list[Judged]:
        """Return all that is to stand on the desk after *life*."""
        late = [named(life.item, "too_late", each, source=FOLD) for each in life.told.late]
        own = [*self._of_fold(life), *self._blocked(life), *late]
        return [Judged(FOLD, frozenset({life.item}), own), *self._holds(life), *self._limits(life)]

    def _of_fold(self, life: Life) -> list[Named]:
        return [
            named(
                life.item,
                each.kind,
                each.happening,
                source=FOLD,
                card=_card(life.told, each.patron or each.happening.patron),
            )
            for each in life.folded.exceptions
            if each.happening.station != CATALOGUE
        ]

    def _blocked(self, life: Life) -> list[Named]:
        found = []
        for loan in filter(rules.unasked, rules.loans(life.folded.merged)):
            card = life.told.shown.get(loan.posting)
            past = self._catalogue.card_past(card) if card else None
            if past and not rules.was_good(past, loan.rank):
                found.append(named(life.item, "patron_blocked", loan, source=FOLD, card=card))
        return found

    def _holds(self, life: Life) -> list[Judged]:
        if life.holds is None:
            return []
        # Where nobody has ever waited there is nothing to look at, and copies are many.
        copies = life.holds.copies if life.holds.log else [life.item]
        lives = {copy: life if copy == life.item else self._folding.life(copy) for copy in copies}
        merged = {copy: each.folded.merged for copy, each in lives.items()}
        found = [
            named(
                copy,
                each.kind,
                each.happening,
                source=HOLDS,
                card=_card(lives[copy].told, each.happening.patron),
            )
            for copy, broken in rules.holds_broken(life.holds.log, merged).items()
            for each in broken
        ]
        return [Judged(HOLDS, frozenset(copies), found)]

    def _limits(self, life: Life) -> list[Judged]:
        items, found = {life.item}, []
        for patron in _people(life.told.happenings):
            has = self._catalogue.open_loans(patron)
            if has is None:
                return []
            items |= set(has.items)
            if len(has.items) > has.limit:
                found += self._over_limit(patron, has.limit, has.items, life)
        return [Judged(LIMITS, frozenset(items), found)]

    def _over_limit(
        self, patron: PatronId, limit: int, items: list[ItemId], known: Life
    ) -> list[Named]:
        lives = {item: known if item == known.item else self._folding.life(item) for item in items}
        held = {
            item: life.folded.holder
            for item, life in lives.items()
            if life.folded.holder is not None and life.folded.holder.patron == patron
        }
        return [
            named(
                item,
                each.kind,
                each.happening,
                source=LIMITS,
                card=_card(lives[item].told, patron),
            )
            for item, each in rules.over_limit(limit, held).items()
        ]


def keep(db: Connection, judged: Iterable[Judged]) -> None:
    """Make what was *judged* the open ones of their sources."""
    for each in judged:
        exceptions.keep(db, each.source, each.items, each.found)


def _card(told: Told, patron: PatronId | None) -> CardNumber | None:
    return told.cards.get(patron) if patron is not None else None


def _people(events: list[Happening]) -> list[PatronId]:
    known = {each.patron for each in events if each.patron is not None}
    return sorted(patron for patron in known if not patron.startswith(tokens.MARK))
