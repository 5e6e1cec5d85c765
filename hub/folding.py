"""What became of one item: its facts and the catalogue's log, read and folded."""

from collections.abc import Callable

from msgspec import Struct
from sqlalchemy import Engine

from circulation.identifiers import CardNumber, ItemId, PatronId
from hub import happenings
from hub.catalogue.port import Catalogue, HoldsPast
from hub.database import reading
from hub.happenings import Told
from hub.reconcile import Outcome, reconcile


class Life(Struct, frozen=True):
    """An item's facts, what the rule makes of them, and the queue for its title."""

    item: ItemId
    told: Told
    folded: Outcome
    holds: HoldsPast | None
    """None where the catalogue cannot answer for the past."""


class Folding:
    """Folds items, one at a time; nothing is changed."""

    def __init__(self, engine: Engine, catalogue: Catalogue, now_ms: Callable[[], int]) -> None:
        """Fold what the ledger in *engine* and *catalogue*'s log say."""
        self._engine = engine
        self._catalogue = catalogue
        self._now_ms = now_ms

    def life(self, item: ItemId) -> Life:
        """Return what became of *item*."""
        holds = self._catalogue.holds_past(item)
        waited = {event.patron for event in holds.log} if holds else set()
        log = self._catalogue.log(item)
        with reading(self._engine) as db:
            told = happenings.of_item(
                db, item, log, self._patron, now_ms=self._now_ms(), known=waited
            )
        return Life(item, told, reconcile(told.happenings, returned_at=told.returned_at), holds)

    def _patron(self, card: CardNumber) -> PatronId | None:
        borrower = self._catalogue.borrower(card)
        return borrower.patron if borrower else None
