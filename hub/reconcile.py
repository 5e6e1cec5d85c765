"""The rule: what became of one item, as a pure fold over the set of facts and the catalogue's log.

Arrival order has no say. Each station's epochs form a lane in the order it wrote them, the
catalogue's own log is one more; the lanes are merged by time where clocks can be believed,
and by what fits where they cannot. See docs/explanation/reconciliation.md.
"""

from collections.abc import Callable, Iterable
from datetime import date
from enum import StrEnum

from msgspec import Struct

from circulation.identifiers import PatronId

WINDOW_MS = 300_000
"""How far apart two clocks may be before their order is believed against what fits."""
CLOCK_ERROR_MS = 5_000
"""How near two trusted times must be for their order to be in doubt."""
CATALOGUE = "@cat"


class Kind(StrEnum):
    """What happened to the item."""

    LOAN = "loan"
    RETURN = "return"
    RENEWAL = "renewal"


class Happening(Struct, frozen=True, kw_only=True):
    """One thing that happened to the item; *key* names the fact in postings and exceptions."""

    station: str
    epoch: int
    seq: int
    hash: str
    kind: Kind
    rank: int
    trusted: bool
    seen: int = 0
    """The catalogue's version that the station knew."""
    patron: PatronId | None = None
    """None for a return, and for a card that the catalogue does not know."""
    due: date | None = None
    told: str = ""
    posting: str = ""
    branch: str = ""
    counts: tuple[tuple[str, int], ...] = ()
    """What the item's tags, by UID, had counted with this."""

    @property
    def order(self) -> tuple[int, str, int, int, str]:
        """A place in time that does not depend on arrival."""
        return (self.rank, self.station, self.epoch, self.seq, self.hash)


class Holder(Struct, frozen=True):
    """Who has the item, until when, and by which happening."""

    patron: PatronId
    due: date
    by: Happening
    since: Happening
    """The loan that gave it to them, whatever was renewed after."""


class Exceptional(Struct, frozen=True):
    """A rule that what happened broke; *key* stays the same however the facts arrive."""

    kind: str
    happening: Happening
    patron: PatronId | None = None

    def key(self, item: str) -> str:
        """Return the name under which a librarian's decision is kept."""
        by = self.happening
        return f"{self.kind}:{item}:{by.station}:{by.epoch}:{by.seq}"


class Outcome(Struct, frozen=True):
    """The item's end state: *last* is what led to it, None where nothing has happened."""

    holder: Holder | None
    last: Happening | None
    exceptions: tuple[Exceptional, ...]
    merged: tuple[Happening, ...]


class _State(Struct):
    holder: Holder | None = None
    last: Happening | None = None
    returned_at: str = ""
    """The station that took it back last."""


def reconcile(happenings: Iterable[Happening], *, returned_at: str = "") -> Outcome:
    """Return what became of the item to which all *happenings* belong.

    It was free before them, and the station *returned_at* had taken it back last, if any had.
    """
    events = list(happenings)
    first = _merge(events, min, returned_at)
    second = _merge(events, max, returned_at)
    if _holder_of(first) == _holder_of(second) or first.last is None:
        return first
    doubt = Exceptional("ambiguous_order", first.last)
    return Outcome(first.holder, first.last, (*first.exceptions, doubt), first.merged)


def _holder_of(outcome: Outcome) -> PatronId | None:
    return outcome.holder.patron if outcome.holder else None


def came_back_ms(outcome: Outcome, now_ms: int) -> int:
    """Return when at the earliest the item can have come back, as it is free or lent on by then.

    A time that nobody vouches for is believed as far as it says *not before*: never before the
    loan that it ends, and where it is after *now_ms* not at all. What is doubtful costs nobody.
    """
    by = outcome.holder.since if outcome.holder else outcome.last
    if by is None or by.trusted:
        return min(by.rank, now_ms) if by else now_ms
    before = outcome.merged[: outcome.merged.index(by)]
    lent_ms = [each.rank for each in before if each.kind is Kind.LOAN][-1:]
    possible = [at_ms for at_ms in (max([by.rank, *lent_ms]), *lent_ms) if at_ms <= now_ms]
    return possible[0] if possible else now_ms


Choose = Callable[..., Happening]


