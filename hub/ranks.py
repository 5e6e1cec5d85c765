"""When each fact of a lane happened, as far as clocks that may be wrong can tell.

Pure: the ranks of a lane are a function of what is in it, never of how it arrived.
"""

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
    monotonic clock. Else it is the rank before. It is never less than the rank before.
    """
    known = {
        (number, n): instant
        for number, timed in enumerate(lane)
        for n, instant in enumerate(timed.at)
        if instant is not None and instant.trusted
    }
    found: list[tuple[Rank, ...]] = []
    for number, timed in enumerate(lane):
        row = tuple(
            _rank(instant, _anchor(known, number, instant), before_ms) for instant in timed.at
        )
        found.append(row)
        before_ms = max(rank.at_ms for rank in row)
    return found


def _anchor(
    known: dict[tuple[int, int], Instant], number: int, instant: Instant | None
) -> Instant | None:
    """Return the nearest instant of the same boot with a known time, a later one first."""
    if instant is None or instant.trusted:
        return instant
    same = [place for place, other in known.items() if other.boot == instant.boot]
    later = [place for place in same if place[0] >= number]
    nearest = min(later) if later else max(same, default=None)
    return known[nearest] if nearest is not None else None


def _rank(instant: Instant | None, anchor: Instant | None, before_ms: int) -> Rank:
    if instant is None:
        return Rank(before_ms, trusted=False)
    if anchor is not None:
        at_ms = anchor.wall_ms + instant.mono_ms - anchor.mono_ms
        return Rank(max(before_ms, at_ms), trusted=True)
    return Rank(before_ms or instant.wall_ms, trusted=False)
