"""Which loans broke a rule: judged by what stood when they were made, whenever it is judged.

Pure, and free of the order of arrival: the facts as `hub.reconcile` merged them, and the
catalogue's own log, are all that is looked at. See docs/explanation/reconciliation.md.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from circulation.identifiers import ItemId, PatronId
from hub.catalogue.port import CardSince, HoldEvent, StandingChange
from hub.reconcile import CATALOGUE, Exceptional, Happening, Holder, Kind

UNASKED = ("checkout", "offline")
"""What a visitor was told of a loan that the catalogue had no say in."""


def unasked(loan: Happening) -> bool:
    """Return whether nobody could ask the catalogue about *loan*."""
    return loan.station != CATALOGUE and loan.told in UNASKED


def loans(merged: Iterable[Happening]) -> Iterator[Happening]:
    """Yield what gave the item to another than who had it before."""
    holder: PatronId | None = None
    for event in merged:
        if event.kind is Kind.RETURN:
            holder = None
        elif event.kind is Kind.LOAN and event.patron not in (None, holder):
            holder = event.patron
            yield event


def was_good(past: Sequence[CardSince], at_ms: int) -> bool:
    """Return whether a card with *past* was good at *at_ms*; before all that is known, as first."""
    then = [each.good for each in past if each.since_ms <= at_ms]
    return then[-1] if then else past[0].good


def over_limit(limit: int, open_loans: Mapping[ItemId, Holder]) -> dict[ItemId, Exceptional]:
    """Return which of one person's *open_loans* were lent beyond *limit* with nobody to ask.

    It is the end that is judged: a return, however late it comes, makes room.
    """
    by_age = sorted(open_loans.items(), key=lambda loan: (*loan[1].since.order, loan[0]))
    return {
        item: Exceptional("over_limit", held.since, held.patron)
        for item, held in by_age[limit:]
        if unasked(held.since)
    }


def holds_broken(
    log: Sequence[HoldEvent], lives: Mapping[ItemId, Sequence[Happening]]
) -> dict[ItemId, list[Exceptional]]:
    """Return what was done against the queue of a title, by its copies' *lives* as merged.

    Who waits is told by *log*; who has got a copy, by the lives of all copies.
    """
    queue = _Queue(lives)
    for _, item, entry in _in_order(_beside(lives, log), lives):
        queue.take(item, entry)
    return {item: [*queue.found[item], *queue.to_fetch(item)] for item in lives}


def done_waiting(
    log: Sequence[HoldEvent], lives: Mapping[ItemId, Sequence[Happening]], through_ms: int
) -> set[PatronId]:
    """Return who of *log* is not needed in it through *through_ms* any more.

    They waited, and wait no more; without them the queue stands as it does at that moment, and
    all before was judged alike, so that whatever comes later is judged alike, too. Where a life
    is not in order, what comes later may yet be put before what is there: nobody goes.
    """
    if not all(_in_good_order(life) for life in lives.values()):
        return set()

    def stands(without: set[PatronId]) -> _Stands:
        left = [each for each in log if each.at_ms > through_ms or each.patron not in without]
        queue = _Queue(lives)
        for at_ms, item, entry in _in_order(_beside(lives, left), lives):
            if at_ms > through_ms:
                break
            queue.take(item, entry)
        return queue.stands()

    as_it_is, done = stands(set()), set[PatronId]()
    for patron in sorted({each.patron for each in log if each.at_ms <= through_ms}):
        if stands({*done, patron}) == as_it_is:
            done.add(patron)
    return done


def _in_good_order(life: Sequence[Happening]) -> bool:
    """Return whether every time in *life* is trusted, and each event fits the one before it."""
    holder: PatronId | None = None
    for event in life:
        if event.kind is Kind.RETURN:
            fits, holder = holder is not None, None
        else:
            fits = event.patron is not None and (
                holder == event.patron or (holder is None and event.kind is Kind.LOAN)
            )
            holder = event.patron
        if not (event.trusted and fits):
            return False
    return True


_Entry = HoldEvent | Happening


def _beside(
    lives: Mapping[ItemId, Sequence[Happening]], log: Sequence[HoldEvent]
) -> list[HoldEvent]:
    """Return what of *log* the *lives* do not tell: a loan fills a hold where it was merged.

    By the clock alone it would fill it before a loan that went over it a moment earlier.
    """
    lent = {
        (item, event.rank, event.patron)
        for item, life in lives.items()
        for event in life
        if event.station == CATALOGUE and event.kind is Kind.LOAN
    }
    return [
        each
        for each in log
        if each.change is not StandingChange.FILLED
        or (each.item, each.at_ms, each.patron) not in lent
    ]


def _in_order(
    log: Sequence[HoldEvent], lives: Mapping[ItemId, Sequence[Happening]]
) -> Iterator[tuple[int, ItemId | None, _Entry]]:
    """Merge by time; no copy's own order is changed, and at one instant the log goes first."""
    lanes: list[list[tuple[int, str, ItemId | None, _Entry]]] = [
        [(each.at_ms, "", None, each) for each in sorted(log, key=lambda e: (e.at_ms, e.version))]
    ]
    lanes += [[(at, item, item, each) for at, each in _timed(lives[item])] for item in lives]
    while heads := [lane[0] for lane in lanes if lane]:
        first = min(heads, key=lambda head: head[:2])
        next(lane for lane in lanes if lane and lane[0] is first).pop(0)
        yield first[0], *first[2:]