def _merge(events: list[Happening], choose: Choose, returned_at: str) -> Outcome:
    lanes = _lanes(events)
    state, exceptions, merged = _State(returned_at=returned_at), [], []
    while any(lanes):
        event = _next(lanes, state, choose)
        for lane in lanes:
            if lane and lane[0] is event:
                lane.pop(0)
        exceptions += _apply(state, event)
        merged.append(event)
    return Outcome(state.holder, state.last, tuple(exceptions), tuple(merged))


def _lanes(events: list[Happening]) -> list[list[Happening]]:
    lanes: dict[str, list[Happening]] = {}
    for event in events:
        lanes.setdefault(event.station, []).append(event)
    for lane in lanes.values():
        lane.sort(key=lambda event: (event.epoch, event.seq, event.hash))
    return [lanes[station] for station in sorted(lanes)]


def _next(lanes: list[list[Happening]], state: _State, choose: Choose) -> Happening:
    heads = [lane[0] for lane in lanes if lane]
    logged = [head.seq for head in heads if head.station == CATALOGUE]
    unread = min(logged, default=None)
    # What the station had seen of the catalogue's log comes before what it then did.
    ready = [
        head for head in heads if head.station == CATALOGUE or unread is None or head.seen < unread
    ]
    ready = _counted_first(ready, lanes)
    # A clock that nobody trusts cannot say that everything else came much later.
    lowest = min(head.rank for head in [h for h in ready if h.trusted] or ready)
    window = [head for head in ready if head.rank <= lowest + WINDOW_MS or not head.trusted]
    pool = [head for head in window if _fits(state, head)] or window
    pool = [head for head in pool if head.kind is Kind.RENEWAL] or pool
    first = min(head.rank for head in pool)
    doubtful = [h for h in pool if h.rank <= first + CLOCK_ERROR_MS or not h.trusted]
    return choose(doubtful, key=lambda head: head.order)


def _counted_first(ready: list[Happening], lanes: list[list[Happening]]) -> list[Happening]:
    """Return those of *ready* before which no tag has counted anything that is still unread.

    All of them, where two tags that were each other's copies contradict one another.
    """
    if not any(head.counts for head in ready):
        return ready
    lowest: dict[str, int] = {}
    for event in (event for lane in lanes for event in lane):
        for tag, count in event.counts:
            lowest[tag] = min(count, lowest.get(tag, count))
    first = [head for head in ready if all(lowest[tag] == count for tag, count in head.counts)]
    return first or ready


def _fits(state: _State, event: Happening) -> bool:
    held = state.holder
    match event.kind:
        case Kind.LOAN:
            return held is None or held.patron == event.patron
        case Kind.RETURN:
            return held is not None
        case Kind.RENEWAL:
            return held is not None and held.patron == event.patron


def _apply(state: _State, event: Happening) -> list[Exceptional]:
    match event.kind:
        case Kind.LOAN:
            return _lend(state, event)
        case Kind.RETURN:
            return _take_back(state, event)
        case Kind.RENEWAL:
            return _renew(state, event)


def _lend(state: _State, event: Happening) -> list[Exceptional]:
    if event.patron is None:
        return [Exceptional("unknown_card", event)]
    assert event.due is not None, "a loan without a due date"
    held, due, since, exceptions = state.holder, event.due, event, []
    if held is not None and held.patron == event.patron:
        due, since = max(held.due, due), held.since
    elif held is not None:
        exceptions.append(Exceptional("missing_return", event, held.patron))
    state.holder, state.last = Holder(event.patron, due, event, since), event
    return exceptions


def _take_back(state: _State, event: Happening) -> list[Exceptional]:
    before = state.returned_at
    was_held = state.holder is not None
    state.holder, state.last, state.returned_at = None, event, event.station
    if was_held:
        return []
    elsewhere = before not in ("", event.station)
    return [Exceptional("double_return" if elsewhere else "return_not_on_loan", event)]


def _renew(state: _State, event: Happening) -> list[Exceptional]:
    held = state.holder
    if held is None or held.patron != event.patron:
        return [Exceptional("renew_no_loan", event)]
    assert event.due is not None, "a renewal without a due date"
    due = max(held.due, event.due)
    state.holder, state.last = Holder(held.patron, due, event, held.since), event
    return []
