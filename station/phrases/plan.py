"""Which phrases to fetch and which to drop; no clock, no disk, no socket."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from circulation.phrase_list import Entry


class Plan(Struct, frozen=True):
    """What to *fetch*, the most wanted first, and whose words to *drop* for it."""

    fetch: list[Entry]
    drop: list[bytes]


def plan(
    listed: Sequence[Entry],
    here: Mapping[bytes, bytes],
    touched: Mapping[bytes, int],
    budget: int,
) -> Plan:
    """Return what brings what is *here* (SHA-256 by words) to the best of *listed* in *budget*.

    What was *touched* here most comes first, then the list's own order; *budget* is in bytes.
    """
    wanted = _within(_ranked(listed, touched), budget)
    kept = {entry.words for entry in wanted}
    return Plan(
        fetch=[entry for entry in wanted if here.get(entry.words) != entry.sha256],
        drop=[words for words in here if words not in kept],
    )


def _ranked(listed: Sequence[Entry], touched: Mapping[bytes, int]) -> list[Entry]:
    # Sorting is stable: among phrases touched as often the list's order stands.
    return sorted(listed, key=lambda entry: -touched.get(entry.words, 0))


def _within(ranked: Iterable[Entry], budget: int) -> list[Entry]:
    wanted, size = [], 0
    for entry in ranked:
        size += entry.size
        if size > budget:
            break
        wanted.append(entry)
    return wanted