def _timed(life: Sequence[Happening]) -> list[tuple[int, Happening]]:
    """Return when each event of *life* was; a clock that nobody trusts holds up no later one."""
    found: list[tuple[int, Happening]] = []
    latest: int | None = None
    for event in reversed(life):
        at_ms = event.rank if event.trusted or latest is None else min(event.rank, latest)
        latest = at_ms
        found.append((at_ms, event))
    return found[::-1]


class _Wait(Struct, frozen=True):
    since: int
    """The log's number for it: who asked first has the lowest."""
    patron: PatronId


class _Stands(Struct, frozen=True):
    """All of a queue that what comes later is judged by, and what was found until then."""

    waiting: list[_Wait]
    aside: dict[ItemId, _Wait]
    holder: dict[ItemId, PatronId | None]
    returned: dict[ItemId, Happening]
    found: dict[ItemId, list[Exceptional]]


class _Queue:
    """Who waits for a title, and which copies are kept for whom."""

    def __init__(self, items: Iterable[ItemId]) -> None:
        self._waiting: list[_Wait] = []
        self._aside: dict[ItemId, _Wait] = {}
        self._holder: dict[ItemId, PatronId | None] = {}
        self._returned: dict[ItemId, Happening] = {}
        """What brought a copy that is kept for somebody, and lies nobody knows where."""
        self.found: dict[ItemId, list[Exceptional]] = {item: [] for item in items}

    def take(self, item: ItemId | None, entry: _Entry) -> None:
        """Go on by what was done about the queue, or happened to its copy *item*."""
        if isinstance(entry, HoldEvent):
            self._changed(entry)
        elif item is not None:
            self._happened(item, entry)

    def stands(self) -> _Stands:
        """Return how it stands."""
        waiting = sorted(self._waiting, key=lambda wait: wait.since)
        return _Stands(waiting, self._aside, self._holder, self._returned, self.found)

    def _changed(self, event: HoldEvent) -> None:
        match event.change:
            case StandingChange.PLACED:
                self._leave(event.patron)
                self._waiting.append(_Wait(event.version, event.patron))
            case StandingChange.CANCELLED | StandingChange.EXPIRED:
                self._leave(event.patron)
            case StandingChange.FILLED if event.item is not None:
                self._wait_again(event.item)
                self._leave(event.patron)
            case StandingChange.TRAPPED if event.item is not None:
                self._trapped(event.item, event.patron)

    def _trapped(self, item: ItemId, patron: PatronId) -> None:
        wait = self._leave(patron)
        if wait is None:
            return  # by the facts it was filled before
        self._wait_again(item)
        self._aside[item] = wait

    def _happened(self, item: ItemId, event: Happening) -> None:
        match event.kind:
            case Kind.LOAN if event.patron not in (None, self._holder.get(item)):
                self._lent(item, event)
            case Kind.RETURN:
                self._holder[item] = None
                self._back(item, event)

    def _lent(self, item: ItemId, loan: Happening) -> None:
        assert loan.patron is not None
        first = self._aside.get(item) or min(
            self._waiting, key=lambda wait: wait.since, default=None
        )
        if first is not None and first.patron != loan.patron and unasked(loan):
            self.found[item].append(Exceptional("lent_over_hold", loan))
        self._wait_again(item)
        self._leave(loan.patron)
        self._holder[item] = loan.patron

    def _back(self, item: ItemId, event: Happening) -> None:
        if item in self._aside or not self._waiting:
            return
        self._keep_for_next(item)
        if event.station != CATALOGUE:
            self._returned[item] = event

    def _keep_for_next(self, item: ItemId) -> None:
        first = min(self._waiting, key=lambda wait: wait.since)
        self._waiting.remove(first)
        self._aside[item] = first

    def _wait_again(self, item: ItemId) -> None:
        """Take *item* from where it was kept; for whom it was, waits where they did."""
        self._returned.pop(item, None)
        if (wait := self._aside.pop(item, None)) is not None:
            self._waiting.append(wait)

    def _leave(self, patron: PatronId) -> _Wait | None:
        """Take *patron* out of the queue; a copy that was kept for them is the next one's."""
        mine = next((wait for wait in self._waiting if wait.patron == patron), None)
        if mine is not None:
            self._waiting.remove(mine)
        for item, wait in list(self._aside.items()):
            if wait.patron == patron:
                mine = self._aside.pop(item)
                if self._waiting:
                    self._keep_for_next(item)
                else:
                    self._returned.pop(item, None)
        return mine

    def to_fetch(self, item: ItemId) -> list[Exceptional]:
        """Return what brought *item*, where it is kept for somebody and nobody has fetched it."""
        brought = self._returned.get(item)
        return [Exceptional("trap_for_hold", brought)] if brought is not None else []
