"""Which copy or card a device means that writes its number with other zeros before it."""

from sqlalchemy import Column, Engine, bindparam, select

from circulation.identifiers import CardNumber, ItemId
from hub.catalogue import tables
from hub.catalogue.numbers import known_among
from hub.catalogue.sip2.tables import seen_copy
from hub.prepared import Prepared
from hub.sip2 import numbers

KNOWN_MAX = 100_000
_ITEMS = (tables.item.c.id, seen_copy.c.item)
_CARDS = (tables.loan_card.c.number,)
_IS_THERE = {
    column: Prepared(select(column).where(column == bindparam("told")))
    for column in (*_ITEMS, *_CARDS)
}


class Numbering:
    """Tells what is meant by what is told, by what is known here; any thread may ask.

    A number that is known as it was told is meant; else the only one that differs by zeros before
    it or by letter case; else the number is what was told.
    """

    def __init__(self, engine: Engine) -> None:
        """Know what is in *engine*."""
        self._reading = engine.execution_options(read_only=True)
        self._items: set[str] = set()
        self._cards: set[str] = set()

    def item(self, told: str) -> ItemId:
        """Return which copy *told* means."""
        return ItemId(self._meant(told, _ITEMS, self._items))

    def card(self, told: str) -> CardNumber:
        """Return which card *told* means."""
        return CardNumber(self._meant(told, _CARDS, self._cards))

    def _meant(self, told: str, columns: tuple[Column[str], ...], known: set[str]) -> str:
        told = told.strip()
        if not told or told in known:
            return told
        with self._reading.begin() as db:
            if any(_IS_THERE[each].scalar(db, {"told": told}) is not None for each in columns):
                if len(known) >= KNOWN_MAX:
                    known.clear()
                # What is there stays there for long, and is asked about at every request.
                known.add(told)
                return told
            every = numbers.spellings(told)
            found = (numbers.meant(told, known_among(db, each, every)) for each in columns)
            return next((each for each in found if each), told)
