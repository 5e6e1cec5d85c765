"""How a library system writes the numbers of copies, where it is not as tags have them."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator

from circulation.identifiers import ItemId
from hub.sip2 import numbers

ASKED_MAX = 5000
Known = Callable[[Collection[str]], set[str]]
"""Which of some numbers are known, letter by letter."""


class Numbering:
    """Tells our number of a copy from theirs; any thread may ask."""

    def __init__(self, listed: Known, met: Known) -> None:
        """Know copies by the hub's own lists (*listed*) and by having asked of them (*met*)."""
        self._listed = listed
        self._met = met
        self._lock = threading.Lock()
        self._theirs: OrderedDict[ItemId, ItemId] = OrderedDict()

    def theirs(self, item: ItemId) -> ItemId:
        """Return the number to ask of *item* with, so far as is known."""
        with self._lock:
            return self._theirs.get(item, item)

    def to_try(self, item: ItemId) -> Iterator[ItemId]:
        """Yield the numbers that *item* may have there, the likeliest first."""
        yield (first := self.theirs(item))
        if first != item:
            yield item
        other = numbers.meant(item, self._listed(numbers.spellings(item)))
        if other is not None and other not in (first, item):
            yield ItemId(other)

    def learn(self, item: ItemId, theirs: ItemId) -> None:
        """Keep in mind that *item* is called *theirs* there."""
        with self._lock:
            self._theirs[item] = theirs
            self._theirs.move_to_end(item)
            while len(self._theirs) > ASKED_MAX:
                self._theirs.popitem(last=False)

    def forget(self, item: ItemId) -> None:
        """Keep in mind that there is no *item* there."""
        with self._lock:
            self._theirs.pop(item, None)

    def may_be(self, told: str, item: ItemId) -> bool:
        """Return whether *told* may be *item*'s number, and cannot be that of another we know.

        Where both stand in the hub's lists they are two copies.
        """
        told = told.strip()
        if not told or numbers.same(told, self.theirs(item)) or numbers.same(told, item):
            return True
        return numbers.alike(told, item) and self._listed([told, item]) != {told, item}

    def as_tags(self, told: Iterable[str]) -> tuple[str, ...]:
        """Return each of *told* as it was asked for, else as the hub's lists have it, or as is."""
        written = [each.strip() for each in told]
        every = _every(written)
        if not every:
            return ()
        listed, met = self._listed(every), self._met(every)
        return tuple(_as_tag(each, listed, met) for each in written)

    def as_listed(self, told: Iterable[str]) -> tuple[str, ...]:
        """Return each of *told* as the hub's lists have it, else as it is."""
        written = [each.strip() for each in told]
        every = _every(written)
        listed = self._listed(every) if every else set()
        return tuple(numbers.meant(each, listed) or each for each in written)


def _every(written: list[str]) -> set[str]:
    return {each for one in written for each in numbers.spellings(one)}


def _as_tag(told: str, listed: set[str], met: set[str]) -> str:
    if len(listed.intersection(numbers.spellings(told))) > 1:
        # There are two of them: each is its own.
        return told
    return numbers.meant(told, met) or numbers.meant(told, listed) or told
