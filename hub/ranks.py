"""When each fact of a lane happened, as far as clocks that may be wrong can tell.

Pure: the ranks of a lane are a function of what is in it, never of how it arrived.
"""

from bisect import bisect_left
from collections.abc import Sequence

from msgspec import Struct

from circulation.instants import Instant


class Timed(Struct, frozen=True):
    """One number of a lane: the instants of the facts under it, of which there is mostly one."""

    seq: int
    at: tuple[Instant | None, ...]
    """None for a fact that could not be read."""


class Rank(Struct, frozen=True):
    """A fact's place in time (UTC milliseconds), and whether a clock can be believed for it."""

    at_ms: int
    trusted: bool


def ranks(lane: Sequence[Timed], before_ms: int) -> list[tuple[Rank, ...]]:
    """Return the ranks of *lane*, which follows a fact of rank *before_ms* (0: it is the first).

    A rank is the clock's time where that could be trusted. Where it could not, but the same boot
    knew the time later or earlier, it is that time less or more what has passed since by the
    monotonic clock. Else it is the rank before; for the first of a lane the time that its clock
    showed, but never later than what came after it. It is never less than the rank before.
    """
    known = _known(lane)
    times = [tuple(_time(known, number, each) for each in of.at) for number, of in enumerate(lane)]
    earliest = min((at_ms for row in times for at_ms in row if at_ms is not None), default=None)
    found: list[tuple[Rank, ...]] = []
    for timed, row in zip(lane, times, strict=True):
        doubtful_ms = before_ms or _no_later(timed, earliest)
        ranked = tuple(
            Rank(doubtful_ms, trusted=False)
            if at_ms is None
            else Rank(max(before_ms, at_ms), trusted=True)
            for at_ms in row
        )
        found.append(ranked)
        before_ms = max(rank.at_ms for rank in ranked)
    return found


_Known = dict[str, list[tuple[int, Instant]]]
"""By boot, in order: each place in the lane at which its time was known."""


def _known(lane: Sequence[Timed]) -> _Known:
    known: _Known = {}
    for number, timed in enumerate(lane):
        for instant in timed.at:
            if instant is not None and instant.trusted:
                known.setdefault(instant.boot, []).append((number, instant))
    return known


def _time(known: _Known, number: int, instant: Instant | None) -> int | None:
    """Return when *instant* was, by the nearest known time of its boot, a later one first."""
    if instant is None or instant.trusted:
        return instant.wall_ms if instant else None
    if not (same := known.get(instant.boot)):
        return None
    later = bisect_left(same, number, key=lambda place: place[0])
    anchor = same[min(later, len(same) - 1)][1]
    return anchor.wall_ms + instant.mono_ms - anchor.mono_ms


def _no_later(first: Timed, earliest: int | None) -> int:
    """Return when a lane began whose *first* clock nobody vouches for; it may be years ahead."""
    shown = [each.wall_ms for each in first.at if each is not None]
    return max(0, min([*shown, *([] if earliest is None else [earliest])], default=0))
